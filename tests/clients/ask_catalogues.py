"""Read the descriptions of a dataset with mlcroissant and frictionless; print JSON.

Runs in an environment of its own.
"""

import json
import sys
from typing import Any

import frictionless
import mlcroissant


def ask(folder: str, query: str) -> dict[str, Any]:
    """Return the results by client.

    Args:
        folder: address of a dataset.
        query: of its documents, with the question mark.
    """
    croissant = mlcroissant.Dataset(jsonld=f"{folder}/croissant{query}")
    records = list(croissant.records("readings"))
    report = frictionless.validate(f"{folder}/datapackage.json{query}")
    package = frictionless.Package(f"{folder}/datapackage.json{query}")
    rows = package.get_resource("readings").read_rows()
    issues = croissant.metadata.ctx.issues
    return {
        "croissant": {
            "issues": [*issues.errors, *issues.warnings],
            "records": len(records),
            "first": {name: str(value) for name, value in records[0].items()},
            "cite_as": croissant.metadata.cite_as,
        },
        "frictionless": {
            "valid": report.valid,
            "errors": report.flatten(["type", "message"]),
            "rows": len(rows),
            "first": {name: str(value) for name, value in rows[0].items()},
        },
    }


if __name__ == "__main__":
    json.dump([ask(sys.argv[1], query) for query in sys.argv[2:]], sys.stdout)
