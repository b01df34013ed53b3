"""Run a function in its container on one event, against the running local cloud."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from botocore.exceptions import ClientError

from cli import docker
from cli.console import Failure, err
from cli.environment import ROOT, client, local_env, program
from cli.local import running
from cli.local.containers import sam_local_options

SAMPLE = ROOT / "events/temperatura_1.csv"


def invoke(event_name: str, cloud_port: int | None) -> int:
    """Run the function that an event is for, and return the exit code."""
    event = _event(event_name)
    cloud = running.find(cloud_port)
    docker.require_engine()
    _provide_objects(cloud, event)
    return _invoke(cloud, _function(event), event)


def _event(name: str) -> dict[str, Any]:
    try:
        if name == "-":
            text = sys.stdin.read()
        else:
            path = Path(name) if name.endswith(".json") else ROOT / "events" / f"{name}.json"
            text = path.read_text()
        event = json.loads(text)
    except FileNotFoundError:
        names = ", ".join(sorted(path.stem for path in (ROOT / "events").glob("*.json")))
        raise Failure(f"No event {name!r}: give a file or one of {names}", 2) from None
    except ValueError as error:
        raise Failure(f"Event {name!r} is no JSON: {error}", 2) from error
    if not isinstance(event, dict):
        raise Failure(f"Event {name!r} is no JSON object", 2)
    return event


def _function(event: Mapping[str, Any]) -> str:
    if "requestContext" in event:
        return "QueryFunction"
    records = event.get("Records") or [{}]
    return "NotifyFunction" if records[0].get("eventSource") == "aws:dynamodb" else "IngestFunction"


def _provide_objects(cloud: running.Running, event: Mapping[str, Any]) -> None:
    """Upload each object that the event names and the bucket lacks: its namesake, or the sample."""
    bucket = cloud.outputs["RawBucketName"]
    s3 = client("s3", cloud.endpoint)
    for event_bucket, key in _objects(event):
        if event_bucket != bucket:
            err.print(f"The event names the bucket {event_bucket}; the local cloud's is {bucket}.")
            continue
        try:
            s3.head_object(Bucket=bucket, Key=key)
        except ClientError:
            namesake = SAMPLE.parent / Path(key).name
            file = namesake if namesake.is_file() else SAMPLE
            err.print(f"Putting {file.name} as {key!r}, which the event names.", markup=False)
            s3.put_object(Bucket=bucket, Key=key, Body=file.read_bytes())


def _objects(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for record in event.get("Records") or []:
        if record.get("eventSource") == "aws:sqs":
            yield from _objects(json.loads(record["body"]))
        elif "s3" in record:
            s3 = record["s3"]
            yield s3["bucket"]["name"], unquote_plus(s3["object"]["key"])


def _invoke(cloud: running.Running, function: str, event: Mapping[str, Any]) -> int:
    process = subprocess.run(
        [
            *(program(".venv-sam", "sam"), "local", "invoke", function, "--event", "-"),
            *sam_local_options(cloud),
        ],
        env=local_env(cloud.endpoint),
        cwd=ROOT,
        input=json.dumps(event),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    answer = process.stdout.strip()
    sys.stdout.write(f"{answer}\n")
    return process.returncode or int(_failed(answer))


def _failed(text: str) -> bool:
    """Return whether the answer reports a failure, which sam's exit code does not."""
    try:
        answer = json.loads(text)
    except ValueError:
        return True
    return isinstance(answer, dict) and bool(
        answer.get("errorType") or answer.get("batchItemFailures")
    )
