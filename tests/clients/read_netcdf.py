"""Read NetCDF files and check their compliance; print JSON. Runs in an environment of its own."""

import json
import sys
from pathlib import Path
from typing import Any

import netCDF4
from compliance_checker.runner import CheckSuite, ComplianceChecker

# Each standard with the findings that count: all, or those above a suggestion.
CHECKS = {"cf:1.8": "strict", "acdd:1.3": "normal"}


def read(path: str) -> dict[str, Any]:
    """Return the content of a file, and the findings by standard."""
    with netCDF4.Dataset(path) as file:
        content = {
            "model": file.data_model,
            "dimensions": {name: len(length) for name, length in file.dimensions.items()},
            "values": {
                name: [repr(float(value)) for value in variable[:].filled()]
                for name, variable in file.variables.items()
                if variable.dtype.kind == "f"
            },
            "flags": {
                name: [variable.flag_values.tolist(), variable.flag_meanings, str(variable.dtype)]
                for name, variable in file.variables.items()
                if "flag_values" in variable.ncattrs()
            },
        }
    return content | {"findings": check(path)}


def check(path: str) -> dict[str, list[str]]:
    """Return the findings of compliance-checker by standard."""
    CheckSuite.load_all_available_checkers()
    findings = {}
    for standard, criteria in CHECKS.items():
        report = Path(f"{path}.{standard}.json")
        ComplianceChecker.run_checker(
            path, [standard], 0, criteria, output_filename=str(report), output_format="json"
        )
        (results,) = json.loads(report.read_text()).values()
        levels = ["high_priorities", "medium_priorities", "low_priorities"]
        findings[standard] = [
            f"{entry['name']}: {message}"
            for level in levels[: 3 if criteria == "strict" else 2]
            for entry in results[level]
            for message in entry["msgs"]
        ]
    return findings


if __name__ == "__main__":
    json.dump({path: read(path) for path in sys.argv[1:]}, sys.stdout)
