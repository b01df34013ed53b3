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

STEPS = [step for job in JOBS.values() for step in job.get("steps", [])]
DEPLOYMENTS = ("dev", "changes", "prod")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_permissions_are_granted_for_each_job(path: Any) -> None:
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"] == {}


def test_only_deployments_get_an_id_token_and_no_job_can_write() -> None:
    with_token = {name for name, job in JOBS.items() if job["permissions"].get("id-token")}
    assert with_token == {f"pipeline.{name}" for name in DEPLOYMENTS} | {"deploy.deploy"}
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


def test_a_push_is_tested_built_once_and_deployed_to_dev_then_to_prod() -> None:
    assert JOBS["pipeline.image"]["needs"] == "test"
    assert JOBS["pipeline.image"]["if"] == "github.event_name == 'push'"
    assert JOBS["pipeline.dev"]["needs"] == "image"
    assert JOBS["pipeline.prod"]["needs"] == ["dev", "changes"]
    for environment in ("dev", "prod"):
        inputs = JOBS[f"pipeline.{environment}"]["with"]
        assert inputs["environment"] == inputs["github-environment"] == environment
    builds = [step for step in STEPS if "make image" in step.get("run", "")]
    assert builds == [step for step in JOBS["pipeline.image"]["steps"] if step in builds]
    # On a base by digest.
    [build] = builds
    assert "BASE=$base" in build["run"]
    assert "RepoDigests" in build["run"]


def test_prod_gets_the_digest_that_dev_ran() -> None:
    for name in ("changes", "prod"):
        digest = JOBS[f"pipeline.{name}"]["with"]["digest"]
        assert digest == "${{ needs.dev.outputs.digest }}"
    [deployment] = [step for step in STEPS if "make deploy" in step.get("run", "")]
    assert 'DIGEST="$DIGEST"' in deployment["run"]


def test_changes_of_prod_are_shown_before_its_approval() -> None:
    inputs = JOBS["pipeline.changes"]["with"]
    # An environment of its own, without reviewers.
    assert (inputs["environment"], inputs["github-environment"]) == ("prod", "prod-changes")
    assert inputs["dry-run"] is True
    pushing = [step for step in JOBS["deploy.deploy"]["steps"] if "make push" in str(step)]
    assert pushing
    assert all(step["if"] == "${{ !inputs.dry-run }}" for step in pushing)


def test_a_run_that_waits_for_its_approval_blocks_no_other() -> None:
    documents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in WORKFLOWS]
    assert not [document for document in documents if "concurrency" in document]
    assert JOBS["deploy.deploy"]["concurrency"] == {
        "group": "deploy-${{ inputs.github-environment }}",
        "cancel-in-progress": False,
    }


def test_no_step_needs_an_open_door_of_the_api() -> None:
    """`make deploy` asks for the health inside AWS."""
    assert not [step for step in STEPS if re.search(r"curl|wget", step.get("run", ""))]


def test_the_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = {
        word
        for line in re.findall(
            r"\bmake ([^|\n]*)", "\n".join(step.get("run", "") for step in STEPS)
        )
        for word in line.split()
        if re.fullmatch(r"[a-z-]+", word)
    }
    assert {"bootstrap", "image", "push", "deploy"} <= called
    assert called <= targets


def test_no_script_contains_an_expression() -> None:
    """An expression in a script is executed as code; an environment variable is not."""
    assert not [step["run"] for step in STEPS if "${{" in step.get("run", "")]
