"""Commands for files and their readings."""

from pathlib import Path

import click

from cli.console import Failure
from cli.options import PATHS, cloud_options, dataset_option, example, json_option

files_argument = click.argument("files", nargs=-1, required=True, type=PATHS)
reviews_option = click.option(
    "--reviews", is_flag=True, help="The files are reviews of the dataset's readings."
)


@click.command()
@files_argument
@dataset_option
@reviews_option
@cloud_options
@json_option
@example("./aquasense check 'enero 2025.csv'")
def check(
    files: tuple[Path, ...],
    dataset: str,
    reviews: bool,
    environment: str,
    cloud_port: int | None,
    as_json: bool,
) -> int:
    """Print the receipts that files and the CSV files of folders would get; write nothing."""
    from cli.data.check import check_files

    return int(
        not check_files(files, dataset, environment, cloud_port, reviews=reviews, as_json=as_json)
    )


@click.command()
@files_argument
@dataset_option
@reviews_option
@cloud_options
@json_option
@example("./aquasense upload 'enero 2025.csv' folder --dataset marmenor.salinity")
def upload(
    files: tuple[Path, ...],
    dataset: str,
    reviews: bool,
    environment: str,
    cloud_port: int | None,
    as_json: bool,
) -> int:
    """Upload files and the CSV files of folders, in this order, and print their receipts.

    Nothing is uploaded if one of the files cannot be. Ctrl-C prints which files are in, under way
    and not begun; the command can be repeated.
    """
    from cli import targets
    from cli.data import report
    from cli.data.upload import upload

    keyed = report.select_with_keys(files, dataset, reviews=reviews)
    return int(not upload(targets.find(environment, cloud_port), keyed, as_json=as_json))


@click.command()
@click.argument("date")
@click.option("--bad", metavar="REASON", help="The value is wrong: it does not count any more.")
@click.option("--good", metavar="REASON", help="The value is right: its flags raise no doubt.")
@dataset_option
@cloud_options
@json_option
@example("./aquasense review 2022-12-15 --bad 'typed twice'")
def review(
    date: str,
    bad: str | None,
    good: str | None,
    dataset: str,
    environment: str,
    cloud_port: int | None,
    as_json: bool,
) -> int:
    """Settle the reading of a date by a review, and print its receipt.

    REASON is a comment that anyone can read, in the API and on the page. The review holds for the
    reading's current value: it lapses when a file changes the value. Deleting the review's file
    takes it back.
    """
    from cli import targets
    from cli.data.review import review

    if (bad is None) == (good is None):
        raise Failure("Say either --bad REASON or --good REASON", 2)
    verdict, reason = ("good", good) if bad is None else ("bad", bad)
    target = targets.find(environment, cloud_port)
    return int(not review(target, date, verdict, reason or "", dataset, as_json=as_json))


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Delete without asking.")
@dataset_option
@cloud_options
@json_option
@example("./aquasense delete 'enero 2025.csv'")
def delete(
    files: tuple[str, ...],
    yes: bool,
    dataset: str,
    environment: str,
    cloud_port: int | None,
    as_json: bool,
) -> int:
    """Delete files from the bucket, so that the readings they replaced count again.

    FILE is a name in the bucket or a local file of that name. Dates and months that change are
    printed before the question.
    """
    from cli import targets
    from cli.data.delete import delete

    target = targets.find(environment, cloud_port)
    return int(not delete(target, files, dataset, yes=yes, as_json=as_json))


@click.command()
@click.argument("upload")
@click.option("--yes", is_flag=True, help="Remove without asking.")
@click.option("--hide-name", is_flag=True, help="Remove the name of the file from the list, too.")
@dataset_option
@cloud_options
@json_option
@example("./aquasense purge 'nóminas 2025.csv' --hide-name")
def purge(
    upload: str,
    yes: bool,
    hide_name: bool,
    dataset: str,
    environment: str,
    cloud_port: int | None,
    as_json: bool,
) -> int:
    """Remove a file for good: every version, its receipts and its readings, also of the past.

    UPLOAD is an id of `list`, or a file. What will be removed is printed before the question. The
    list keeps that there were uploads, and when they were purged. The command can be repeated.
    """
    from cli import targets
    from cli.data.purge import purge

    target = targets.find(environment, cloud_port)
    return int(not purge(target, upload, dataset, yes=yes, hide_name=hide_name, as_json=as_json))


@click.command()
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Most uploads."
)
@click.option("--dataset", metavar="NAME", default="", help="Only the uploads of this dataset.")
@cloud_options
@json_option
@example("./aquasense list --limit 100")
def list(limit: int, dataset: str, environment: str, cloud_port: int | None, as_json: bool) -> None:
    """List uploads, the newest first: time, state, counts, file and id."""
    from cli import targets
    from cli.data.stored import list_uploads

    list_uploads(targets.find(environment, cloud_port), dataset, limit, as_json=as_json)


@click.command()
@click.argument("upload")
@dataset_option
@cloud_options
@json_option
@example("./aquasense show 'enero 2025.csv'")
def show(
    upload: str, dataset: str, environment: str, cloud_port: int | None, as_json: bool
) -> None:
    """Print the receipt of an upload: an id of `list`, or a file, whose newest upload it is."""
    from cli import targets
    from cli.data.stored import show_upload

    show_upload(targets.find(environment, cloud_port), upload, dataset, as_json=as_json)


@click.command()
@json_option
@example("./aquasense datasets")
def datasets(as_json: bool) -> None:
    """Check functions/datasets.toml and list the datasets."""
    from cli.datasets import list_datasets

    list_datasets(as_json=as_json)
