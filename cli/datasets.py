"""Check functions/datasets.toml before it is deployed."""

from decimal import Decimal
from pathlib import Path

from aquasense import datasets
from aquasense.datasets import Dataset, Datasets
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
