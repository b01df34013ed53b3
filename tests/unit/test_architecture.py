"""Which package may know of what."""

import ast

import pytest

from tests.support import ROOT

AWS_AND_HTTP = {
    "boto3", "botocore", "aiohttp", "aiodynamo", "aws_lambda_powertools", "yarl",
}  # fmt: skip
MAY_NOT_IMPORT = [
    ("functions/aquasense", AWS_AND_HTTP | {"adapters", "ingest", "notify", "query", "api"}),
    ("functions/adapters", {"ingest", "notify", "query", "watch", "api"}),
    ("functions/query", {"boto3", "botocore", "aiohttp", "aiodynamo", "ingest", "notify", "api"}),
    ("functions/ingest", {"aiodynamo", "aiohttp", "boto3", "notify", "query", "api"}),
    ("functions/notify", {"aiodynamo", "aiohttp", "boto3", "ingest", "query", "api"}),
    ("functions/watch", {"aiodynamo", "aiohttp", "boto3", "ingest", "notify", "query", "api"}),
    ("ecs/api", {"boto3", "botocore", "aws_lambda_powertools", "ingest", "notify"}),
]
DEPLOYED = [
    path for folder in ("functions", "ecs") for path in sorted((ROOT / folder).rglob("*.py"))
]


def imported(path):
    """The top-level packages a module imports, wherever in it and for whatever purpose."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize(
    ("package", "forbidden"), MAY_NOT_IMPORT, ids=lambda value: str(value)[:20]
)
def test_a_package_imports_only_what_lies_below_it(package, forbidden):
    modules = sorted((ROOT / package).rglob("*.py"))
    assert modules
    wrong = {str(path): found for path in modules if (found := forbidden & set(imported(path)))}
    assert not wrong


@pytest.mark.parametrize("path", DEPLOYED, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_deployed_knows_no_emulator_and_no_tests(path):
    text = path.read_text(encoding="utf-8").lower()
    assert not [word for word in ("ministack", "moto", "localstack", "4566") if word in text]
    assert not {"tests", "tools", "moto", "pytest"} & set(imported(path))
