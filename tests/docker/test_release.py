"""Bootstrap, push and destroy with a real registry."""

import os
from pathlib import Path

import pytest

from cli.aws import account
from cli.deploy import bootstrap, commit, destroy, image, registry
from cli.deploy.registry import Registry
from cli.local.cloud import LocalCloud
from cli.process import free_port
from tests.docker.service import run

pytestmark = pytest.mark.docker


def test_the_digest_in_the_registry_is_that_of_the_built_image(
    built: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Docker saves the registry's credentials: keep them out of the developer's configuration.
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setattr(account, "NOTE", tmp_path / "accounts.json")
    monkeypatch.setattr(commit, "tag", lambda: "0123456789ab")
    monkeypatch.setattr(commit, "changed", list)
    run("docker", "tag", built, image.local_name())
    with LocalCloud(free_port(), tmp_path / "cloud") as cloud:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, value in cloud.env.items():
            if name.startswith("AWS_"):
                monkeypatch.setenv(name, value)

        bootstrap.bootstrap("dev")
        registry.push("dev")
        repository = Registry.find(account.find("dev"))
        digest = repository.digest("0123456789ab")
        pulled = f"{repository.uri}@{digest}"
        try:
            run("docker", "pull", "--quiet", pulled)
            assert image_id(pulled) == image_id(built)
        finally:
            run("docker", "rmi", "--force", pulled, f"{repository.uri}:0123456789ab")
            run("docker", "rmi", image.local_name())

        destroy.destroy("dev", "aquasense-dev")
        assert cloud.client("ecr").describe_repositories()["repositories"] == []
        assert cloud.client("s3").list_buckets()["Buckets"] == []


def image_id(name: str) -> str:
    return run("docker", "image", "inspect", "--format", "{{.Id}}", name)
