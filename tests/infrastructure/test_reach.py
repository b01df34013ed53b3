"""Security groups and IAM policies of the templates."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.infrastructure.templates import PARSED, TEXTS, Stack, resources
from tests.support import ROOT


def groups() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (template, logical id, properties) of the security groups."""
    for name, logical, _ in resources("AWS::EC2::SecurityGroup"):
        parameters = {"CertificateArn": "arn:certificate"} if name == "balancer" else {}
        yield name, logical, Stack(name, **parameters).properties(logical)


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the statements of all policies, each with the name of its resource."""
    for kind in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"):
        for name, logical, resource in resources(kind):
            properties = resource["Properties"]
            policies = list(properties.get("Policies", []))
            if "PolicyDocument" in properties:
                policies.append(properties)
            for policy in policies:
                if "Fn::If" in policy:
                    policy = policy["Fn::If"][1]
                for statement in policy["PolicyDocument"]["Statement"]:
                    # With the condition true, so that the statement is present.
                    yield f"{name}.{logical}", statement.get("Fn::If", [None, statement])[1]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def allowed_by(*documents: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the actions and resources of policy documents."""
    return {
        (action, str(resource))
        for document in documents
        for statement in document["Statement"]
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def test_only_the_balancer_is_open_to_the_internet_on_web_ports() -> None:
    public = {
        (name, logical, rule["FromPort"], rule["ToPort"])
        for name, logical, group in groups()
        for rule in group.get("SecurityGroupIngress", [])
        if "CidrIp" in rule or "CidrIpv6" in rule
    }
    assert public == {
        ("balancer", "SecurityGroup", 80, 80),
        ("balancer", "SecurityGroup", 443, 443),
    }


def test_descriptions_of_security_groups_have_characters_that_ec2_accepts() -> None:
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
    accepted = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}")
    texts = [group["GroupDescription"] for _, _, group in groups()] + [
        rule["Description"]
        for _, _, group in groups()
        for direction in ("SecurityGroupIngress", "SecurityGroupEgress")
        for rule in group.get(direction, [])
    ]
    assert len(texts) > 8
    assert [text for text in texts if not accepted.fullmatch(text)] == []


def test_the_allowed_address_range_is_a_parameter() -> None:
    rules = Stack("balancer", AllowedCidr="192.0.2.0/24", CertificateArn="arn:x").properties(
        "SecurityGroup"
    )["SecurityGroupIngress"]
    assert [rule["CidrIp"] for rule in rules] == ["192.0.2.0/24"] * 2


def test_tasks_accept_connections_from_the_balancer_only() -> None:
    [rule] = Stack("service", BalancerSecurityGroupId="sg-balancer").properties("SecurityGroup")[
        "SecurityGroupIngress"
    ]
    assert rule["SourceSecurityGroupId"] == "sg-balancer"
    assert "CidrIp" not in rule


def test_the_development_machine_has_no_open_port_and_no_key() -> None:
    machine = Stack("dev-instance")
    assert "SecurityGroupIngress" not in machine.properties("SecurityGroup")
    assert "KeyName" not in machine.properties("Instance")


def test_every_egress_rule_is_one_tcp_port() -> None:
    for name, _, group in groups():
        assert group["SecurityGroupEgress"], name
        for rule in group["SecurityGroupEgress"]:
            assert (rule["IpProtocol"], rule["FromPort"]) == ("tcp", rule["ToPort"])


def test_no_action_is_a_wildcard() -> None:
    wild = [
        (name, action)
        for name, statement in statements()
        for action in listed(statement["Action"])
        if "*" in action
    ]
    assert wild == []


def test_a_wildcard_resource_has_a_comment_above_it() -> None:
    without = []
    for name, text in TEXTS.items():
        lines = text.splitlines()
        for number, line in enumerate(lines):
            wild = line.strip() in ("Resource: '*'", 'Resource: "*"')
            if wild and not lines[number - 1].strip().startswith("#"):
                without.append((name, number + 1))
    assert without == []


def test_the_container_has_read_access_to_the_table_only() -> None:
    role = Stack("task-roles", TableArn="arn:table").properties("TaskRole")
    assert allowed_by(*(policy["PolicyDocument"] for policy in role["Policies"])) == {
        ("dynamodb:GetItem", "arn:table"),
        ("dynamodb:Query", "arn:table"),
    }


