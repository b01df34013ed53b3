"""The rehearsal without a cloud: removal in every case, exit codes, and the report."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.aws import account
from cli.aws.account import Account
from cli.console import Failure, out
from cli.deploy import commit
from cli.main import aquasense, main
from cli.smoke import rehearsal, rights
from cli.smoke.report import Step
from cli.smoke.stage import Stage

ACCOUNT = "123456789012"
type Run = Callable[[Stage], str]


def observe(_: Stage) -> str:
    return "seen"


def fail(stage: Stage) -> str:
    raise Failure(f"arn:aws:sns:eu-west-1:{stage.here.id}:topic | is missing")


def crash(_: Stage) -> str:
    raise KeyError("Outputs")


def interrupt(_: Stage) -> str:
    raise KeyboardInterrupt


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Replace the steps by some that pass, and record which ran."""
    monkeypatch.setattr(account, "find", lambda name: Account(name, ACCOUNT, "eu-west-1"))
    monkeypatch.setattr(commit, "tag", lambda: "0123456789ab")
    monkeypatch.chdir(tmp_path)
    record: list[str] = []

    def step(name: str) -> Step:
        def run(_: Stage) -> str:
            record.append(name)
            return "seen"

        return Step(name, run, "seen")

    monkeypatch.setattr(rehearsal, "DEPLOY", step("deploy"))
    monkeypatch.setattr(rehearsal, "CHECKS", (step("first"), step("second")))
    monkeypatch.setattr(rehearsal, "REMOVAL", (step("remove"), step("remains")))
    return record


def break_step(monkeypatch: pytest.MonkeyPatch, name: str, run: Run) -> None:
    step = Step(name, run, "seen")
    if name == "deploy":
        monkeypatch.setattr(rehearsal, "DEPLOY", step)
    else:
        monkeypatch.setattr(rehearsal, "CHECKS", (step, *rehearsal.CHECKS[1:]))


@pytest.mark.parametrize(
    ("name", "run", "ran", "code"),
    [
        ("none", observe, ["second", "remove", "remains"], 0),
        ("first", fail, ["second", "remove", "remains"], 1),
        ("first", crash, ["second", "remove", "remains"], 1),
        ("deploy", fail, ["remove", "remains"], 1),
        ("first", interrupt, ["remove", "remains"], 130),
        ("deploy", interrupt, ["remove", "remains"], 130),
    ],
)
def test_the_deployment_is_removed_and_reported_after_every_outcome(
    calls: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    run: Run,
    ran: list[str],
    code: int,
) -> None:
    break_step(monkeypatch, name, run)

    with pytest.raises(SystemExit) as end:
        main(["smoke", "--yes", "--output", "report.json"])

    assert end.value.code == code
    assert [call for call in calls if call not in ("deploy", "first")] == ran
    text = (tmp_path / "report.json").read_text()
    statuses = {step["step"]: step["status"] for step in json.loads(text)["steps"]}
    assert statuses["remains"] == "passed"
    if run is not observe:
        assert statuses[name] == "failed"
    assert ACCOUNT not in text


def test_a_second_interrupt_ends_the_removal_and_names_the_command(
    calls: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    break_step(monkeypatch, "first", interrupt)
    monkeypatch.setattr(rehearsal, "REMOVAL", (Step("remove", interrupt, ""), rehearsal.DEPLOY))

    with pytest.raises(SystemExit) as end:
        main(["smoke", "--yes"])

    assert end.value.code == 130
    assert "./aquasense destroy --env smoke-" in capsys.readouterr().err


def test_keep_leaves_the_deployment_and_names_the_command_that_removes_it(
    calls: list[str],
) -> None:
    result = CliRunner().invoke(aquasense, ["smoke", "--yes", "--keep"], standalone_mode=False)

    assert result.return_value == 0
    assert calls == ["deploy", "first", "second"]
    assert "./aquasense destroy --env smoke-" in result.stderr


def test_json_is_all_that_standard_output_gets_and_the_report_says_what_differs(
    calls: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def differ(_: Stage) -> str:
        out.print("output of a command")
        return "seen otherwise"

    break_step(monkeypatch, "first", differ)

    result = CliRunner().invoke(
        aquasense,
        ["smoke", "--yes", "--json", "--set", "ExistingRoleArn=arn:aws:iam::123456789012:role/R"],
        standalone_mode=False,
    )

    members = json.loads(result.stdout)
    [step] = [step for step in members["steps"] if step["step"] == "first"]
    assert step["status"] == "passed"
    assert (step["observed"], step["on_emulator"]) == ("seen otherwise", "seen")
    assert members["settings"] == ["ExistingRoleArn"]
    assert 0 <= members["estimated_dollars"] < 0.01
    [report] = tmp_path.glob("aquasense-smoke-*.md")
    assert "| first | passed | 0.0 | seen otherwise | there: seen |" in report.read_text()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--set", "AlertEmial=a@b.example"], "no parameter AlertEmial"),
        (["--output", "no/such/folder.md"], "cannot be written"),
    ],
)
def test_nothing_is_deployed_after_a_wrong_option(
    calls: list[str], arguments: list[str], reason: str
) -> None:
    with pytest.raises(Failure, match=reason) as error:
        aquasense.main(["smoke", "--yes", *arguments], standalone_mode=False)

    assert error.value.code == 2
    assert calls == []


