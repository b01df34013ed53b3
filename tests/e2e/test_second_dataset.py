"""A dataset that is only configured, beside the first; and a series that falls silent."""

import json
import re
import textwrap
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.e2e.conftest import System, let_clients_reach, wait_until
from tests.support import ROOT, csv, event
from tools import datasets, mailbox
from tools.local_cloud import LocalCloud
from tools.process import free_port

pytestmark = pytest.mark.e2e

DOCS = ROOT / "docs"


def blocks(name, language):
    """The pieces of a document that are code in that language."""
    text = (DOCS / name).read_text(encoding="utf-8")
    found = re.findall(rf"(?ms)^( *)```{language}\n(.*?)^ *```$", text)
    return [textwrap.dedent(block) for _, block in found]


# What the documents tell people to write is what is tried here.
(SALINITY,) = blocks("datasets.md", "toml")
ONLY_NEW, ONLY_SALINITY, ONLY_CERTAIN = (json.loads(one) for one in blocks("alerts.md", "json"))
TODAY = datetime.now(UTC).date()
RECENT = [str(TODAY - timedelta(days=days)) for days in (15, 8, 1)]


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    """A stack of its own, built from a datasets.toml with one table more."""
    cloud = LocalCloud(free_port(), tmp_path_factory.mktemp("cloud"))
    with cloud, pytest.MonkeyPatch.context() as patch:
        let_clients_reach(cloud, patch)
        cloud.build()
        built = list((cloud.folder / "build").glob("*Function/datasets.toml"))
        for source in built:
            source.write_text(
                source.read_text(encoding="utf-8") + "\n" + SALINITY, encoding="utf-8"
            )
            datasets.checked(source)
        assert len(built) == 4
        cloud.deploy_built(EnableHttpApi="true")
        yield System(cloud, None)


@pytest.fixture(scope="module")
def put(system, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")

    def made(key, *rows):
        path = folder / "file.csv"
        path.write_bytes(csv(*rows))
        return system.put((path, key))[0]

    return made


def ask(system, path, query):
    """Ask the function that answers in place of the container."""
    request = event("http-api-get.json") | {"rawPath": path, "rawQueryString": query}
    request["requestContext"]["http"]["path"] = path
    (name,) = (
        one["FunctionName"]
        for one in system.cloud.client("lambda").list_functions()["Functions"]
        if "QueryFunction" in one["FunctionName"]
    )
    called = system.cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps(request))
    answer = json.load(called["Payload"])
    assert answer["statusCode"] == 200, answer
    return json.loads(answer["body"], parse_float=Decimal)


def subscribe(system, topic, name, policy=None):
    """A queue that gets what a subscriber with that filter policy gets."""
    sqs, sns = system.cloud.client("sqs"), system.cloud.client("sns")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    attributes = {"FilterPolicy": json.dumps(policy)} if policy else {}
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn["Attributes"]["QueueArn"],
        Attributes=attributes,
    )

    return lambda: mailbox.read(system.cloud.endpoint, name)


def about(system, dataset):
    return [mail for mail in system.cloud.mail() if mail["attributes"]["dataset"] == dataset]


