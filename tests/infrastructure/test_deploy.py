@pytest.mark.usefixtures("aws", "engine")
def test_deploy_needs_the_pushed_image(sam_commands: list[tuple[str, ...]]) -> None:
    run_bootstrap()

    assert "./aquasense push --env dev" in failure(run_deploy)
    assert sam_commands == []


@pytest.mark.usefixtures("aws", "engine")
def test_deploy_needs_the_bootstrap(sam_commands: list[tuple[str, ...]]) -> None:
    assert "./aquasense bootstrap --env dev" in failure(run_deploy)
    assert sam_commands == []


@pytest.mark.usefixtures("aws", "engine")
def test_deploy_passes_the_digest_the_configuration_and_set_parameters(
    sam_commands: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_bootstrap()
    run_push()
    monkeypatch.setenv("SET", 'AlertEmail=a@b.example Note="two words" EnableScaling=false')

    run_deploy()

    build, deployment = sam_commands
    overrides = deployment[deployment.index("--parameter-overrides") + 1 :]
    parameters = parse_overrides(overrides)
    assert build == ("build",)
    assert deployment[: deployment.index("--region")] == ("deploy", "--config-env", "dev")
    assert "@sha256:" in parameters["ImageUri"]
    assert parameters["Environment"] == "dev"
    assert parameters["CpuArchitecture"] == "X86_64"
    assert parameters["Note"] == "two words"
    assert parameters["EnableScaling"] == "false"
    assert "--no-confirm-changeset" not in deployment


@pytest.mark.usefixtures("aws")
def test_deploy_without_an_image_deploys_no_containers(
    sam_commands: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_bootstrap()
    monkeypatch.setenv("IMAGE", "none")

    run_deploy()

    overrides = sam_commands[1][sam_commands[1].index("--parameter-overrides") + 1 :]
    assert parse_overrides(overrides) == {"Environment": "dev", "ImageUri": ""}


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("value", ['say "cheese"', "back\\slash"])
def test_deploy_rejects_values_that_sam_cannot_parse(
    sam_commands: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    run_bootstrap()
    monkeypatch.setenv("IMAGE", "none")
    monkeypatch.setenv("SET", f"Note='{value}'")

    assert "Note cannot have" in failure(run_deploy)
    assert sam_commands == []


@pytest.mark.usefixtures("aws", "engine")
@pytest.mark.parametrize(
    ("status", "hint"),
    [
        ("ROLLBACK_COMPLETE", "make destroy ENV=dev"),
        ("DELETE_FAILED", "make destroy ENV=dev"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
        ("UPDATE_IN_PROGRESS", "wait"),
    ],
)
def test_deploy_rejects_a_stack_that_cannot_be_updated(
    sam_commands: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, status: str, hint: str
) -> None:
    monkeypatch.setattr(account.Account, "describe", lambda *_: {"StackStatus": status})

    assert hint in failure(run_deploy)
    assert sam_commands == []


@pytest.mark.usefixtures("aws")
def test_a_first_deployment_that_was_declined_can_be_repeated(
    sam_commands: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_bootstrap()
    monkeypatch.setenv("IMAGE", "none")
    describe_stack = account.Account.describe

    def describe(here: account.Account, stack: str) -> Any:
        if stack == here.stack:
            return {"StackStatus": "REVIEW_IN_PROGRESS"}
        return describe_stack(here, stack)

    monkeypatch.setattr(account.Account, "describe", describe)

    run_deploy()

    assert [arguments[0] for arguments in sam_commands] == ["build", "deploy"]


def parse_overrides(overrides: Sequence[str]) -> dict[str, str]:
    """Parse the arguments of --parameter-overrides with SAM itself."""
    convert = (
        "import json, sys; from samcli.cli.types import CfnParameterOverridesType as Type; "
        "print(json.dumps(Type().convert(tuple(sys.argv[1:]), None, None)))"
    )
    process = subprocess.run(
        [ROOT / ".venv-sam/bin/python", "-c", convert, *overrides],
        capture_output=True,
        text=True,
        check=True,
    )
    parameters: dict[str, str] = json.loads(process.stdout)
    return parameters