def test_nobody_who_cannot_be_asked_deploys_without_yes(calls: list[str]) -> None:
    result = CliRunner().invoke(aquasense, ["smoke"], standalone_mode=False)

    assert isinstance(result.exception, Failure)
    assert calls == []


@pytest.mark.parametrize(("name", "valid"), [("smoke-0a1b", True), ("smoke", False), ("x", False)])
def test_a_kept_rehearsal_is_an_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, valid: bool
) -> None:
    destroyed: list[str] = []
    monkeypatch.setattr("cli.deploy.destroy.destroy", lambda name, _: destroyed.append(name))

    result = CliRunner().invoke(aquasense, ["destroy", "--env", name])

    assert (result.exit_code, destroyed) == ((0, [name]) if valid else (2, []))


@pytest.mark.parametrize(
    ("excess", "problem"),
    [(set(), ""), ({"dynamodb:PutItem"}, "Service may dynamodb:PutItem (table)")],
)
def test_the_role_of_the_containers_is_checked(
    monkeypatch: pytest.MonkeyPatch, excess: set[str], problem: str
) -> None:
    monkeypatch.setattr(Account, "outputs", lambda *_: OUTPUTS)
    monkeypatch.setattr(Account, "client", lambda _, service: AwsFake(excess))
    monkeypatch.setattr(rights, "DATA_MANAGER", ())
    monkeypatch.setattr(rights, "NOT_DATA_MANAGER", ())
    monkeypatch.setattr(rights, "ALLOWED", {rights.SERVICE: rights.READS})
    stage = Stage(Account("smoke-0a1b", ACCOUNT, "eu-west-1"))

    if problem:
        with pytest.raises(Failure, match=re.escape(problem)):
            rights.check_rights(stage)
    else:
        assert rights.check_rights(stage)


TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:topic"
OUTPUTS = {
    **dict.fromkeys(("WatchFunctionName", "RawBucketName", "ReceiptsBucketName"), "name"),
    **dict.fromkeys(("TableName", "ClusterName", "ServiceName", "DataManagerPolicyArn"), "name"),
    **dict.fromkeys(("AlertTopicArn", "OperatorsTopicArn"), TOPIC),
}


class AwsFake:
    """Lambda, ECS and IAM with one role, which may read the table."""

    def __init__(self, excess: set[str]) -> None:
        self.allowed = {action for action, _ in rights.READS} | excess

    def invoke(self, **_: object) -> dict[str, Any]:
        return {}

    def describe_services(self, **_: object) -> dict[str, Any]:
        return {"services": [{"taskDefinition": "task:1"}]}

    def describe_task_definition(self, taskDefinition: str) -> dict[str, Any]:  # noqa: N803
        return {"taskDefinition": {"taskRoleArn": f"role of {taskDefinition}"}}

    def get_policy(self, **_: object) -> dict[str, Any]:
        return {"Policy": {"DefaultVersionId": "v1"}}

    def get_policy_version(self, **_: object) -> dict[str, Any]:
        return {"PolicyVersion": {"Document": {}}}

    def simulate_custom_policy(self, **_: object) -> dict[str, Any]:
        return {"EvaluationResults": [{"EvalDecision": "implicitDeny"}]}

    def simulate_principal_policy(self, **request: Any) -> dict[str, Any]:
        assert request["PolicySourceArn"] == "role of task:1"
        [action] = request["ActionNames"]
        decision = "allowed" if action in self.allowed else "implicitDeny"
        return {"EvaluationResults": [{"EvalDecision": decision}]}
