"""Who may reach what, and who may do what."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.infrastructure.templates import PARSED, TEXTS, Stack, every
from tests.support import ROOT


def groups() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, logical, _ in every("AWS::EC2::SecurityGroup"):
        parameters = {"CertificateArn": "arn:certificate"} if name == "balancer" else {}
        yield name, logical, Stack(name, **parameters).properties(logical)


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement that allows a role or policy of these templates something."""
    for kind in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"):
        for name, logical, resource in every(kind):
            properties = resource["Properties"]
            policies = list(properties.get("Policies", []))
            if "PolicyDocument" in properties:
                policies.append(properties)
            for policy in policies:
                if "Fn::If" in policy:
                    policy = policy["Fn::If"][1]
                for statement in policy["PolicyDocument"]["Statement"]:
                    # With the option, since that is when something is allowed.
                    yield f"{name}.{logical}", statement.get("Fn::If", [None, statement])[1]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_only_the_balancer_hears_the_internet_and_on_web_ports_only() -> None:
    open_to_the_world = {
        (name, logical, rule["FromPort"], rule["ToPort"])
        for name, logical, group in groups()
        for rule in group.get("SecurityGroupIngress", [])
        if "CidrIp" in rule or "CidrIpv6" in rule
    }

    assert open_to_the_world == {
        ("balancer", "SecurityGroup", 80, 80),
        ("balancer", "SecurityGroup", 443, 443),
    }


def test_security_groups_are_described_in_the_characters_ec2_takes() -> None:
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
    taken = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}")
    texts = [
        text
        for _, _, group in groups()
        for text in (
            group["GroupDescription"],
            *(
                rule["Description"]
                for way in ("SecurityGroupIngress", "SecurityGroupEgress")
                for rule in group.get(way, [])
            ),
        )
    ]

    assert len(texts) > 8
    assert [text for text in texts if not taken.fullmatch(text)] == []


def test_the_range_that_may_ask_is_the_operators_choice() -> None:
    rules = Stack("balancer", AllowedCidr="192.0.2.0/24", CertificateArn="arn:x").properties(
        "SecurityGroup"
    )["SecurityGroupIngress"]

    assert [rule["CidrIp"] for rule in rules] == ["192.0.2.0/24"] * 2


def test_tasks_hear_the_balancer_only() -> None:
    [rule] = Stack("service", BalancerSecurityGroupId="sg-balancer").properties("SecurityGroup")[
        "SecurityGroupIngress"
    ]

    assert rule["SourceSecurityGroupId"] == "sg-balancer"
    assert "CidrIp" not in rule


def test_nothing_is_open_on_the_development_machine_and_it_has_no_key() -> None:
    machine = Stack("dev-instance")

    assert "SecurityGroupIngress" not in machine.properties("SecurityGroup")
    assert "KeyName" not in machine.properties("Instance")


def test_every_way_out_is_one_port() -> None:
    for name, _, group in groups():
        assert group["SecurityGroupEgress"], name
        for rule in group["SecurityGroupEgress"]:
            assert (rule["IpProtocol"], rule["FromPort"]) == ("tcp", rule["ToPort"])


def test_no_action_is_a_wildcard() -> None:
    wild = [
        (who, action)
        for who, statement in statements()
        for action in listed(statement["Action"])
        if "*" in action
    ]

    assert wild == []


def test_a_wildcard_for_a_resource_has_its_reason_beside_it() -> None:
    without = []
    for name, text in TEXTS.items():
        lines = text.splitlines()
        for number, line in enumerate(lines):
            wild = line.strip() in ("Resource: '*'", 'Resource: "*"')
            if wild and not lines[number - 1].strip().startswith("#"):
                without.append((name, number + 1))

    assert without == []


def test_the_container_may_read_the_one_table_and_nothing_else() -> None:
    role = Stack("task-roles", TableArn="arn:table").properties("TaskRole")
    granted = [
        statement
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]

    assert [(sorted(one["Action"]), one["Resource"]) for one in granted] == [
        (["dynamodb:GetItem", "dynamodb:Query"], "arn:table")
    ]


def test_the_data_manager_may_put_and_delete_files_and_read_receipts() -> None:
    policy = Stack("template").properties("DataManagerPolicy")["PolicyDocument"]
    granted = {
        (action, str(resource))
        for statement in policy["Statement"]
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }

    raw = "<RawBucket.Arn>/*"
    receipts = "<ReceiptsBucket.Arn>"
    assert granted == {
        ("s3:PutObject", raw),
        ("s3:DeleteObject", raw),
        ("s3:GetObject", f"{receipts}/receipts/*"),
        ("s3:ListBucket", receipts),
    }


def test_the_ingest_function_reads_versions_of_raw_files_and_lists_them_and_no_more() -> None:
    raw = "arn:raw"
    policies = Stack("function-roles", RawBucketArn=raw).properties("IngestRole")["Policies"]
    granted = {
        (action, str(resource))
        for policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if str(resource).startswith(raw)
    }

    assert granted == {
        ("s3:GetObjectVersion", f"{raw}/*"),
        ("s3:ListBucket", raw),
        ("s3:ListBucketVersions", raw),
    }


@pytest.mark.parametrize("name", sorted(PARSED))
def test_an_existing_role_takes_the_place_of_every_role(name: str) -> None:
    kinds = {resource["Type"] for resource in in_lab(name).resources.values()}

    if name in ("function-roles", "task-roles"):
        # Templates of roles only, which are left out as a whole.
        [parent] = [
            parent
            for parent, _, resource in every("AWS::CloudFormation::Stack")
            if str(resource["Properties"]["TemplateURL"]).endswith(f"{name}.yaml")
        ]
        assert not [
            logical
            for logical, resource in in_lab(parent).resources.items()
            if str(resource["Properties"].get("TemplateURL")).endswith(f"{name}.yaml")
        ]
    else:
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


def test_with_an_existing_role_everything_runs_as_it() -> None:
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


def test_only_services_of_aws_take_on_roles() -> None:
    for name, logical, resource in every("AWS::IAM::Role"):
        for statement in resource["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
            assert list(statement["Principal"]) == ["Service"], (name, logical)


def test_every_exception_from_checkovs_rules_has_a_reason() -> None:
    texts = {**TEXTS, "Dockerfile": (ROOT / "ecs/Dockerfile").read_text(encoding="utf-8")}
    skips = [
        (name, line.strip())
        for name, text in texts.items()
        for line in text.splitlines()
        if "checkov:skip" in line
    ]

    assert skips
    assert not [one for one in skips if not re.search(r"checkov:skip=CKV2?_\w+: .{8,}", one[1])]
    everywhere = (ROOT / ".checkov.yaml").read_text(encoding="utf-8").partition("skip-check:\n")[2]
    assert everywhere
    for line in everywhere.splitlines():
        assert re.fullmatch(r"  - CKV2?_AWS_\d+ +# .{8,}", line), line
