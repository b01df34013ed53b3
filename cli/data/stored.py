"""List the uploads of a stack, and show one of them."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import simplejson

from adapters.s3 import s3_client
from adapters.table import Table
from aquasense.datasets import Datasets
from cli import targets
from cli.console import Failure, err, out, print_json
from cli.data import report, stack
from cli.data.waiting import RETRY_SECONDS
from query.http import Request, Response
from query.service import Service
from query.validation import UPLOAD_ID_PATTERN

# Members of a receipt that change after the upload.
LATER = ("superseded", "withdrawn_at", "purged_at")


def list_uploads(
    target: targets.Target, dataset: str, limit: int, *, as_json: bool = False
) -> None:
    """Print the uploads of a dataset, the newest first, as the API lists them.

    Raises:
        Failure: the dataset is not configured, the limit is too high, or the table cannot be read.
    """
    query = [("limit", str(limit)), *([("dataset", dataset)] if dataset else [])]
    answer = _get(target, stack.load_datasets(target, dataset), "/uploads", query)
    if as_json:
        print_json(answer)
        return
    uploads = answer["uploads"]
    width = max((len(upload["file"]) for upload in uploads), default=0)
    for upload in uploads:
        time = upload["uploaded_at"].replace("T", " ").partition(".")[0]
        state = "withdrawn" if upload["withdrawn_at"] else upload["status"]
        state = "purged" if upload["purged_at"] else state
        out.print(
            f"{time}  {state:<12}  {upload['accepted']:>6} accepted  "
            f"{upload['rejected']:>6} rejected  {upload['file']:<{width}}  {upload['id']}",
            markup=False,
        )
    if not uploads:
        err.print("There is no upload yet.")
    if "next" in answer:
        err.print(f"There are older ones: --limit {limit * 10}")


def show_upload(target: targets.Target, text: str, dataset: str, *, as_json: bool = False) -> None:
    """Print the receipt of an upload, with the text of its rejected lines.

    Args:
        target: the stack.
        text: upload id, key, or name of a file; of a file the newest upload.
        dataset: of the file.
        as_json: print the receipt as JSON.

    Raises:
        Failure: there is no such upload.
    """
    registered = stack.load_datasets(target, dataset)
    client = s3_client(target.region, target.endpoint)
    upload_id = text
    if not re.fullmatch(UPLOAD_ID_PATTERN, text, re.ASCII):
        with targets.readable_errors():
            bucket = target.outputs["RawBucketName"]
            history = stack.find_history(client, bucket, text, dataset)
        upload_id = history[-1].upload.id
    answer = _get(target, registered, f"/uploads/{upload_id}")
    if answer is None and upload_id == text:
        raise Failure(f"There is no upload {text}: ./aquasense list prints their ids", 2)
    if answer is None:
        raise Failure(f"{text} is in the bucket and has no receipt yet (upload {upload_id})")
    with targets.readable_errors():
        private = stack.read_private_receipt(client, target, upload_id) or {}
    # Only the API's answer has what later uploads and deletions changed.
    receipt = answer | private | {name: answer[name] for name in LATER if name in answer}
    if as_json:
        print_json(receipt)
    else:
        report.print_receipt(receipt["file"], receipt)


def _get(
    target: targets.Target, registered: Datasets, path: str, query: Sequence[tuple[str, str]] = ()
) -> Any:
    """Return the API's answer, computed here; None if the resource does not exist.

    Raises:
        Failure: a parameter is wrong, or the table cannot be read.
    """

    async def get() -> Response:
        async with Table.open(target.config, RETRY_SECONDS) as table:
            return await Service(table, registered).get(Request("GET", path, query))

    with targets.readable_errors():
        response = asyncio.run(get())
    body = simplejson.loads(response.content(), use_decimal=True)
    if response.status == 400:
        raise Failure(str(body["detail"]), 2)
    return body if response.status == 200 else None
