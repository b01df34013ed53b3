"""The pipeline's definition: no stored keys, nothing unpinned, nothing it calls is missing."""

import re
from typing import Any

import pytest
import yaml

from tests.support import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
JOBS: dict[str, dict[str, Any]] = {
    f"{path.stem}.{name}": job
    for path in WORKFLOWS
    for name, job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].items()
}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_rights_are_given_job_by_job(path: Any) -> None:
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"] == {}


def test_only_deployments_may_ask_for_credentials_and_no_job_may_write() -> None:
    may_ask = {name for name, job in JOBS.items() if job["permissions"].get("id-token")}

    assert may_ask == {"pipeline.dev", "pipeline.prod", "deploy.deploy"}
    assert all(job["permissions"]["contents"] == "read" for job in JOBS.values())


def test_no_secret_is_used() -> None:
    assert "secrets." not in TEXT
    assert "role-to-assume: ${{ vars.DEPLOY_ROLE_ARN }}" in TEXT
    assert not re.search(r"aws-(access-key-id|secret-access-key)", TEXT)


def test_actions_of_others_are_pinned_to_a_commit() -> None:
    used = re.findall(r"uses: (\S+)", TEXT)

    assert used
    assert not [
        one for one in used if not one.startswith("./") and not re.search(r"@[0-9a-f]{40}$", one)
    ]


def test_what_landed_is_tested_then_in_dev_then_in_prod() -> None:
    assert JOBS["pipeline.dev"]["needs"] == "test"
    assert JOBS["pipeline.prod"]["needs"] == "dev"
    assert JOBS["pipeline.dev"]["if"] == "github.event_name == 'push'"
    assert [JOBS[f"pipeline.{one}"]["with"]["environment"] for one in ("dev", "prod")] == [
        "dev",
        "prod",
    ]


def test_the_verbs_it_calls_exist() -> None:
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = {
        word
        for line in re.findall(r"run: make (.*)", TEXT)
        for word in line.split()
        if re.fullmatch(r"[a-z-]+", word)
    }

    assert {"bootstrap", "image", "push", "deploy"} <= called
    assert called <= verbs


def test_text_from_outside_reaches_no_shell_unquoted() -> None:
    """An expression inside a script is code; through a variable it stays text."""
    steps = [step for job in JOBS.values() for step in job.get("steps", [])]

    assert not [step["run"] for step in steps if "${{" in step.get("run", "")]
