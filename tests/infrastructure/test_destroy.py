@pytest.mark.usefixtures("aws", "engine")
def test_destroy_needs_the_name_of_the_stack_as_confirmation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_bootstrap()
    before = stack_names()

    monkeypatch.setattr("sys.stdin", io.StringIO("aquasense-dev\n"))
    assert "YES=aquasense-dev" in failure(run_destroy)
    monkeypatch.setenv("YES", "1")
    assert "YES=aquasense-dev" in failure(run_destroy)
    for answer in ("y", "yes", "", "aquasense-prod"):
        monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
        assert "Nothing was removed" in failure(run_destroy)

    assert stack_names() == before


@pytest.mark.usefixtures("aws", "engine")
def test_destroy_empties_buckets_and_registry_first(monkeypatch: pytest.MonkeyPatch) -> None:
    run_bootstrap()
    run_push()
    s3 = boto3.client("s3")
    bucket = s3.list_buckets()["Buckets"][0]["Name"]
    for _ in range(3):
        s3.put_object(Bucket=bucket, Key="package", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="package")
    monkeypatch.setattr("sys.stdin", Terminal("aquasense-dev\n"))

    run_destroy()

    assert stack_names() == []
    assert s3.list_buckets()["Buckets"] == []
    assert boto3.client("ecr").describe_repositories()["repositories"] == []


@pytest.mark.usefixtures("aws")
def test_destroy_removes_a_stack_without_resources(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A first deployment that was declined or rolled back leaves such a stack.
    template = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    boto3.client("cloudformation").create_stack(StackName="aquasense-dev", TemplateBody=template)
    monkeypatch.setattr(destroy, "_list_resources", lambda *_: iter(()))
    monkeypatch.setenv("YES", "aquasense-dev")

    run_destroy()

    assert stack_names() == []


@pytest.mark.usefixtures("aws")
def test_destroy_succeeds_if_nothing_exists(capsys: pytest.CaptureFixture[str]) -> None:
    run_destroy()
    assert "Nothing of aquasense-dev" in capsys.readouterr().out


class Terminal(io.StringIO):
    """Standard input of a terminal."""

    def isatty(self) -> bool:
        return True
