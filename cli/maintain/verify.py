"""Print the differences between the table and the bucket."""

from collections import Counter
from typing import Any

from adapters import aws
from adapters.s3 import Bucket, s3_client
from cli import targets
from cli.console import err, out, print_json
from cli.maintain.differences import Comparison, Difference, compare, without_texts

WAITING = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
PHRASES = {
    "missing": "missing in the table",
    "different": "different",
    "foreign": "not in the bucket",
}


def verify(environment: str, cloud_port: int | None, *, as_json: bool = False) -> bool:
    """Print every difference and the command that repairs them.

    Returns:
        True if table and bucket agree.
    """
    target = targets.find(environment, cloud_port)
    bucket = Bucket(s3_client(target.region, target.endpoint), target.outputs["RawBucketName"])
    with targets.readable_errors():
        comparison = compare(bucket, target.config)
    repair = name_command("rebuild", environment, cloud_port) if comparison.differences else ""
    if as_json:
        print_json(describe(comparison) | {"repair": repair})
        return comparison.agrees
    for difference in comparison.differences:
        out.print(format_difference(difference), markup=False)
    print_errors(comparison)
    with targets.readable_errors():
        print_waiting(target, comparison)
    summary = f"{len(comparison.listing.uploads)} uploads, {comparison.items} items: "
    if comparison.agrees:
        out.print(f"{summary}table and bucket agree")
        return True
    err.print(f"{summary}{count_differences(comparison)}", markup=False)
    if repair:
        err.print(f"To repair the table: {repair}", markup=False)
    return False


def describe(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON members."""
    listing = comparison.listing
    return {
        "uploads": len(listing.uploads),
        "items": comparison.items,
        "counts": {kind: count_kinds(comparison).get(kind, 0) for kind in PHRASES},
        "differences": [
            {
                "kind": difference.kind,
                "pk": difference.key[0],
                "sk": difference.key[1],
                "expected": difference.expected and without_texts(difference.expected),
                "actual": difference.actual and without_texts(difference.actual),
            }
            for difference in comparison.differences
        ],
        "not_listed_after": listing.last_key if listing.end else None,
        "unreadable": [{"key": key, "error": text} for key, text in listing.errors.items()],
    }


def format_difference(difference: Difference) -> str:
    """Return a difference as a line, without the texts of rejected lines."""
    line = f"{PHRASES[difference.kind]}: {' '.join(difference.key)}"
    if difference.expected is None or difference.actual is None:
        return line
    expected, actual = without_texts(difference.expected), without_texts(difference.actual)
    return f"{line}: should be {expected}, is {actual}"


def print_errors(comparison: Comparison) -> None:
    """Print what could not be compared."""
    listing = comparison.listing
    for key, text in listing.errors.items():
        err.print(f"cannot be read, and was not compared: {key!r}: {text}", markup=False)
    if listing.end:
        err.print(
            f"The bucket's list ends after {listing.last_key!r} ({listing.end}): of later keys "
            "only the files in the table were compared. Delete the object that cannot be listed",
            markup=False,
        )


def print_waiting(target: targets.Target, comparison: Comparison) -> None:
    """Print that uploads are missing because they wait for ingestion, if that can be the reason."""
    if not any(d.is_event and d.kind == "missing" for d in comparison.differences):
        return
    sqs = aws.create_client("sqs", target.region, target.endpoint)
    attributes = sqs.get_queue_attributes(
        QueueUrl=target.outputs["IngestQueueUrl"], AttributeNames=WAITING
    )["Attributes"]
    if waiting := sum(int(attributes[name]) for name in WAITING):
        err.print(
            f"Notifications waiting in the queue: {waiting}. Their files are missing until they "
            "are ingested. A rebuild before that sends no alerts for them"
        )


def count_kinds(comparison: Comparison) -> Counter[str]:
    """Return the number of differences by kind."""
    return Counter(difference.kind for difference in comparison.differences)


def count_differences(comparison: Comparison) -> str:
    """Return the number of differences in words."""
    counts = count_kinds(comparison)
    total = counts.total()
    words = ", ".join(f"{counts[kind]} {text}" for kind, text in PHRASES.items() if counts[kind])
    noun = "difference" if total == 1 else "differences"
    return f"{total} {noun} ({words})" if total else "no difference in what could be compared"


def name_command(name: str, environment: str, cloud_port: int | None) -> str:
    """Return a command that acts on the same cloud."""
    words = ["./aquasense", name]
    if environment != "local":
        words += ["--env", environment]
    if cloud_port is not None:
        words += ["--cloud-port", str(cloud_port)]
    return " ".join(words)
