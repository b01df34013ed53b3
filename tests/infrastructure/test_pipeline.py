"""The GitHub workflows: no stored keys, pinned actions, and make targets that exist."""

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
def test_permissions_are_granted_for_each_job(path: Any) -> None:
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"] == {}


def test_only_deployments_get_an_id_token_and_no_job_can_write() -> None:
    with_token = {name for name, job in JOBS.items() if job["permissions"].get("id-token")}
    assert with_token == {"pipeline.dev", "pipeline.prod", "deploy.deploy"}
    assert all(job["permissions"]["contents"] == "read" for job in JOBS.values())


def test_no_secret_is_used() -> None:
    assert "secrets." not in TEXT
    assert "role-to-assume: ${{ vars.DEPLOY_ROLE_ARN }}" in TEXT
    assert not re.search(r"aws-(access-key-id|secret-access-key)", TEXT)


def test_actions_are_pinned_to_a_commit() -> None:
    used = re.findall(r"uses: (\S+)", TEXT)
    assert used
    for action in used:
        assert action.startswith("./") or re.search(r"@[0-9a-f]{40}$", action), action


def test_a_push_is_tested_then_deployed_to_dev_then_to_prod() -> None:
    assert JOBS["pipeline.dev"]["needs"] == "test"
    assert JOBS["pipeline.prod"]["needs"] == "dev"
    assert JOBS["pipeline.dev"]["if"] == "github.event_name == 'push'"
    for environment in ("dev", "prod"):
        assert JOBS[f"pipeline.{environment}"]["with"]["environment"] == environment


def test_the_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = {
        word
        for line in re.findall(r"run: make (.*)", TEXT)
        for word in line.split()
        if re.fullmatch(r"[a-z-]+", word)
    }
    assert {"bootstrap", "image", "push", "deploy"} <= called
    assert called <= targets


def test_no_script_contains_an_expression() -> None:
    """An expression in a script is executed as code; an environment variable is not."""
    steps = [step for job in JOBS.values() for step in job.get("steps", [])]
    assert not [step["run"] for step in steps if "${{" in step.get("run", "")]
