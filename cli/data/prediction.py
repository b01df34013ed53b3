"""Predict what the deletion of files changes."""

import contextlib
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from rich.console import Console

from aquasense.datasets import UnknownDataset
from aquasense.readings.changes import WITHDRAWN, compare_states
from aquasense.readings.reviews import Review
from aquasense.readings.versions import Version, current_readings
from aquasense.uploads.times import AFTER_ALL
from cli import targets
from cli.data import report, stack

# Of each dataset; see predict_deletion().
type Effects = dict[str, dict[str, Any]]

SHOWN_DATES, SHOWN_MONTHS = 20, 12


def predict(target: targets.Target, keys: Sequence[str]) -> Effects:
    """Return the changes in each dataset of the keys."""
    registered = stack.load_datasets(target)
    by_dataset: dict[str, list[str]] = {}
    for key in keys:
        # A file in another folder was rejected.
        with contextlib.suppress(UnknownDataset):
            by_dataset.setdefault(registered.for_key(key).name, []).append(key)
    return {
        name: predict_deletion(stack.read_versions(target.config, name), own)
        for name, own in by_dataset.items()
    }


def predict_deletion(versions: Iterable[Version], keys: Collection[str]) -> dict[str, Any]:
    """Return what the deletion of files changes: dates and months, before and after.

    Args:
        versions: all of a dataset.
        keys: of the files.

    Returns:
        {"readings": […], "months": […]} as aquasense.readings.changes has them, and "unchanged":
        number of the files' current readings whose value another file has too.
    """
    versions = list(versions)
    newest = max((event_id for version in versions for event_id in version.event_ids()), default="")

    def delete[T: (Version, Review)](row: T) -> T:
        return (
            row._replace(deletion_id=AFTER_ALL) if row.file in keys and not row.deletion_id else row
        )

    without = [
        delete(version)._replace(reviews=tuple(map(delete, version.reviews)))
        for version in versions
    ]
    changes = compare_states(without, newest, None)
    current = sum(reading.file in keys for reading in current_readings(versions))
    return changes | {"unchanged": max(current - len(changes["readings"]), 0)}


def print_effects(effects: Effects, console: Console) -> None:
    """Print the changes of each dataset, the first of many."""
    for name, effect in effects.items():
        readings, months = effect["readings"], effect["months"]
        withdrawn = sum(row["change"] == WITHDRAWN for row in readings)
        counts = (
            (len(readings) - withdrawn, "back to an earlier value"),
            (withdrawn, "without a reading"),
            (effect["unchanged"], "unchanged, because another file has the same value"),
        )
        parts = [f"{count} {text}" for count, text in counts if count]
        console.print(f"{name}, dates: {', '.join(parts) or 'none affected'}", markup=False)
        lines = [_describe_reading(row) for row in readings[:SHOWN_DATES]]
        lines += [f"and {len(readings) - SHOWN_DATES} more dates"] * (len(readings) > SHOWN_DATES)
        lines += [
            f"{month['month']}: {report.describe_change(month['before'], month['after'])}"
            for month in months[:SHOWN_MONTHS]
        ]
        lines += [f"and {len(months) - SHOWN_MONTHS} more months"] * (len(months) > SHOWN_MONTHS)
        for line in lines:
            console.print(f"  {line}", markup=False)


def _describe_reading(row: dict[str, Any]) -> str:
    sides = [
        f"mean {side['mean']}, deviation {side['deviation']}" if side else "no reading"
        for side in (row["before"], row["after"])
    ]
    source = row["after"]
    origin = f" ({source['file']}, {source['uploaded_at']})" if source else ""
    return f"{row['date']}: {' -> '.join(sides)}{origin}"
