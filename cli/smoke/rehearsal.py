"""Rehearse a deployment from its creation to its removal, and report on every step."""

import contextlib
import os
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from botocore.exceptions import WaiterError

from cli import targets
from cli.aws import account, costs, template
from cli.console import Failure, confirm, err, out, print_json
from cli.smoke import remains, report, rights, steps
from cli.smoke.report import FAILED, PASSED, Outcome, Step
from cli.smoke.stage import Stage

DEPLOY = Step("deploy without an earlier stack", steps.deploy_stack, "CREATE_COMPLETE")
CHECKS = (
    Step(
        "three figures of the sample",
        steps.compare_figures,
        ", ".join(f"{name} {value}" for name, value in steps.FIGURES.items()),
    ),
    Step("alert", steps.receive_alert, "one message of the kind history"),
    Step("deletion of a file", steps.delete_file, "one message of the kind retraction"),
    Step("table agrees with the bucket", steps.compare_table, "table and bucket agree"),
    Step(
        "lost table",
        steps.replace_table,
        "figures as before, no message by the rebuild, then an alert and its retraction",
    ),
    Step(
        "deleted stack",
        steps.replace_stack,
        "the same buckets and table, figures as before, then an alert and its retraction",
    ),
    Step(
        "permissions of each role",
        rights.check_rights,
        "every role may do its work and nothing that was tried beyond",
    ),
    Step("alarms", steps.read_alarms, "some without data"),
)
REMOVAL = (
    Step("removal", remains.remove, "removed"),
    Step("nothing is left", remains.list_remains, "nothing"),
)


def smoke(
    settings: tuple[str, ...],
    *,
    containers: bool,
    keep: bool,
    yes: bool,
    as_json: bool,
    output: Path | None,
) -> bool:
    """Rehearse, print the report and write it to a file.

    Args:
        settings: parameters of template.yaml as NAME=VALUE.
        containers: whether to deploy the containers too.
        keep: whether to leave the deployment there.
        yes: whether to begin without asking.
        as_json: print JSON.
        output: file of the report, JSON if it is named so; else named after the stack.

    Returns:
        True if every step passed.

    Raises:
        Failure: the report cannot be written, or nothing was begun.
        KeyboardInterrupt: interrupted; everything was removed and reported.
    """
    template.parse_settings(settings)
    environment = f"smoke-{secrets.token_hex(2)}"
    here = account.find(environment)
    path = output or Path(f"{here.stack}.md")
    monthly = costs.estimate({"ImageUri": "yes" if containers else ""}, costs.TASKS)
    confirm(
        f"Deploy {here.stack} into account {here.id}, {here.region}, for three quarters of an hour "
        f"({monthly / costs.HOURS:.2f} US dollars an hour), and remove it?",
        yes=yes,
    )
    # Now rather than at the end, if it cannot be written.
    report.write(path, "")
    stage = Stage(here, settings, containers)
    started = time.monotonic()
    with _stdout_to_stderr():
        outcomes, interrupted = rehearse(stage, keep=keep)
    hours = (time.monotonic() - started) / 3600
    members = report.describe(stage, outcomes, hours, monthly / costs.HOURS * hours)
    report.write(path, report.format_as(path, members))
    if as_json:
        print_json(members)
    else:
        out.print(report.format_markdown(members), markup=False)
    err.print(f"Report: {path}", markup=False)
    if keep or outcomes[-2].status != PASSED:
        err.print(f"To remove it: ./aquasense destroy --env {environment}", markup=False)
    if interrupted:
        raise KeyboardInterrupt
    removal = () if keep else REMOVAL
    return all(o.status == PASSED for o in outcomes if o.step in (DEPLOY, *CHECKS, *removal))


def rehearse(stage: Stage, *, keep: bool = False) -> tuple[list[Outcome], bool]:
    """Run the steps, then remove the deployment unless it is to be kept.

    A check that fails does not keep the others from running; they need only the deployment.

    Returns:
        The outcomes, and whether an interrupt ended the steps.
    """
    outcomes = {step: Outcome(step) for step in (DEPLOY, *CHECKS, *REMOVAL)}
    interrupted = False
    try:
        if run_step(stage, outcomes[DEPLOY]):
            for step in CHECKS:
                run_step(stage, outcomes[step])
    except KeyboardInterrupt:
        interrupted = True
        err.print("Interrupted: removing what was deployed", markup=False)
    try:
        for step in () if keep else REMOVAL:
            run_step(stage, outcomes[step])
    except KeyboardInterrupt:
        interrupted = True
    return list(outcomes.values()), interrupted


def run_step(stage: Stage, outcome: Outcome) -> bool:
    """Run a step, fill its outcome, and return whether it passed."""
    err.print(f"{outcome.step.title} …", markup=False)
    started = time.monotonic()
    outcome.status = FAILED
    try:
        with targets.readable_errors():
            outcome.observed = outcome.step.run(stage)
        outcome.status = PASSED
    except (Failure, WaiterError) as failure:
        outcome.observed = str(failure)
        err.print(f"[red]failed[/]: {outcome.step.title}")
    except KeyboardInterrupt:
        outcome.observed = "interrupted"
        raise
    except Exception as error:
        # The report is what the rehearsal is for; unexpected errors belong in it.
        outcome.observed = repr(error)
    finally:
        outcome.seconds = time.monotonic() - started
    return outcome.status == PASSED


@contextlib.contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """Send the output of the commands and of their children to standard error."""
    sys.stdout.flush()
    saved = os.dup(1)
    os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(saved, 1)
        os.close(saved)
