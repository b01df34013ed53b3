"""Review a reading: put a file with a verdict on its current value, and print its receipt."""

import csv
import io
from typing import TYPE_CHECKING, Any

from adapters import items
from adapters.s3 import Bucket, s3_client
from aquasense.csvfile.dates import parse_date
from aquasense.csvfile.fields import InvalidField
from aquasense.csvfile.reviews import COMMENT_LENGTH
from aquasense.datasets import REVIEWS
from aquasense.readings.versions import Version, all_readings
from aquasense.uploads import receipts
from cli import targets
from cli.console import Failure, err, print_json
from cli.data import report, stack
from cli.data.waiting import WAIT_SECONDS, Events

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

HEADER = ("date", "mean", "verdict", "comment")


def review(
    target: targets.Target,
    text: str,
    verdict: str,
    comment: str,
    dataset: str,
    *,
    as_json: bool = False,
) -> bool:
    """Review the current reading of a date.

    Args:
        target: the stack.
        text: date, in any notation of a file.
        verdict: 'good' or 'bad'.
        comment: reason, which is public.
        dataset: of the reading; empty is the default one.
        as_json: print the receipt as JSON.

    Returns:
        True if the review was accepted.

    Raises:
        Failure: there is no such reading, the comment is empty or too long, or the stack cannot be
            reached.
    """
    name = dataset or stack.load_datasets(target).default.name
    stack.load_datasets(target, name)
    comment = _check_comment(comment)
    with targets.readable_errors():
        reading = _find_reading(stack.read_versions(target.config, name), text, name)
    key = f"{REVIEWS}{name}/{reading.date}.csv"
    client = s3_client(target.region, target.endpoint)
    with targets.readable_errors(), Events.open(target.config) as events:
        receipt = _put(client, target, events, key, _write_file(reading, verdict, comment))
    if as_json:
        print_json(receipt)
    else:
        report.print_receipt(key, receipt)
    err.print(
        f"The comment is public: /readings and the page show it. To take the review back: "
        f"./aquasense delete {key}",
        markup=False,
    )
    return bool(receipt["accepted"])


def _check_comment(comment: str) -> str:
    """Return the comment in one line.

    Raises:
        Failure: it is empty, too long or not UTF-8.
    """
    comment = " ".join(comment.split())
    try:
        comment.encode()
    except UnicodeEncodeError as error:
        raise Failure("The reason is not UTF-8", 2) from error
    if not comment:
        raise Failure("The reason is empty: say why, in words that anyone may read", 2)
    if len(comment) > COMMENT_LENGTH:
        raise Failure(f"The reason has more than {COMMENT_LENGTH} characters", 2)
    return comment


def _find_reading(versions: list[Version], text: str, dataset: str) -> Version:
    try:
        date = parse_date(text).iso
    except InvalidField as error:
        raise Failure(f"{text}: {error.reason}", 2) from error
    readings = {reading.date: reading for reading in all_readings(versions)}
    if date not in readings:
        earlier = max((other for other in readings if other < date), default="")
        later = min((other for other in readings if other > date), default="")
        nearest = ", ".join(filter(None, (earlier, later)))
        hint = f"; the nearest: {nearest}" if nearest else ""
        raise Failure(f"There is no reading of {date} in {dataset}{hint}", 2)
    return readings[date]


def _write_file(reading: Version, verdict: str, comment: str) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows([HEADER, (reading.date, reading.mean, verdict, comment)])
    return buffer.getvalue().encode()


def _put(
    client: "S3Client", target: targets.Target, events: Events, key: str, body: bytes
) -> dict[str, Any]:
    """Put a file, wait for its receipt, and return it with the texts of the file.

    Raises:
        Failure: there is no receipt in time.
    """
    bucket = target.outputs["RawBucketName"]
    answer = client.put_object(Bucket=bucket, Key=key, Body=body)
    upload_id = Bucket(client, bucket).find_version(key, answer["VersionId"]).upload.id
    events.expect(upload_id)
    while events.may_come():
        for _, item in events.poll():
            receipt: dict[str, Any] | None = stack.read_private_receipt(client, target, upload_id)
            return receipt or receipts.receipt_members(items.parse_receipt(item), None)
        events.pause()
    raise Failure(
        f"{key}: no receipt after {WAIT_SECONDS:.0f} s; it may still come (upload {upload_id})"
    )
