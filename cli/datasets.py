"""Check functions/datasets.toml before it is deployed."""

from decimal import Decimal
from pathlib import Path

from aquasense import datasets
from aquasense.datasets import NOT_STATED, Dataset, Datasets
from aquasense.metadata.description import STANDARDS
from cli.console import Failure, out


def list_datasets() -> None:
    """Print the datasets, or one line that names the wrong dataset and member."""
    registered, other = check_datasets(), check_datasets(threshold=Decimal(1))
    for name, dataset in registered.by_name.items():
        # Its threshold is its own if it does not follow the deployment's.
        own = dataset.threshold == other.by_name[name].threshold
        _show(dataset, str(dataset.threshold) if own else "AlertThreshold")


def check_datasets(source: Path = datasets.SOURCE, threshold: Decimal = Decimal(0)) -> Datasets:
    """Return the datasets as they would be deployed.

    Raises:
        Failure: the functions would reject the file.
    """
    try:
        return datasets.load_datasets(threshold, source)
    except (ValueError, OSError) as error:
        raise Failure(f"{source.name}: {error}") from error


def _show(dataset: Dataset, threshold: str) -> None:
    own = dataset.silence_days
    silent = "after SilenceDays" if own is None else f"after {own} days" if own else "never"
    out.print(f"{dataset.name}: {dataset.title}", markup=False)
    out.print(f"  {dataset.standard_name} in {dataset.unit}, alerts above {threshold}, "
              f"silent {silent}", markup=False)  # fmt: skip
    for standard, missing in list_missing(dataset).items():
        out.print(f"  missing for {standard}: {', '.join(missing)}", markup=False)


def list_missing(dataset: Dataset) -> dict[str, list[str]]:
    """Return the members that are not stated, by the standard that asks for them."""
    missing = {
        standard: [member for member in members if not _is_stated(dataset, member)]
        for standard, members in STANDARDS.items()
    }
    return {standard: members for standard, members in missing.items() if members}


def _is_stated(dataset: Dataset, member: str) -> bool:
    owner = dataset.description if hasattr(dataset.description, member) else dataset
    return getattr(owner, member) not in (None, "", (), NOT_STATED)