def test_the_data_manager_can_put_and_delete_files_and_read_receipts() -> None:
    raw, receipts = "<RawBucket.Arn>/*", "<ReceiptsBucket.Arn>"
    policy = Stack("template").properties("DataManagerPolicy")
    assert allowed_by(policy["PolicyDocument"]) == {
        ("s3:PutObject", raw),
        ("s3:DeleteObject", raw),
        ("s3:GetObject", f"{receipts}/receipts/*"),
        ("s3:ListBucket", receipts),
    }


def test_the_ingest_function_can_only_read_and_list_versions_of_raw_files() -> None:
    role = Stack("function-roles", RawBucketArn="arn:raw").properties("IngestRole")
    allowed = allowed_by(*(policy["PolicyDocument"] for policy in role["Policies"]))
    assert {entry for entry in allowed if entry[1].startswith("arn:raw")} == {
        ("s3:GetObjectVersion", "arn:raw/*"),
        ("s3:ListBucket", "arn:raw"),
        ("s3:ListBucketVersions", "arn:raw"),
    }


@pytest.mark.parametrize("name", sorted(PARSED))
def test_an_existing_role_replaces_every_role(name: str) -> None:
    if name in ("function-roles", "task-roles", "replication"):
        # Templates with roles only, whose nested stack is omitted.
        urls = [
            str(resource["Properties"].get("TemplateURL"))
            for parent in PARSED
            for resource in in_lab(parent).resources.values()
        ]
        assert not [url for url in urls if url.endswith(f"{name}.yaml")]
    else:
        kinds = {resource["Type"] for resource in in_lab(name).resources.values()}
        assert not {kind for kind in kinds if kind.startswith("AWS::IAM::")}


def in_lab(name: str) -> Stack:
    """Return a template with everything enabled in an account that cannot create roles."""
    parameters = {
        "ExistingRoleArn": "arn:aws:iam::000000000000:role/LabRole",
        "ExistingInstanceProfile": "LabInstanceProfile",
        "EnableHttpApi": "true",
        "ImageUri": "image@sha256:0",
        "EnableDevInstance": "true",
    }
    declared = PARSED[name].get("Parameters", {})
    return Stack(name, **{key: value for key, value in parameters.items() if key in declared})


def test_functions_and_tasks_use_the_existing_role() -> None:
    arn = "arn:aws:iam::000000000000:role/LabRole"
    root = Stack("template", ExistingRoleArn=arn, EnableHttpApi="true", ImageUri="image@sha256:0")
    task = Stack("service", ExistingRoleArn=arn).properties("TaskDefinition")
    functions = [
        logical
        for logical, resource in root.resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    assert len(functions) >= 3
    assert {root.properties(function)["Role"] for function in functions} == {arn}
    passed = root.properties("Api")["Parameters"]
    assert Stack("api", **passed).properties("Service")["Parameters"]["ExistingRoleArn"] == arn
    assert {task["TaskRoleArn"], task["ExecutionRoleArn"]} == {arn}


def test_only_aws_services_can_assume_roles() -> None:
    for name, logical, resource in resources("AWS::IAM::Role"):
        for statement in resource["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
            assert list(statement["Principal"]) == ["Service"], (name, logical)


def test_every_skipped_checkov_rule_has_a_reason() -> None:
    texts = {**TEXTS, "Dockerfile": (ROOT / "ecs/Dockerfile").read_text(encoding="utf-8")}
    skips = [
        (name, line.strip())
        for name, text in texts.items()
        for line in text.splitlines()
        if "checkov:skip" in line
    ]
    assert skips
    assert not [skip for skip in skips if not re.search(r"checkov:skip=CKV2?_\w+: .{8,}", skip[1])]
    configuration = (ROOT / ".checkov.yaml").read_text(encoding="utf-8")
    lines = configuration.partition("skip-check:\n")[2].splitlines()
    assert lines
    for line in lines:
        assert re.fullmatch(r"  - CKV2?_AWS_\d+ +# .{8,}", line), line