def test_a_dataset_of_its_own_unit_threshold_and_limits_beside_the_first(system, put):
    topic = system.cloud.outputs["AlertTopicArn"]
    policies = {"new": ONLY_NEW, "salinity": ONLY_SALINITY, "certain": ONLY_CERTAIN}
    heard = {name: subscribe(system, topic, name, policy) for name, policy in policies.items()}
    one, other, last = RECENT
    # Above the first dataset's threshold and its limits, and fine for this one.
    salinity = put("marmenor.salinity/s.csv", f"{one},45,2", f"{other},45,2.5", f"{last},55,0.6")
    put("t.csv", f"{one},20.5,0.4", f"{other},21.5,0.5")
    put("t 1999.csv", "1999-05-03,20.5,0.75")
    put("t 2.csv", f"{last},22.5,0.625")
    assert put("marmenor.chlorophyll/c.csv", f"{last},1,0.1").code == "unknown_dataset"

    wait_until(lambda: about(system, "marmenor.salinity"))
    (mail,) = about(system, "marmenor.salinity")
    assert f"{other}  desviación 2.5 PSU (0.5 por encima), media 45 PSU" in mail["body"]
    assert mail["body"].startswith("Mar Menor, salinidad práctica")
    assert one not in mail["body"]
    assert mail["attributes"] == {
        "kind": "alert",
        "dataset": "marmenor.salinity",
        "severity": "moderate",
        "upload": salinity.id,
    }
    wait_until(lambda: len(about(system, "marmenor.temperature")) == 2)
    history, temperature = about(system, "marmenor.temperature")
    assert history["attributes"]["kind"] == "history"
    assert last in temperature["body"]
    # Each subscriber hears what the filter policy in the documents promises.
    ids = {name: [one["attributes"]["upload"] for one in read()] for name, read in heard.items()}
    assert ids == {
        "new": [salinity.id, temperature["attributes"]["upload"]],
        "salinity": [salinity.id],
        "certain": [salinity.id],
    }

    year, month = last[:4], str(int(last[5:7]))
    answers = {
        name: ask(system, "/temp", f"month={month}&year={year}&dataset={name}")
        for name in ("marmenor.salinity", "marmenor.temperature")
    }
    assert answers["marmenor.salinity"]["unit"] == "1"
    assert answers["marmenor.temperature"]["unit"] == "degree_Celsius"
    assert answers["marmenor.temperature"]["value"] < 30 < answers["marmenor.salinity"]["value"]
    flags = ask(system, f"/uploads/{salinity.id}", "")["flagged"]
    assert list(flags) == [last]


def measured(system):
    """Let the hourly function run; what it measures, by dataset ("" for all)."""
    client, name = system.cloud.client("lambda"), system.cloud.outputs["WatchFunctionName"]
    logs = system.cloud.client("logs")
    since = int(time.time() * 1000)
    called = client.invoke(FunctionName=name, Payload=b"{}")
    assert "FunctionError" not in called
    (group,) = (
        one["logGroupName"]
        for one in logs.describe_log_groups()["logGroups"]
        if "WatchLogs" in one["logGroupName"]
    )
    found = {}
    for entry in logs.filter_log_events(logGroupName=group, startTime=since)["events"]:
        if '"_aws"' in entry["message"]:
            line = json.loads(entry["message"])
            found[line.get("dataset", "")] = line
    return found


def forward(system, line, seconds_ago=0):
    """Have CloudWatch take a metric from a log line, which AWS does and the emulator does not."""
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    system.cloud.client("cloudwatch").put_metric_data(
        Namespace=directive["Namespace"],
        MetricData=[
            {
                "MetricName": metric["Name"],
                "Values": line[metric["Name"]],
                "Timestamp": datetime.now(UTC) - timedelta(seconds=seconds_ago),
                "Dimensions": [{"Name": n, "Value": line[n]} for n in directive["Dimensions"][0]],
            }
            for metric in directive["Metrics"]
        ],
    )


def test_a_series_that_falls_silent_is_an_alarm_once_until_it_speaks_again(system, put):
    # Given: the newest readings are withdrawn, and only old ones are left.
    s3, bucket = system.cloud.client("s3"), system.cloud.outputs["RawBucketName"]
    for key in ("t.csv", "t 2.csv", "t 1999.csv"):
        s3.delete_object(Bucket=bucket, Key=key)
    put("old.csv", f"{TODAY - timedelta(days=17)},20.5,0.1")
    received = subscribe(system, system.cloud.outputs["OperatorsTopicArn"], "operators")

    def told():
        changes = [json.loads(message["body"]) for message in received()]
        return [one["NewStateValue"] for one in changes if one["AlarmName"].endswith("-Silence")]

    wait_until(lambda: measured(system)["marmenor.temperature"]["DaysSinceReading"] == [17])
    # When: the function runs hour after hour. (The alarm looks two hours back.)
    for age in (7195, 7194):
        found = measured(system)
        assert set(found) == {"", "marmenor.temperature"}
        assert found[""]["SilentDatasets"] == [1]
        forward(system, found[""], seconds_ago=age)
    # Then: operators are told, once.
    wait_until(told)
    assert told() == ["ALARM"]
    # When: a reading comes.
    put("new.csv", f"{TODAY},20.5,0.1")
    found = measured(system)
    assert found[""]["SilentDatasets"] == [0]

    # Then: the alarm clears, once what was measured before is older than it looks back.
    def cleared():
        forward(system, found[""])
        return "OK" in told()

    wait_until(cleared, seconds=30)
    assert told() == ["ALARM", "OK"]
