"""Propose the quality limits of a dataset from its readings, and write them on request."""

from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import tomlkit

from aquasense import datasets
from aquasense.datasets import Dataset
from aquasense.quality.counts import count_flags_by_limit, share_of_false_alarms
from aquasense.quality.limits import QualityLimits
from aquasense.quality.proposal import propose_limits
from aquasense.quality.trials import shares_caught
from aquasense.readings.versions import Version, current_readings
from cli import targets
from cli.console import Failure, err, out, print_json
from cli.data import stack

# Width of the first column, for the longest mistake.
WIDTH = 36


def propose(
    target: targets.Target, name: str, *, write: bool = False, as_json: bool = False
) -> None:
    """Print the limits of a dataset today and those its current readings propose.

    Args:
        target: the stack.
        name: of the dataset.
        write: write the proposed limits to datasets.toml.
        as_json: print the comparison as JSON.

    Raises:
        Failure: the dataset is not configured, or has too few readings.
    """
    registered = stack.load_datasets(target, name)
    dataset = registered.by_name.get(name, registered.default)
    with targets.readable_errors():
        readings = current_readings(stack.read_versions(target.config, dataset.name))
    try:
        proposed = propose_limits(readings, dataset.limits)
    except ValueError as error:
        raise Failure(f"{dataset.name}: {error}") from error
    comparison = compare(readings, dataset, proposed)
    changed = [
        limit["name"] for limit in comparison["limits"] if limit["today"] != limit["proposed"]
    ]
    if write and changed:
        write_limits(datasets.SOURCE, dataset.name, proposed, changed)
    if as_json:
        print_json(comparison | {"written": write and bool(changed)})
        return
    print_comparison(comparison)
    if not changed:
        err.print("The proposed limits are those of today.")
    elif write:
        err.print(
            f"Written to {datasets.SOURCE.name}: ./aquasense deploy applies it.", markup=False
        )
    else:
        err.print(f"To write them: ./aquasense limits {dataset.name} --write", markup=False)


def compare(
    readings: Sequence[Version], dataset: Dataset, proposed: QualityLimits
) -> dict[str, Any]:
    """Return today's and the proposed limits as JSON members, with what they flag and catch."""
    both = {"today": dataset.limits, "proposed": proposed}
    flagged = {key: count_flags_by_limit(readings, limits) for key, limits in both.items()}
    caught = {key: shares_caught(readings, dataset, limits) for key, limits in both.items()}
    return {
        "dataset": dataset.name,
        "readings": len(readings),
        "first": readings[0].date,
        "last": readings[-1].date,
        "limits": [
            {
                "name": field.name,
                **{key: getattr(limits, field.name) for key, limits in both.items()},
                **{f"flagged_{key}": flagged[key].get(field.name) for key in both},
            }
            for field in fields(QualityLimits)
        ],
        "caught": [
            {"mistake": mistake, **{key: caught[key][mistake] for key in both}}
            for mistake in caught["today"]
        ],
        "flagged": {key: share_of_false_alarms(readings, limits) for key, limits in both.items()},
    }


def print_comparison(comparison: dict[str, Any]) -> None:
    """Print the members of compare() as two tables."""
    out.print(
        f"{comparison['dataset']}: {comparison['readings']} readings, {comparison['first']} to "
        f"{comparison['last']}\n",
        markup=False,
    )
    _print_line("limit", "today", "proposed", "flagged today", "proposed")
    for limit in comparison["limits"]:
        counts = (limit["flagged_today"], limit["flagged_proposed"])
        _print_line(
            limit["name"],
            _format(limit["today"]),
            _format(limit["proposed"]),
            *("" if count is None else str(count) for count in counts),
        )
    out.print()
    _print_line("typical error", "caught today", "proposed")
    for share in comparison["caught"]:
        _print_line(share["mistake"], f"{share['today']:.1%}", f"{share['proposed']:.1%}")
    flagged = comparison["flagged"]
    _print_line(
        "readings flagged as they are", f"{flagged['today']:.1%}", f"{flagged['proposed']:.1%}"
    )


def write_limits(source: Path, dataset: str, limits: QualityLimits, names: Sequence[str]) -> None:
    """Write limits of a dataset to a TOML file, whose comments and order stay.

    Args:
        source: datasets.toml.
        dataset: its table.
        limits: to write.
        names: of the limits to write.
    """
    document: dict[str, Any] = tomlkit.parse(source.read_text(encoding="utf-8"))
    for name in names:
        document[dataset]["flags"][name] = _plain(getattr(limits, name))
    source.write_text(tomlkit.dumps(document), encoding="utf-8")


def _print_line(name: str, *columns: str) -> None:
    line = f"{name:<{WIDTH}}" + "".join(f"{column:>16}" for column in columns)
    out.print(line.rstrip(), markup=False)


def _format(value: Any) -> str:
    return " to ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _plain(value: Any) -> Any:
    """Return a limit as numbers that TOML has."""
    if isinstance(value, tuple):
        return [_plain(bound) for bound in value]
    if isinstance(value, Decimal):
        return float(value) if value % 1 else int(value)
    return value
