"""A second dataset that is added by configuration only, and the alarm on missing readings."""

import json
import re
import shutil
import textwrap
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from cli import datasets
from cli.local import mailbox
from cli.local.cloud import LocalCloud
from cli.process import free_port
from tests.e2e.conftest import System, set_credentials, wait_until
from tests.support import ROOT, csv, event

pytestmark = pytest.mark.e2e

DOCS = ROOT / "docs"


def blocks(name, language):
    """Return the code blocks of a document in a language."""
    text = (DOCS / name).read_text(encoding="utf-8")
    matches = re.findall(rf"(?ms)^( *)```{language}\n(.*?)^ *```$", text)
    return [textwrap.dedent(block) for _, block in matches]


# The tests use the examples in the documentation.
(SALINITY,) = blocks("datasets.md", "toml")
ONLY_NEW, ONLY_SALINITY, ONLY_CERTAIN = map(json.loads, blocks("alerts.md", "json"))
TODAY = datetime.now(UTC).date()
RECENT = [str(TODAY - timedelta(days=days)) for days in (15, 8, 1)]


@pytest.fixture(scope="module")
def system():
    """Deploy a separate stack, built from a datasets.toml with one more dataset."""
    # In .local, since the built templates refer to others by relative paths.
    cloud = LocalCloud(free_port())
    with cloud, pytest.MonkeyPatch.context() as patch:
        set_credentials(cloud, patch)
        cloud.build()
        shared, cloud.build_folder = cloud.build_folder, cloud.folder / "build"
        shutil.copytree(shared, cloud.build_folder)
        built = list(cloud.build_folder.glob("*Function/datasets.toml"))
        for source in built:
            source.write_text(
                source.read_text(encoding="utf-8") + "\n" + SALINITY, encoding="utf-8"
            )
            datasets.check_datasets(source)
        assert len(built) == 4
        cloud.deploy_built(EnableHttpApi="true")
        yield System(cloud, None)
    shutil.rmtree(cloud.folder)


