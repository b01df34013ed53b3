"""Build and deploy an environment, with the digest of the commit's image."""

import os
import shlex
import subprocess
import tomllib
from collections.abc import Iterable, Sequence

from cli import datasets, docker, sam
from cli.console import Failure, out
from cli.deploy import account, commit, image
from cli.deploy.account import Account
from cli.deploy.registry import Registry
from cli.environment import ROOT, program
from cli.targets import readable_errors

# States that can be updated. REVIEW_IN_PROGRESS: the change set of a first deployment was not
# executed, so the stack is empty.
READY = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "REVIEW_IN_PROGRESS",
)


def deploy(
    environment: str, settings: Sequence[str], *, containers: bool, yes: bool, architecture: str
) -> None:
    """Build and deploy an environment.

    Args:
        environment: dev or prod.
        settings: parameters of template.yaml as Name=Value.
        containers: whether to deploy the commit's image.
        yes: whether to deploy without showing the changes first.
        architecture: CpuArchitecture, or "" for that of the local image.
    """
    here = account.find(environment)
    with readable_errors():
        _require_ready(here)
        registry = Registry.find(here)
        artifacts = (here.outputs(here.bootstrap_stack) or {})["ArtifactsBucketName"]
        parameters = _read_samconfig(here.environment)
        parameters |= _image_parameters(registry, architecture) if containers else {"ImageUri": ""}
        parameters |= _parse_pairs(settings)
    overrides = sam.parameter_overrides(parameters)
    # A mistake in the datasets would make every function fail at every call.
    datasets.check_datasets()
    _run_sam("build")
    _run_sam(
        *("deploy", "--config-env", here.environment, "--region", here.region),
        *("--s3-bucket", artifacts, "--s3-prefix", "packages"),
        *(["--no-confirm-changeset"] if yes else []),
        *overrides,
    )
    with readable_errors():
        outputs = here.outputs(here.stack) or {}
    out.print(f"{here.stack} is deployed: {outputs.get('Url', 'without an API')}", markup=False)


def _require_ready(here: Account) -> None:
    description = here.describe(here.stack)
    status = description["StackStatus"] if description else READY[0]
    if status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"):
        raise Failure(
            f"{here.stack} is {status}, so nothing can be deployed into it; remove its remains "
            f"with ./aquasense destroy --env {here.environment}, then deploy again"
        )
    if status == "UPDATE_ROLLBACK_FAILED":
        raise Failure(
            f"{here.stack} could not go back to what was before; finish that first: "
            f"aws cloudformation continue-update-rollback --stack-name {here.stack}"
        )
    if status not in READY:
        raise Failure(f"{here.stack} is {status}: wait for that to end, then deploy again")


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
    except (Failure, OSError):
        # This machine did not build the image; most machines that do are x86.
        return "X86_64"


def _read_samconfig(environment: str) -> dict[str, str]:
    """Return the environment's parameters in samconfig.toml; overrides here would replace them."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    overrides = config[environment]["deploy"]["parameters"].get("parameter_overrides", "")
    return _parse_pairs(shlex.split(overrides))


def _parse_pairs(words: Iterable[str]) -> dict[str, str]:
    for word in words:
        if "=" not in word:
            raise Failure(f"--set is Name=Value, not {word!r}", 2)
    return dict(word.split("=", 1) for word in words)


def _run_sam(*arguments: str) -> None:
    process = subprocess.run(
        [program(".venv-sam", "sam"), *arguments],
        cwd=ROOT,
        env=sam.with_path(os.environ),
        check=False,
    )
    if process.returncode != 0:
        raise Failure(
            f"sam {arguments[0]} failed, as said above; what was deployed before still runs",
            process.returncode,
        )
