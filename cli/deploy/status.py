"""Print the state of an environment: what is deployed, what waits, and what it costs."""

from collections.abc import Iterator
from typing import Any

from rich.markup import escape

from cli import targets
from cli.aws import account
from cli.aws.account import Account
from cli.aws.deployment import read_status
from cli.console import out, print_json

# The account number of the local cloud.
LOCAL_ACCOUNT = "000000000000"


def show_status(environment: str, cloud_port: int | None, *, as_json: bool) -> bool:
    """Print the state of an environment.

    Returns:
        True if nothing needs attention.

    Raises:
        Failure: it cannot be read.
    """
    if environment == "local":
        target = targets.find(environment, cloud_port)
        here = Account(environment, LOCAL_ACCOUNT, target.region)
    else:
        here = account.find(environment)
    with targets.readable_errors():
        status = read_status(here, f"--cloud-port {cloud_port}" if cloud_port else "")
    if as_json:
        print_json(status)
    else:
        _print_status(status)
    return not status["attention"]


def _print_status(status: dict[str, Any]) -> None:
    lines = list(_describe(status))
    width = max((len(name) for name, _ in lines), default=0)
    for name, text in lines:
        out.print(f"{name:<{width}}  {text}", markup=False)
    for problem in status["attention"]:
        out.print(f"[red]attention[/]: {escape(problem)}")


def _describe(status: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of each line."""
    for stack in status["stacks"]:
        yield stack["name"], f"{stack['status']} since {stack['since']}"
    if status.get("left"):
        yield "left by an earlier stack", ", ".join(status["left"])
    if "url" not in status:
        return
    image, tasks, upload = status["image"], status["tasks"], status["last_upload"]
    yield "API", status["url"] or "none"
    if image:
        yield "image", ", ".join(image["tags"]) or image["uri"]
    if tasks:
        yield "containers", f"{tasks['running']} of {tasks['desired']} run"
    in_flight = status["messages_in_flight"]
    yield "messages waiting", f"{status['messages_waiting']}, and {in_flight} in flight"
    yield "dead letters", str(status["dead_letters"])
    yield "alarms", ", ".join(alarm["name"] for alarm in status["alarms"]) or "none"
    yield "unconfirmed", "; ".join(status["unconfirmed"]) or "none"
    yield (
        "last upload",
        ", ".join(upload[name] for name in ("file", "uploaded_at", "status")) if upload else "none",
    )
    if cost := status["cost"]:
        sums = f"{cost['per_month']:.2f} US dollars a month, {cost['this_month']:.2f} so far"
        yield "estimated cost", f"{sums} (docs/replication.md)"
