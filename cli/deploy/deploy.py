"""Build and deploy an environment, with the digest of the commit's image."""

import os
import shlex
import tomllib
from collections.abc import Sequence
from pathlib import Path

from cli import docker, sam
from cli.aws import account, leftovers, states, subscriptions, template
from cli.aws.account import Account, read_outputs, readable_errors
from cli.console import Failure, err, out
from cli.deploy import commit, image
from cli.deploy.registry import Registry
from cli.environment import LOCAL, ROOT
from cli.local import builds


def deploy(
    environment: str, settings: Sequence[str], *, containers: bool, yes: bool, architecture: str
) -> None:
    """Build and deploy an environment.

    Args:
        environment: dev or prod.
        settings: parameters of template.yaml as NAME=VALUE.
        containers: whether to deploy the commit's image.
        yes: whether to deploy without showing the changes first.
        architecture: CpuArchitecture, or "" for that of the local image.
    """
    values = template.parse_settings(settings)
    # Only for its errors, before anything is requested.
    sam.parameter_overrides(values)
    here = account.find(environment)
    with readable_errors():
        before = here.describe(here.stack)
        states.require_ready(here, before)
        registry = Registry.find(here)
        parameters = _read_samconfig(here.environment)
        parameters |= _image_parameters(registry, architecture) if containers else {"ImageUri": ""}
        parameters |= values
    build = builds.build(LOCAL / "deploy", os.environ)
    with readable_errors():
        states.remove_empty(here, before)
        before = here.describe(here.stack)
        # What an earlier stack left has fixed names, with which the creation would fail.
        if before is None and (left := leftovers.find_adoptable(here)):
            leftovers.adopt(here, left)
            before = here.describe(here.stack)
    _deploy(here, build, registry, parameters, yes=yes)
    _report(here, before)


def _deploy(
    here: Account, build: Path, registry: Registry, parameters: dict[str, str], *, yes: bool
) -> None:
    """Run `sam deploy`.

    Raises:
        Failure: it failed; the message has what is deployed now.
    """
    try:
        sam.run(
            *("deploy", "--config-env", here.environment, "--region", here.region),
            *("--template-file", str(build / "template.yaml")),
            *("--s3-bucket", registry.artifacts, "--s3-prefix", "packages"),
            *(["--no-confirm-changeset"] if yes else []),
            *sam.parameter_overrides(parameters),
            log_folder=None,
            env=os.environ,
        )
    except Failure as failure:
        with readable_errors():
            state = states.explain_failure(here, here.describe(here.stack))
        raise Failure(f"{failure}: {state}", failure.code) from failure
    except KeyboardInterrupt:
        err.print(
            "CloudFormation continues what it has begun; see "
            f"./aquasense status --env {here.environment}",
            markup=False,
        )
        raise


def _report(here: Account, before: states.Description) -> None:
    with readable_errors():
        after = here.describe(here.stack)
        if after is None or after["StackStatus"] == "REVIEW_IN_PROGRESS":
            raise Failure("The changes were declined: nothing was deployed")
        outputs = read_outputs(after)
        unconfirmed = subscriptions.list_unconfirmed(here, outputs)
    url = outputs.get("Url", "without an API")
    changed = before is None or _time_of(after) != _time_of(before)
    out.print(f"{here.stack} is {'deployed' if changed else 'as it was'}: {url}", markup=False)
    for subscription in unconfirmed:
        err.print(f"Waiting for confirmation: {subscription}", markup=False)


def _time_of(description: dict[str, object]) -> object:
    return description.get("LastUpdatedTime", description["CreationTime"])


def _image_parameters(registry: Registry, architecture: str) -> dict[str, str]:
    tag = commit.tag()
    digest = registry.digest(tag)
    if digest is None:
        raise Failure(
            f"The image of commit {tag} is not in the registry: first ./aquasense image and "
            f"./aquasense push --env {registry.account.environment}, or add --image none"
        )
    return {
        "ImageUri": f"{registry.uri}@{digest}",
        "CpuArchitecture": architecture or _image_architecture(),
    }


def _image_architecture() -> str:
    try:
        return docker.architecture(image.local_name())
    except Failure:
        # This machine did not build the image; most machines that do are x86.
        return "X86_64"


def _read_samconfig(environment: str) -> dict[str, str]:
    """Return the environment's parameters in samconfig.toml; overrides here would replace them."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    overrides = config[environment]["deploy"]["parameters"].get("parameter_overrides", "")
    return template.parse_settings(shlex.split(overrides))
