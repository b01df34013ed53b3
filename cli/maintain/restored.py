"""Copy the items of a restored table into the stack's table.

DynamoDB restores a backup into another table, without a stream. The copy has what no file of the
bucket says any more: the alert ledger, its marks, and the events of versions deleted for good.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import boto3
from botocore.exceptions import ClientError

from adapters.config import Config
from adapters.items import Item
from adapters.table import Table
from cli.console import Failure
from cli.maintain.plain import OWN


def copy_items(config: Config, source: str) -> int:
    """Copy all items of a table, and return their number.

    Ledger and marks go first, so that the notify function finds nothing to send in the events that
    were announced; it announces the others.

    Args:
        config: of the table to write.
        source: name of the restored table.

    Raises:
        Failure: there is no such table.
    """
    restored = replace(config, table_name=source)
    try:
        return asyncio.run(_copy(config, restored))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        raise Failure(f"There is no table {source}", 2) from error


async def _copy(config: Config, restored: Config) -> int:
    count = 0

    def counted(own: bool) -> Iterator[Item]:
        nonlocal count
        for item in _scan(restored):
            if item["pk"]["S"].startswith(OWN) is own:
                count += 1
                yield item

    async with Table.open(config, retry_seconds=60.0) as table:
        await table.write_items(counted(True))
        await table.write_items(counted(False))
    return count


def _scan(config: Config) -> Iterator[Item]:
    client = boto3.client("dynamodb", region_name=config.region, endpoint_url=config.endpoint_url)
    for page in client.get_paginator("scan").paginate(TableName=config.table_name):
        yield from page["Items"]
