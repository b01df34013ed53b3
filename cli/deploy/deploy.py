"""Build and deploy an environment, with the digest of the commit's image."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from cli import docker, sam
from cli.aws import account, adoption, heartbeat, lost, states, subscriptions, template
from cli.aws.account import read_outputs, read_parameters, readable_errors
from cli.console import Failure, err, out
from cli.deploy import changes, commit, earlier, health, image, safeguards
from cli.deploy.changes import Deployment
from cli.deploy.registry import Registry
from cli.environment import LOCAL
from cli.local import builds


@dataclass(frozen=True, slots=True)
class Options:
    """Choices of a deployment that are no parameters of template.yaml.

    Attributes:
        yes: deploy without asking.
        owner: value of the tag of that name; empty keeps it.
        digest: digest that the commit's image must have; empty accepts any.
        accept_findings: deploy to prod an image with known vulnerabilities.
        dry_run: show the changes and deploy nothing.
    """

    yes: bool = False
    owner: str = ""
    digest: str = ""
    accept_findings: bool = False
    dry_run: bool = False


def deploy(
    environment: str,
    settings: Sequence[str],
    *,
    containers: bool,
    architecture: str,
    options: Options = Options(),
) -> None:
    """Build and deploy an environment.

    Args:
        environment: dev or prod.
        settings: parameters of template.yaml as NAME=VALUE.
        containers: whether to deploy the commit's image.
        architecture: CpuArchitecture, or "" for that of the local image.
        options: see Options.
    """
    values = template.parse_settings(settings)
    # Only for its errors, before anything is requested.
    sam.parameter_overrides(values | {"--owner": options.owner})
    here = account.find(environment)
    with readable_errors():
        before = here.describe(here.stack)
        states.require_ready(here, before)
        if options.dry_run and not _runs(before):
            out.print(f"{here.stack} does not run: {earlier.foresee_creation(here)}", markup=False)
            return
        registry = Registry.find(here)
        parameters = safeguards.read_samconfig(here.section, "parameter_overrides")
        parameters |= safeguards.choose_reserve(here, before) | lost.choose_table(here, before)
        if containers:
            parameters |= _image_parameters(registry, architecture, options)
        else:
            parameters["ImageUri"] = ""
        parameters |= values
        tags = safeguards.choose_tags(here.section, options.owner, before)
    build = builds.build(LOCAL / "deploy", os.environ)
    deployment = Deployment(here, build, registry.artifacts, parameters, tags)
    if options.dry_run or (here.environment == "prod" and _runs(before)):
        _show_changes(deployment, before)
    if options.dry_run:
        return
    with readable_errors():
        states.remove_empty(here, before)
        before = here.describe(here.stack)
        # What an earlier stack left has fixed names, with which the creation would fail.
        if before is None and (left := adoption.find_adoptable(here)):
            adoption.adopt(here, left)
            before = here.describe(here.stack)
        if before and not _runs(before):
            parameters |= lost.name_imported_table(here)
    _deploy(deployment, yes=options.yes)
    _report(deployment, before)


def _runs(description: states.Description) -> bool:
    return bool(description and description.get("Outputs"))


def _show_changes(deployment: Deployment, before: states.Description) -> None:
    packaged = deployment.build / "packaged.yaml"
    sam.run(
        *("package", "--region", deployment.account.region),
        *("--template-file", str(deployment.build / "template.yaml")),
        *("--s3-bucket", deployment.artifacts, "--s3-prefix", "packages"),
        *("--output-template-file", str(packaged)),
        log_folder=None,
        env=os.environ,
    )
    with readable_errors():
        changes.show_changes(deployment, packaged, before)


def _deploy(deployment: Deployment, *, yes: bool) -> None:
    """Run `sam deploy`.

    Raises:
        Failure: it failed; the message has what is deployed now.
    """
    here = deployment.account
    try:
        sam.run(
            *("deploy", "--config-env", here.section, "--region", here.region),
            *("--stack-name", here.stack),
            *("--template-file", str(deployment.build / "template.yaml")),
            *("--s3-bucket", deployment.artifacts, "--s3-prefix", "packages"),
            *(["--no-confirm-changeset"] if yes else []),
            *sam.tags(deployment.tags),
            *sam.parameter_overrides(deployment.parameters),
            log_folder=None,
            env=os.environ,
        )
    except Failure as failure:
        with readable_errors():
            state = states.explain_failure(here, here.describe(here.stack))
        # Of prod, SAM asks whether to deploy the changes.
        if here.environment == "prod" and not yes and not sys.stdin.isatty():
            state += ". Nobody could be asked here: add --yes if that is meant"
        raise Failure(f"{failure}: {state}", failure.code) from failure
    except KeyboardInterrupt:
        err.print(
            "CloudFormation continues what it has begun; see "
            f"./aquasense status --env {here.environment}",
            markup=False,
        )
        raise


def _report(deployment: Deployment, before: states.Description) -> None:
    here = deployment.account
    with readable_errors():
        after = here.describe(here.stack)
        if after is None or after["StackStatus"] == "REVIEW_IN_PROGRESS":
            raise Failure("The changes were declined: nothing was deployed")
        outputs = read_outputs(after)
        safeguards.protect_stacks(here, after)
        unconfirmed = subscriptions.list_unconfirmed(here, outputs)
    url = outputs.get("Url", "without an API")
    changed = before is None or _time_of(after) != _time_of(before)
    out.print(f"{here.stack} is {'deployed' if changed else 'as it was'}: {url}", markup=False)
    for subscription in unconfirmed:
        err.print(f"Waiting for confirmation: {subscription}", markup=False)
    if before and not _runs(before) and outputs:
        # The data of a deleted stack were taken over, now or before a deployment that failed.
        with readable_errors():
            text = earlier.describe_losses(here, read_parameters(after), deployment.parameters)
        err.print(text, markup=False)
    with readable_errors():
        heartbeat.start_check(here, outputs)
        health.check_health(here, outputs)


def _time_of(description: dict[str, object]) -> object:
    return description.get("LastUpdatedTime", description["CreationTime"])


def _image_parameters(registry: Registry, architecture: str, options: Options) -> dict[str, str]:
    tag = commit.tag()
    digest = options.digest if options.dry_run and options.digest else registry.digest(tag)
    if digest is None:
        raise Failure(
            f"The image of commit {tag} is not in the registry: first ./aquasense image and "
            f"./aquasense push --env {registry.account.environment}, or add --image none"
        )
    if options.digest and digest != options.digest:
        raise Failure(
            f"The image of commit {tag} in the registry is {digest}, not {options.digest}: "
            "push the image that was tested"
        )
    if registry.account.environment == "prod" and not options.dry_run:
        registry.require_no_findings(digest, accepted=options.accept_findings)
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
