"""Bootstrap, deploy and destroy, with the emulated cloud as the account."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import set_credentials, wait_until
from tests.support import ROOT
from tools import account, bootstrap, commit, deploy, destroy, mailbox
from tools.local_cloud import LocalCloud
from tools.process import free_port

pytestmark = pytest.mark.e2e

STACK = "aquasense-dev"


@pytest.fixture
def empty(build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCloud]:
    """Start an empty account, and set its credentials in the environment.

    `sam build` shares a cache with the build of the other workers: wait for that first.
    """
    monkeypatch.setattr(account, "NOTE", tmp_path / "accounts.json")
    monkeypatch.setattr(commit, "changed", list)
    with LocalCloud(free_port(), tmp_path / "cloud") as cloud:
        set_credentials(cloud, monkeypatch)
        for name, value in {
            "ENV": "dev",
            "IMAGE": "none",
            "SET": f"EndpointUrl={cloud.endpoint}",
            "YES": STACK,
        }.items():
            monkeypatch.setenv(name, value)
        yield cloud


def test_a_deployment_works_and_destroy_leaves_no_resource(
    empty: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.main()
    deploy.main()
    deploy.main()
    outputs = account.find("dev").outputs(STACK) or {}
    mailbox.subscribe(
        empty.client("sqs"), empty.client("sns"), outputs["AlertTopicArn"], empty.mail_queue
    )
    empty.client("s3").upload_file(
        str(ROOT / "events/alerta_inventada.csv"), outputs["RawBucketName"], "inventada.csv"
    )
    wait_until(empty.mail)
    assert "execute-api" in outputs["Url"]
    files = []
    delete_stack = destroy._delete_stack

    def delete_and_list_files(here: account.Account, stack: str) -> None:
        if stack == STACK:
            versions = empty.client("s3").list_object_versions(Bucket=outputs["RawBucketName"])
            files.extend(version["Key"] for version in versions.get("Versions", []))
        delete_stack(here, stack)

    monkeypatch.setattr(destroy, "_delete_stack", delete_and_list_files)

    with monkeypatch.context() as patch:
        patch.setattr(destroy, "_delete_retained", interrupt)
        with pytest.raises(KeyboardInterrupt):
            destroy.main()
    assert remaining_resources(empty) != []

    # Retained resources no longer belong to a stack, and are removed as well.
    destroy.main()

    assert remaining_resources(empty) == []
    # If the file had been deleted before the stack, subscribers would have got a retraction.
    assert files == ["inventada.csv"]
    assert len(empty.mail()) == 1


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def remaining_resources(cloud: LocalCloud) -> list[Any]:
    """Return the resources that cost money or hold data, and the stacks."""
    stacks = cloud.client("cloudformation").describe_stacks()["Stacks"]
    return [
        *cloud.client("s3").list_buckets()["Buckets"],
        *cloud.client("dynamodb").list_tables()["TableNames"],
        *cloud.client("lambda").list_functions()["Functions"],
        *cloud.client("ecr").describe_repositories()["repositories"],
        *cloud.client("apigatewayv2").get_apis()["Items"],
        *(stack["StackName"] for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"),
    ]
