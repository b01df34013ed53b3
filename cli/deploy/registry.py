"""The image registry of an environment: look up and push images."""

import base64
import os
import urllib.parse
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from cli import docker
from cli.aws import account
from cli.aws.account import Account, readable_errors
from cli.console import Failure, err, out
from cli.deploy import commit, image

# Severities that stop a deployment to prod.
SERIOUS = ("CRITICAL", "HIGH")


@dataclass(frozen=True, slots=True)
class Registry:
    """The repository that `aquasense bootstrap` created."""

    account: Account
    name: str
    uri: str
    artifacts: str

    @classmethod
    def find(cls, here: Account) -> "Registry":
        """Return the registry of an account.

        Raises:
            Failure: the account is not bootstrapped.
        """
        outputs = here.outputs(here.bootstrap_stack)
        if outputs is None:
            raise Failure(
                f"Nothing is bootstrapped in account {here.id}, {here.region}: "
                f"./aquasense bootstrap --env {here.environment}"
            )
        uri = outputs["RepositoryUri"]
        emulator = os.environ.get("AWS_ENDPOINT_URL")
        if emulator:
            # An emulator serves images at its own address, not at the one it names.
            uri = f"{urllib.parse.urlsplit(emulator).netloc}/{outputs['RepositoryName']}"
        return cls(here, outputs["RepositoryName"], uri, outputs["ArtifactsBucketName"])

    def digest(self, tag: str) -> str | None:
        """Return the digest of an image, or None if the registry does not have it."""
        try:
            response = self.account.client("ecr").describe_images(
                repositoryName=self.name, imageIds=[{"imageTag": tag}]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ImageNotFoundException":
                return None
            raise
        details = response["imageDetails"]
        return str(details[0]["imageDigest"]) if details else None

    def require_no_findings(self, digest: str, *, accepted: bool) -> None:
        """Refuse an image in which ECR found serious vulnerabilities.

        Args:
            digest: of the image, which ECR scans when it is pushed.
            accepted: whether the user accepts them.

        Raises:
            Failure: there are some that are not accepted, or ECR has no result.
        """
        client = self.account.client("ecr")
        request = {"repositoryName": self.name, "imageId": {"imageDigest": digest}}
        try:
            client.get_waiter("image_scan_complete").wait(**request)
            result = client.describe_image_scan_findings(**request)
        except WaiterError as error:
            result = error.last_response
        except ClientError as error:
            if error.response["Error"]["Code"] != "ScanNotFoundException":
                raise
            result = {}
        counts = result.get("imageScanFindings", {}).get("findingSeverityCounts", {})
        serious = [f"{counts[name]} {name.lower()}" for name in SERIOUS if counts.get(name)]
        status = result.get("imageScanStatus", {}).get("status", "missing")
        if status not in ("COMPLETE", "ACTIVE"):
            line = f"ECR's scan of the image is {status.lower()}"
        elif serious:
            line = f"ECR found vulnerabilities in the image ({', '.join(serious)})"
        else:
            return
        if not accepted:
            raise Failure(
                f"{line}: update the packages or the base (docs/replication.md, Operate), or add "
                "--accept-findings"
            )
        err.print(f"{line}, which is accepted", markup=False)

    def push(self, local: str, tag: str) -> None:
        """Push a local image under a tag, which is immutable from then on.

        Raises:
            Failure: Docker or the registry refuses it.
        """
        self._log_in()
        docker.run("tag", local, f"{self.uri}:{tag}")
        docker.run("push", "--quiet", f"{self.uri}:{tag}")

    def _log_in(self) -> None:
        response: Any = self.account.client("ecr").get_authorization_token()
        token = response["authorizationData"][0]["authorizationToken"]
        user, _, password = base64.b64decode(token).decode().partition(":")
        host = self.uri.partition("/")[0]
        # By standard input: every user of the machine can read a command line.
        docker.run("login", "--username", user, "--password-stdin", host, stdin=password)


def push(environment: str) -> None:
    """Push the image of the commit to the registry of an environment."""
    here = account.find(environment)
    docker.require_engine()
    changed = commit.changed()
    if changed:
        raise Failure(
            f"Not committed: {changed[0].strip()}{' and more' if changed[1:] else ''}. "
            "An image is tagged by its commit, so commit first"
        )
    tag, local = commit.tag(), image.local_name()
    with readable_errors():
        registry = Registry.find(here)
        digest = registry.digest(tag)
        if digest is None:
            if not docker.has_image(local):
                raise Failure(f"There is no image {local} on this machine: ./aquasense image")
            registry.push(local, tag)
            digest = registry.digest(tag)
    out.print(f"{registry.uri}:{tag} is {digest}", markup=False)
