"""The command limits on an emulated AWS API."""

import json
import tomllib

import pytest
from click.testing import CliRunner

from aquasense import datasets
from aquasense.datasets import load_datasets
from cli import targets
from cli.console import Failure
from cli.main import aquasense
from tests.events import Context
from tests.integration.cloud import NONE_FAILED, REGION
from tests.support import TEMPERATURE, csv
from tools.quality import SAMPLE

NAME = TEMPERATURE.name


@pytest.fixture
def source(tmp_path, monkeypatch):
    """Return a copy of datasets.toml with a comment, which the command writes to."""
    path = tmp_path / "datasets.toml"
    text = datasets.SOURCE.read_text(encoding="utf-8")
    path.write_text(text.replace("spike_fail = 8", "spike_fail = 8  # very far"), encoding="utf-8")
    monkeypatch.setattr(datasets, "SOURCE", path)
    return path


@pytest.fixture
def run(cloud, ingest, source, monkeypatch):
    """Return a function that ingests a file and runs the command."""
    outputs = {
        "TableName": cloud.name,
        "ReceiptsBucketName": cloud.name,
        "AlertTopicArn": cloud.topic_arn,
        "ThresholdInForce": "0.5",
    }
    target = targets.Target(cloud.name, REGION, cloud.endpoint, outputs)
    monkeypatch.setattr(targets, "find", lambda *_: target)

    def invoke(content, *arguments):
        event = cloud.put_event("a.csv", content)
        assert ingest.lambda_handler(event, Context()) == NONE_FAILED
        return CliRunner().invoke(aquasense, ["limits", *arguments], standalone_mode=False)

    return invoke


def test_limits_prints_today_and_proposal_and_writes_only_when_asked(run, source):
    before = source.read_text(encoding="utf-8")
    result = run(SAMPLE.read_bytes(), NAME)
    assert result.exception is None
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["spike_suspect", "4", "2.2", "0", "0"] in lines
    assert ["+4", "35.0%", "100.0%"] in lines
    assert f"./aquasense limits {NAME} --write" in result.stderr
    assert source.read_text(encoding="utf-8") == before

    document = json.loads(run(SAMPLE.read_bytes(), NAME, "--write", "--json").stdout)
    assert (document["dataset"], document["readings"], document["written"]) == (NAME, 20, True)
    text = source.read_text(encoding="utf-8")
    assert [line.partition(" =")[0] for line in text.splitlines()] == [
        line.partition(" =")[0] for line in before.splitlines()
    ]
    assert "spike_fail = 4.4  # very far" in text
    flags = tomllib.loads(text)[NAME]["flags"]
    assert flags == tomllib.loads(before)[NAME]["flags"] | {
        limit["name"]: limit["proposed"]
        for limit in document["limits"]
        if limit["proposed"] != limit["today"]
    }
    assert load_datasets(TEMPERATURE.threshold, source).get(NAME).limits != TEMPERATURE.limits


@pytest.mark.parametrize(
    ("name", "line", "code"),
    [
        (
            "marmenor.temperatura",
            f"There is no dataset marmenor.temperatura; the nearest is {NAME}",
            2,
        ),
        (NAME, f"{NAME}: 1 readings are too few: 12 are needed", 1),
    ],
)
def test_limits_refuses_unknown_datasets_and_short_histories(run, source, name, line, code):
    before = source.read_text(encoding="utf-8")
    result = run(csv("2022/1/1,15,0.1"), name, "--write")
    assert isinstance(result.exception, Failure)
    assert (str(result.exception), result.exception.code) == (line, code)
    assert (result.stdout, source.read_text(encoding="utf-8")) == ("", before)
