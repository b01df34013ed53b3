"""Which package may import which, and how large a piece may be.

EXCEPTIONS names what is over a limit, with its reason; an entry that is no longer needed fails.
"""

import ast
from pathlib import Path

import pytest

from tests.infrastructure.templates import PATHS
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

HANDLER_LINES, MODULE_LINES, FOLDER_MODULES = 60, 200, 12
ROOT_TEMPLATE_LINES, TEMPLATE_LINES = 670, 230
EXCEPTIONS = {
    "stacks/operations.yaml": "its alarms have fixed names and cannot move to another stack",
}


# The modules of the page, without the libraries.
PAGE = [
    path
    for path in sorted((ROOT / "functions" / "page").rglob("*.js"))
    if path.parent.name != "libraries"
]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path):
    """Yield the top-level packages that a module imports anywhere."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield (node.module or "").partition(".")[0]


def over_budget():
    """Yield the name and the size of everything over its limit."""
    for path in DEPLOYED:
        text = path.read_text(encoding="utf-8")
        limit = HANDLER_LINES if path.name == "handler.py" else MODULE_LINES
        if (lines := text.count("\n")) > limit:
            yield name_of(path), f"{lines} lines of {limit}"
        if "\n__all__" in text:
            yield f"{name_of(path)} __all__", "callers import from where a name is defined"
    for folder in sorted({path.parent for path in DEPLOYED}):
        modules = sum(path.name != "__init__.py" for path in folder.glob("*.py"))
        if modules > FOLDER_MODULES:
            yield name_of(folder), f"{modules} modules of {FOLDER_MODULES}"
    for path in PAGE:
        if (lines := path.read_text(encoding="utf-8").count("\n")) > MODULE_LINES:
            yield name_of(path), f"{lines} lines of {MODULE_LINES}"
    for folder in sorted({path.parent for path in PAGE}):
        if (modules := len(list(folder.glob("*.js")))) > FOLDER_MODULES:
            yield name_of(folder), f"{modules} modules of {FOLDER_MODULES}"
    for path in PATHS.values():
        limit = ROOT_TEMPLATE_LINES if path.parent == ROOT else TEMPLATE_LINES
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > limit:
            yield name_of(path), f"{lines} lines of {limit}"


@pytest.mark.parametrize(("package", "forbidden"), MAY_NOT_IMPORT)
def test_a_package_imports_only_what_lies_below_it(package, forbidden):
    modules = sorted((ROOT / package).rglob("*.py"))
    assert modules
    wrong = {str(path): names for path in modules if (names := forbidden & set(imported(path)))}
    assert not wrong


@pytest.mark.parametrize("path", DEPLOYED, ids=lambda path: str(path.relative_to(ROOT)))
def test_deployed_code_knows_no_emulator_and_no_tests(path):
    text = path.read_text(encoding="utf-8").lower()
    assert not [word for word in ("ministack", "moto", "localstack", "4566") if word in text]
    assert not {"tests", "tools", "moto", "pytest"} & set(imported(path))


def test_handlers_modules_folders_and_templates_are_within_their_limits():
    assert {name: size for name, size in over_budget() if name not in EXCEPTIONS} == {}


def test_every_exception_is_still_needed():
    assert EXCEPTIONS.keys() - dict(over_budget()).keys() == set()