@pytest.fixture(scope="module")
def put(system, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")

    def upload(key, *rows):
        path = folder / "file.csv"
        path.write_bytes(csv(*rows))
        return system.put((path, key))[0]

    return upload


def get(system, path, query):
    """Request a path of the API from the query function."""
    request = event("http-api-get.json") | {"rawPath": path, "rawQueryString": query}
    request["requestContext"]["http"]["path"] = path
    (name,) = (
        function["FunctionName"]
        for function in system.cloud.client("lambda").list_functions()["Functions"]
        if "QueryFunction" in function["FunctionName"]
    )
    invocation = system.cloud.client("lambda").invoke(
        FunctionName=name, Payload=json.dumps(request)
    )
    response = json.load(invocation["Payload"])
    assert response["statusCode"] == 200, response
    return json.loads(response["body"], parse_float=Decimal)


def subscribe(system, topic, name, policy=None):
    """Subscribe a queue with a filter policy, and return a function that reads its messages."""
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


def mails_about(system, dataset):
    return [mail for mail in system.cloud.mail() if mail["attributes"]["dataset"] == dataset]


def test_a_second_dataset_has_its_own_unit_threshold_and_limits(system, put):
    topic = system.cloud.outputs["AlertTopicArn"]
    policies = {"new": ONLY_NEW, "salinity": ONLY_SALINITY, "certain": ONLY_CERTAIN}
    readers = {name: subscribe(system, topic, name, policy) for name, policy in policies.items()}
    first, second, last = RECENT
    # Above the threshold and the limits of the first dataset, but not of this one.
    salinity = put("marmenor.salinity/s.csv", f"{first},45,2", f"{second},45,2.5", f"{last},55,0.6")
    put("t.csv", f"{first},20.5,0.4", f"{second},21.5,0.5")
    put("t 1999.csv", "1999-05-03,20.5,0.75")
    put("t 2.csv", f"{last},22.5,0.625")
    assert put("marmenor.chlorophyll/c.csv", f"{last},1,0.1").code == "unknown_dataset"

    wait_until(lambda: mails_about(system, "marmenor.salinity"))
    (mail,) = mails_about(system, "marmenor.salinity")
    assert f"{second}  desviación 2.5 PSU (0.5 por encima), media 45 PSU" in mail["body"]
    assert mail["body"].startswith("Mar Menor, salinidad práctica")
    assert first not in mail["body"]
    assert mail["attributes"] == {
        "kind": "alert",
        "dataset": "marmenor.salinity",
        "severity": "moderate",
        "upload": salinity.id,
    }
    wait_until(lambda: len(mails_about(system, "marmenor.temperature")) == 2)
    history, temperature = mails_about(system, "marmenor.temperature")
    assert history["attributes"]["kind"] == "history"
    assert last in temperature["body"]
    # Each subscriber gets the messages that the documentation describes for its filter policy.
    ids = {
        name: [mail["attributes"]["upload"] for mail in read()] for name, read in readers.items()
    }
    assert ids == {
        "new": [salinity.id, temperature["attributes"]["upload"]],
        "salinity": [salinity.id],
        "certain": [salinity.id],
    }

    year, month = last[:4], str(int(last[5:7]))
    answers = {
        name: get(system, "/temp", f"month={month}&year={year}&dataset={name}")
        for name in ("marmenor.salinity", "marmenor.temperature")
    }
    assert answers["marmenor.salinity"]["unit"] == "1"
    assert answers["marmenor.temperature"]["unit"] == "degree_Celsius"
    assert answers["marmenor.temperature"]["value"] < 30 < answers["marmenor.salinity"]["value"]
    flags = get(system, f"/uploads/{salinity.id}", "")["flagged"]
    assert list(flags) == [last]


def run_watch(system):
    """Run the hourly function, and return its metrics by dataset; "" for all datasets."""
    client, name = system.cloud.client("lambda"), system.cloud.outputs["WatchFunctionName"]
    logs = system.cloud.client("logs")
    since = int(time.time() * 1000)
    invocation = client.invoke(FunctionName=name, Payload=b"{}")
    assert "FunctionError" not in invocation
    (group,) = (
        group["logGroupName"]
        for group in logs.describe_log_groups()["logGroups"]
        if "WatchLogs" in group["logGroupName"]
    )
    metrics = {}
    for entry in logs.filter_log_events(logGroupName=group, startTime=since)["events"]:
        if '"_aws"' in entry["message"]:
            line = json.loads(entry["message"])
            metrics[line.get("dataset", "")] = line
    return metrics


def put_metrics(system, line, seconds_ago=0):
    """Put the metrics of a log line into CloudWatch, which the emulator does not do itself."""
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


def test_the_silence_alarm_is_sent_once_and_clears_with_a_new_reading(system, put):
    # Given: the newest readings are withdrawn, and only older ones remain.
    s3, bucket = system.cloud.client("s3"), system.cloud.outputs["RawBucketName"]
    for key in ("t.csv", "t 2.csv", "t 1999.csv"):
        s3.delete_object(Bucket=bucket, Key=key)
    put("old.csv", f"{TODAY - timedelta(days=17)},20.5,0.1")
    received = subscribe(system, system.cloud.outputs["OperatorsTopicArn"], "operators")

    def alarm_states():
        changes = [json.loads(message["body"]) for message in received()]
        return [c["NewStateValue"] for c in changes if c["AlarmName"].endswith("-Silence")]

    wait_until(lambda: run_watch(system)["marmenor.temperature"]["DaysSinceReading"] == [17])
    # When: the function runs in two successive hours (the alarm evaluates two hours).
    for age in (7195, 7194):
        metrics = run_watch(system)
        assert set(metrics) == {"", "marmenor.temperature"}
        assert metrics[""]["SilentDatasets"] == [1]
        put_metrics(system, metrics[""], seconds_ago=age)
    # Then: operators are notified, once.
    wait_until(alarm_states)
    assert alarm_states() == ["ALARM"]
    # When: a new reading arrives.
    put("new.csv", f"{TODAY},20.5,0.1")
    metrics = run_watch(system)
    assert metrics[""]["SilentDatasets"] == [0]

    # Then: the alarm clears, once the older values are outside its evaluation range.
    def cleared():
        put_metrics(system, metrics[""])
        return "OK" in alarm_states()

    wait_until(cleared, seconds=30)
    assert alarm_states() == ["ALARM", "OK"]
