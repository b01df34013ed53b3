"""The first heartbeat of a deployment."""

import contextlib

from botocore.exceptions import ClientError

from cli.aws.account import Account


def start_check(here: Account, outputs: dict[str, str]) -> None:
    """Start the watch function, whose schedule begins an hour after its creation.

    Until its first heartbeat the alarms on missing data are on.
    """
    if "WatchFunctionName" not in outputs:
        return
    # A role that deploys may lack the right to invoke; the schedule starts the function then.
    with contextlib.suppress(ClientError):
        here.client("lambda").invoke(
            FunctionName=outputs["WatchFunctionName"], InvocationType="Event"
        )
