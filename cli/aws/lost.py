"""The name of a stack's table, where the stack lost the table or the table lost its stack."""

import secrets

from botocore.exceptions import ClientError

from cli.aws import leftovers
from cli.aws.account import Account, read_outputs
from cli.aws.states import Description
from cli.console import err


def choose_table(here: Account, description: Description) -> dict[str, str]:
    """Return TableName for a stack whose table was deleted.

    CloudFormation does not notice the deletion. A new name makes it create another table, and
    update everything that refers to the table or to its stream. It does not delete the previous
    one, which the template retains.
    """
    table = read_outputs(description or {}).get("TableName")
    if table is None or exists(here, table):
        return {}
    # With the prefix by which the data of a deleted stack is recognized.
    name = f"{here.stack}-Table-{secrets.token_hex(6).upper()}"
    err.print(
        f"The table {table} is missing. {name} replaces it, empty: "
        f"./aquasense rebuild --env {here.environment} fills it afterwards",
        markup=False,
    )
    return {"TableName": name}


def name_imported_table(here: Account) -> dict[str, str]:
    """Return TableName for a stack that has only imported resources so far.

    A table without its name in the template could be replaced by one with a generated name.
    """
    resources = leftovers.list_resources(here, here.stack)
    names = [name for kind, name in resources if kind == leftovers.TABLE]
    return {"TableName": names[0]} if names else {}


def exists(here: Account, table: str) -> bool:
    """Return whether a table exists."""
    try:
        here.client("dynamodb").describe_table(TableName=table)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return False
        raise
    return True
