"""The report of a rehearsal, to be sent: it has no account number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import simplejson

from cli.console import Failure
from cli.deploy import commit
from cli.smoke.stage import Stage

PASSED, FAILED, SKIPPED = "passed", "failed", "not tried"
ACCOUNT = "<account>"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the rehearsal.

    Attributes:
        title: of the table.
        run: returns what it observed, or raises Failure.
        emulator: what it observes on the emulator.
    """

    title: str
    run: Callable[[Stage], str]
    emulator: str


@dataclass(slots=True)
class Outcome:
    """What a step came to; observed is the reason where it failed."""

    step: Step
    status: str = SKIPPED
    observed: str = ""
    seconds: float = 0.0

    @property
    def differs(self) -> bool:
        """Return whether a step passed with another observation than on the emulator."""
        return self.status == PASSED and self.observed != self.step.emulator


def describe(
    stage: Stage, outcomes: Sequence[Outcome], hours: float, dollars: float
) -> dict[str, Any]:
    """Return the report as JSON members.

    Args:
        stage: of the rehearsal.
        outcomes: of the steps.
        hours: that the deployment existed, at most.
        dollars: what that costs (cli/aws/costs.py).
    """
    return {
        "stack": stage.here.stack,
        "commit": commit.tag(),
        "region": stage.here.region,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "containers": stage.containers,
        "settings": sorted(setting.partition("=")[0] for setting in stage.settings),
        "minutes": round(hours * 60, 1),
        "estimated_dollars": round(dollars, 4),
        "steps": [
            {
                "step": outcome.step.title,
                "status": outcome.status,
                "seconds": round(outcome.seconds, 1),
                "observed": outcome.observed.replace(stage.here.id, ACCOUNT),
                "on_emulator": outcome.step.emulator if outcome.differs else None,
            }
            for outcome in outcomes
        ],
    }


def format_markdown(members: dict[str, Any]) -> str:
    """Return the report as Markdown."""
    kind = "with" if members["containers"] else "without"
    settings = f", with {', '.join(members['settings'])}" if members["settings"] else ""
    head = (
        f"{members['stack']} in {members['region']}, commit {members['commit']}, {kind} containers"
        f"{settings}; finished {members['finished']}. {members['minutes']} minutes, about "
        f"{members['estimated_dollars']:.4f} US dollars at list prices."
    )
    rows = [
        "| step | outcome | seconds | observed | differs from the emulator |",
        "|---|---|---|---|---|",
    ]
    for step in members["steps"]:
        cells = (
            *(step["step"], step["status"], f"{step['seconds']:.1f}", step["observed"]),
            f"there: {step['on_emulator']}" if step["on_emulator"] else "",
        )
        rows.append("| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells)
                    + " |")  # fmt: skip
    return "\n".join(["# Rehearsal", "", head, "", *rows, ""])


def format_as(path: Path, members: dict[str, Any]) -> str:
    """Return the report in the format of the file's name: JSON, otherwise Markdown."""
    if path.suffix == ".json":
        return simplejson.dumps(members, ensure_ascii=False, indent=2) + "\n"
    return format_markdown(members)


def write(path: Path, text: str) -> None:
    """Write the report.

    Raises:
        Failure: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}", 2) from error
