"""Commands for files and their readings."""

from pathlib import Path

import click

from cli.options import PATHS, cloud_options, dataset_option, example

files_argument = click.argument("files", nargs=-1, required=True, type=PATHS)


@click.command()
@files_argument
@dataset_option
@cloud_options
@example("./aquasense check 'enero 2025.csv'")
def check(files: tuple[Path, ...], dataset: str, environment: str, cloud_port: int | None) -> int:
    """Print the receipts that files and the CSV files of folders would get; write nothing."""
    from cli.data.check import check_files

    return int(not check_files(files, dataset, environment, cloud_port))


@click.command()
@files_argument
@dataset_option
@cloud_options
@example("./aquasense upload 'enero 2025.csv' folder --dataset marmenor.salinity")
def upload(files: tuple[Path, ...], dataset: str, environment: str, cloud_port: int | None) -> int:
    """Upload files and the CSV files of folders, in this order, and print their receipts."""
    from cli import targets
    from cli.data import report
    from cli.data.upload import upload

    keyed = report.select_with_keys(files, dataset)
    return int(not upload(targets.find(environment, cloud_port), keyed))


@click.command()
@example("./aquasense datasets")
def datasets() -> None:
    """Check functions/datasets.toml and list the datasets."""
    from cli.datasets import list_datasets

    list_datasets()
