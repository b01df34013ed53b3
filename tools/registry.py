"""The registry of an environment: which images are in it, and putting one there."""

import base64
import os
import subprocess
import urllib.parse
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tools.account import Account
from tools.console import Failure

ARCHITECTURES = {"amd64": "X86_64", "arm64": "ARM64"}


@dataclass(frozen=True, slots=True)
class Registry:
    """The repository `make bootstrap` made."""

    account: Account
    name: str
    uri: str

    @classmethod
    def find(cls, account: Account) -> "Registry":
        """The registry of an account.

        Raises:
            Failure: the account is not bootstrapped.
        """
        outputs = account.outputs(account.bootstrap_stack)
        if outputs is None:
            raise Failure(
                f"Nothing is bootstrapped in account {account.id}, {account.region}: "
                f"make bootstrap ENV={account.environment}"
            )
        uri = outputs["RepositoryUri"]
        emulator = os.environ.get("AWS_ENDPOINT_URL")
        if emulator:
            # An emulator serves images at its own address, not at the one it names.
            uri = f"{urllib.parse.urlsplit(emulator).netloc}/{outputs['RepositoryName']}"
        return cls(account, outputs["RepositoryName"], uri)

    def digest(self, tag: str) -> str | None:
        """The digest of an image, by which it is deployed; None where it is not there."""
        try:
            found = self.account.client("ecr").describe_images(
                repositoryName=self.name, imageIds=[{"imageTag": tag}]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ImageNotFoundException":
                return None
            raise
        details = found["imageDetails"]
        return str(details[0]["imageDigest"]) if details else None

    def push(self, local: str, tag: str) -> None:
        """Put an image of this machine there, under a tag that from then on is that image.

        Raises:
            Failure: Docker or the registry refused.
        """
        self._log_in()
        docker("tag", local, f"{self.uri}:{tag}")
        docker("push", "--quiet", f"{self.uri}:{tag}")

    def _log_in(self) -> None:
        given: Any = self.account.client("ecr").get_authorization_token()["authorizationData"][0]
        user, _, password = base64.b64decode(given["authorizationToken"]).decode().partition(":")
        host = self.uri.partition("/")[0]
        # By standard input: what stands in a command line can be read by everybody here.
        docker("login", "--username", user, "--password-stdin", host, given=password)


def docker(*arguments: str, given: str | None = None) -> str:
    """Run a Docker command.

    Raises:
        Failure: it failed; the line ends with what it said.
    """
    done = subprocess.run(
        ["docker", *arguments], input=given, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Failure(f"docker {arguments[0]} failed: {said[-1] if said else 'it said nothing'}")
    return done.stdout.strip()


def architecture(local: str) -> str:
    """What an image was built for, as the template's CpuArchitecture names it."""
    found = docker("image", "inspect", "--format", "{{.Architecture}}", local)
    if found not in ARCHITECTURES:
        raise Failure(f"Fargate runs amd64 and arm64 only, and {local} is for {found}")
    return ARCHITECTURES[found]
