"""The guides name only make targets, parameters, outputs and templates that exist."""

import json
import re
from fnmatch import fnmatch
from typing import Any

import pytest

from tests.infrastructure.templates import PARSED, PATHS, Stack, resources
from tests.infrastructure.test_reach import listed, statements
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


ROLES = [(template, logical) for template, logical, _ in resources("AWS::IAM::Role")]
# Service of a resource type in IAM, where the names differ.
SERVICES = {
    "applicationautoscaling": "application-autoscaling",
    "apigatewayv2": "apigateway",
    "elasticloadbalancingv2": "elasticloadbalancing",
    "serverless": "lambda",
}


def read_policy(name: str) -> list[dict[str, Any]]:
    """Return the statements of a policy of docs/."""
    policy = json.loads((ROOT / f"docs/{name}.json").read_text(encoding="utf-8"))
    statements: list[dict[str, Any]] = policy["Statement"]
    return statements


def list_actions(statements: list[dict[str, Any]]) -> set[str]:
    return {action for statement in statements for action in listed(statement["Action"])}


def test_the_deploy_policy_covers_the_templates_and_is_no_administrator() -> None:
    policy = read_policy("deploy-policy")
    actions = list_actions(policy)
    assert not {"*", "iam:*", "sts:*", "organizations:*"} & actions
    for statement in policy:
        if statement["Resource"] == "*":
            # All rights of a service only where its resources have no names of ours.
            own = set(listed(statement["Action"]))
            assert not {"s3:*", "dynamodb:*", "lambda:*", "cloudformation:*"} & own
    kinds = {
        resource["Type"].split("::")[1].lower()
        for parsed in PARSED.values()
        for resource in parsed["Resources"].values()
    }
    services = {SERVICES.get(kind, kind) for kind in kinds}
    assert services <= {action.partition(":")[0] for action in actions}


# Actions of CloudFormation's handlers whose resources have no kind, or a name that AWS chooses
# (Service Authorization Reference).
NAMELESS = {
    *("cloudformation:ListStacks", "cloudtrail:DescribeTrails", "dynamodb:ListTables"),
    *("ecr:GetAuthorizationToken", "lambda:CreateEventSourceMapping", "lambda:TagResource"),
    *("lambda:GetAccountSettings", "logs:DescribeIndexPolicies", "logs:DescribeResourcePolicies"),
    *("sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes", "sns:Unsubscribe"),
}


def test_actions_without_a_named_resource_are_allowed_for_all() -> None:
    allowed = {
        action
        for statement in read_policy("deploy-policy")
        if statement["Resource"] == "*"
        for action in listed(statement["Action"])
    }
    missing = {name for name in NAMELESS if not any(fnmatch(name, each) for each in allowed)}
    assert missing == set()


def test_the_deploy_policy_gives_rights_to_bounded_roles_only() -> None:
    policy = read_policy("deploy-policy")
    giving = ("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy")
    [statement] = [
        statement for statement in policy if set(giving) & set(listed(statement["Action"]))
    ]
    [boundary] = statement["Condition"]["ArnLike"].values()
    # The policy of the boundary itself is out of its reach.
    name = boundary.rpartition("/")[2]
    assert not name.startswith("aquasense-")
    assert f"--policy-name {name}" in GUIDE


def test_the_boundary_allows_what_the_roles_of_the_templates_do() -> None:
    allowed = list_actions(read_policy("permissions-boundary"))
    assert not {"*", "iam:*"} & allowed
    used = {action for _, statement in statements() for action in listed(statement["Action"])} - {
        "sts:AssumeRole"
    }
    missing = {action for action in used if not {action, f"{action.partition(':')[0]}:*"} & allowed}
    assert missing == set()


BOUNDARY = "arn:aws:iam::000000000000:policy/boundary-of-aquasense"


@pytest.mark.parametrize(("template", "logical"), ROLES)
def test_every_role_has_the_boundary_if_there_is_one(template: str, logical: str) -> None:
    def boundary(value: str) -> Any:
        parameters = {"QueryLogsArn": "arn:logs"} if template == "function-roles" else {}
        stack = Stack(template, PermissionsBoundaryArn=value, **parameters)
        return stack.properties(logical).get("PermissionsBoundary")

    assert boundary(BOUNDARY) == BOUNDARY
    assert boundary("") is None


def test_the_boundary_reaches_every_stack_with_roles() -> None:
    for template in ("template", "api", "service"):
        for logical, resource in PARSED[template]["Resources"].items():
            parameters = resource["Properties"].get("Parameters", {})
            url = str(resource["Properties"].get("TemplateURL", ""))
            child = url.rpartition("/")[2].removesuffix(".yaml")
            if "PermissionsBoundaryArn" in PARSED.get(child, {}).get("Parameters", {}):
                assert parameters["PermissionsBoundaryArn"] == {"Ref": "PermissionsBoundaryArn"}, (
                    logical
                )
