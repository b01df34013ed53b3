"""The guides name only make targets, parameters, outputs and templates that exist."""

import json
import re
from typing import Any

from tests.infrastructure.templates import PARSED, PATHS
from tests.support import ROOT

GUIDE = (ROOT / "docs/replication.md").read_text(encoding="utf-8")
FOLDERS = {
    folder: (ROOT / folder / "README.md").read_text(encoding="utf-8")
    for folder in ("ecs", "stacks")
}
# Variables of make, not parameters of the template.
VARIABLES = {
    *("ENV", "SET", "IMAGE", "YES", "FILES", "URL", "USERS", "SECONDS", "HEADLESS", "ACCOUNT"),
    *("ROLE", "UPGRADE"),
}


def test_every_target_parameter_and_output_in_the_guide_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"`make ([a-z-]+)", GUIDE))
    parameters = set(re.findall(r"\b([A-Z]\w+)=", GUIDE + FOLDERS["ecs"])) - VARIABLES
    parameters |= set(re.findall(r"`(SignIn\w+)`", GUIDE))
    assert len(targets) > 5
    assert targets <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert len(parameters) > 10
    declared = PARSED["template"]["Parameters"] | PARSED["replica"]["Parameters"]
    assert parameters <= declared.keys()
    outputs = set(re.findall(r"output `?\s*`(\w+)`", GUIDE))
    assert outputs <= PARSED["template"]["Outputs"].keys()


def test_the_readme_of_a_folder_lists_its_templates() -> None:
    for name, path in PATHS.items():
        if name != "template":
            assert f"`{path.name}`" in FOLDERS[path.parent.name], name


# Service of a resource type in IAM, where the names differ.
SERVICES = {
    "applicationautoscaling": "application-autoscaling",
    "apigatewayv2": "apigateway",
    "elasticloadbalancingv2": "elasticloadbalancing",
    "serverless": "lambda",
}


def test_the_deploy_policy_covers_the_templates_and_is_no_administrator() -> None:
    policy = json.loads((ROOT / "docs/deploy-policy.json").read_text(encoding="utf-8"))
    actions: set[str] = set()
    for statement in policy["Statement"]:
        own = _listed(statement["Action"])
        actions.update(own)
        # All rights of a service are for named resources, or for services without such names.
        assert "*" not in own
        if statement["Resource"] == "*":
            assert not {"iam:*", "s3:*", "dynamodb:*", "cloudformation:*"} & set(own)
    assert not {action for action in actions if action in ("iam:*", "sts:*", "organizations:*")}
    kinds = {
        resource["Type"].split("::")[1].lower()
        for parsed in PARSED.values()
        for resource in parsed["Resources"].values()
    }
    services = {SERVICES.get(kind, kind) for kind in kinds}
    assert services <= {action.partition(":")[0] for action in actions}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
