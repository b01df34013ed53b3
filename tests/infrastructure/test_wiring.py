"""The nested stacks: which exist for which parameters, and how they are connected."""

import re
from typing import Any

import pytest

from tests.infrastructure.templates import PARSED, PATHS, TEXTS, Stack, resources
from tests.support import ROOT

IMAGE = "000000000000.dkr.ecr.eu-west-1.amazonaws.com/aquasense-dev@sha256:0"
NESTED = {
    (name, logical): resource["Properties"]
    for name, logical, resource in resources("AWS::CloudFormation::Stack")
}


def api(**parameters: Any) -> Stack:
    """Return ecs/api.yaml with the parameters that the root template passes to it."""
    passed = Stack("template", **parameters).properties("Api")["Parameters"]
    return Stack("api", **passed)


def stacks(**parameters: Any) -> set[str]:
    """Return the nested stacks that ecs/api.yaml creates."""
    return api(**parameters).resources.keys()


def child(parent: str, logical: str) -> str:
    """Return the template of a nested stack, whose path is relative to its parent."""
    path = (PATHS[parent].parent / NESTED[parent, logical]["TemplateURL"]).resolve()
    [name] = [name for name, candidate in PATHS.items() if candidate == path]
    return name


def test_the_root_nests_one_unconditional_stack_for_the_containers() -> None:
    root = {logical for name, logical in NESTED if name == "template"}
    always = {"Api", "FunctionRoles", "Operations", "Dashboard"}
    assert root == always | {"Replication", "FileLog", "Budget"}
    assert {logical for logical in Stack("template").resources if logical in root} == always
    # Its bucket of access logs remains when the containers are removed.
    assert "Condition" not in PARSED["template"]["Resources"]["Api"]


def test_without_an_image_no_resource_with_an_hourly_price_exists() -> None:
    assert stacks() == stacks(AccessLogDays=30, RateLimit="1000") == {"AccessLogs"}
    # Only the development machine does not need one.
    assert stacks(EnableDevInstance="true") - stacks() == {"Network", "DevInstance"}
    assert {resource["Type"] for resource in PARSED["access-logs"]["Resources"].values()} == {
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
    }


def test_with_an_image_there_are_network_balancer_service_and_scaling() -> None:
    containers = {"Network", "Balancer", "Service", "Scaling", "ServiceAlarms"}
    assert stacks(ImageUri=IMAGE) - stacks() == containers


@pytest.mark.parametrize(
    ("parameters", "more"),
    [
        ({"RateLimit": "1000"}, {"RateLimiting"}),
        ({"EnableDevInstance": "true"}, {"DevInstance"}),
    ],
)
def test_an_option_adds_its_stack(parameters: dict[str, Any], more: set[str]) -> None:
    assert stacks(ImageUri=IMAGE, **parameters) - stacks(ImageUri=IMAGE) == more


def test_without_scaling_the_service_sets_the_number_of_tasks() -> None:
    unscaled = api(ImageUri=IMAGE, EnableScaling="false")
    assert "Scaling" not in unscaled.resources
    assert unscaled.properties("Service")["Parameters"]["Scaled"] == "false"


@pytest.mark.parametrize(("parent", "logical"), sorted(NESTED))
def test_a_nested_stack_gets_declared_and_all_required_parameters(
    parent: str, logical: str
) -> None:
    declared = PARSED[child(parent, logical)].get("Parameters", {})
    passed = NESTED[parent, logical].get("Parameters", {}).keys()
    required = {name for name, parameter in declared.items() if "Default" not in parameter}
    assert required <= passed <= declared.keys()


def test_outputs_of_nested_stacks_exist() -> None:
    used = {
        (parent, *output)
        for parent, text in TEXTS.items()
        for output in re.findall(r"(\w+)\.Outputs\.(\w+)", text)
    }
    assert {parent for parent, _, _ in used} == {"template", "api", "service", "operations"}
    assert [
        (parent, logical, output)
        for parent, logical, output in used
        if output not in PARSED[child(parent, logical)]["Outputs"]
    ] == []


def test_every_template_is_part_of_the_root_or_the_bootstrap() -> None:
    assert PARSED.keys() - {child(*names) for names in NESTED} == {
        *("template", "registry"),
        # Deployed by hand, into another region or account.
        "replica",
    }


def test_operations_does_not_depend_on_the_notify_function() -> None:
    """NotifyFunction depends on Api for its address, and Api on Operations for its topic."""
    name = PARSED["template"]["Resources"]["NotifyFunction"]["Properties"]["FunctionName"]
    assert NESTED["template", "Operations"]["Parameters"]["NotifyFunctionName"] == name


def test_alerts_link_to_the_configured_address_else_by_https_else_to_the_balancer() -> None:
    def link(**parameters: str) -> Any:
        properties = Stack("template", **parameters).properties("NotifyFunction")
        return properties["Environment"]["Variables"]["API_URL"]

    assert link(ApiUrl="https://a.example", ImageUri=IMAGE) == "https://a.example"
    for gateway in (link(ImageUri=IMAGE), link()):
        assert gateway.startswith("https://")
        assert "execute-api" in gateway
    assert link(ImageUri=IMAGE, EnableHttpApi="false") == "<Api.Outputs.Url>"
    assert link(EnableHttpApi="false") == ""


def test_the_gateway_is_optional() -> None:
    enabled = Stack("template", EnableHttpApi="true").resources
    disabled = Stack("template", EnableHttpApi="false").resources
    assert {"HttpApi", "QueryFunction", "QueryLogs"} <= enabled.keys()
    assert not {logical for logical in disabled if logical.startswith(("HttpApi", "Query"))}


def test_http_redirects_to_https_with_tls_1_2_or_newer() -> None:
    balancer = Stack("balancer", CertificateArn="arn:certificate")
    [redirect] = balancer.properties("HttpListener")["DefaultActions"]
    https = balancer.properties("HttpsListener")
    assert redirect["RedirectConfig"] | {"StatusCode": ""} == {
        "Protocol": "HTTPS", "Port": "443", "StatusCode": "",
    }  # fmt: skip
    assert https["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2")
    assert [action["Type"] for action in https["DefaultActions"]] == ["forward"]


def test_without_a_certificate_port_80_forwards() -> None:
    balancer = Stack("balancer")
    assert "HttpsListener" not in balancer.resources
    [action] = balancer.properties("HttpListener")["DefaultActions"]
    assert action["Type"] == "forward"


def test_sign_in_precedes_forwarding_and_its_secret_is_not_in_the_template() -> None:
    balancer = Stack(
        "balancer",
        CertificateArn="arn:certificate",
        SignInIssuer="https://issuer.example",
        SignInSecretArn="arn:secret",
    )
    first, second = balancer.properties("HttpsListener")["DefaultActions"]
    assert (first["Type"], second["Type"]) == ("authenticate-oidc", "forward")
    assert first["Order"] < second["Order"]
    assert first["AuthenticateOidcConfig"]["ClientSecret"].startswith("{{resolve:secretsmanager:")


def test_sign_in_without_https_is_rejected() -> None:
    rule = PARSED["template"]["Rules"]["SignInNeedsHttps"]
    refused = Stack("template", SignInIssuer="https://issuer.example")
    allowed = Stack("template", SignInIssuer="https://issuer.example", CertificateArn="arn:c")
    assert refused.value(rule["RuleCondition"]) is True
    assert refused.value(rule["Assertions"][0]["Assert"]) is False
    assert allowed.value(rule["Assertions"][0]["Assert"]) is True


SIGN_IN = [name for name in PARSED["template"]["Parameters"] if re.match("SignIn(?!Issuer)", name)]


@pytest.mark.parametrize("omitted", SIGN_IN)
def test_an_incomplete_sign_in_is_rejected(omitted: str) -> None:
    rule = PARSED["template"]["Rules"]["SignInNeedsHttps"]
    complete = {"SignInIssuer": "https://issuer.example", "CertificateArn": "arn:c"}
    complete |= dict.fromkeys(SIGN_IN, "value")

    def evaluate(**parameters: str) -> list[Any]:
        stack = Stack("template", **parameters)
        return [stack.value(assertion["Assert"]) for assertion in rule["Assertions"]]

    assert evaluate(**complete) == [True, True]
    assert evaluate(**{**complete, omitted: ""}) == [True, False]


@pytest.mark.parametrize(
    "restriction",
    [
        {"SignInIssuer": "https://issuer.example"},
        {"AllowedCidr": "192.0.2.0/24"},
        {"RateLimit": "1000"},
    ],
)
def test_restricting_the_balancer_is_rejected_while_the_gateway_is_public(
    restriction: dict[str, str],
) -> None:
    assert not broken_rules()
    assert "OneDoor" in broken_rules(**restriction)
    assert "OneDoor" not in broken_rules(**restriction, EnableHttpApi="false")


def broken_rules(**parameters: Any) -> set[str]:
    """Return the rules of the root template that refuse a set of parameters."""
    stack = Stack("template", **parameters)
    return {
        name
        for name, rule in PARSED["template"]["Rules"].items()
        if stack.value(rule["RuleCondition"])
        and not all(stack.value(assertion["Assert"]) for assertion in rule["Assertions"])
    }


ROLE = "arn:aws:iam::000000000000:role/LabRole"


@pytest.mark.parametrize(
    ("rule", "parameters", "needed"),
    [
        ("CertificateNeedsName", {"CertificateArn": "arn:c"}, {"ApiUrl": "https://a.example"}),
        (
            "InstanceNeedsProfile",
            {"EnableDevInstance": "true", "ExistingRoleArn": ROLE},
            {"ExistingInstanceProfile": "LabInstanceProfile"},
        ),
        ("BudgetNeedsRecipient", {"MonthlyBudget": 100}, {"OperatorsEmail": "ops@example.org"}),
        (
            "ReplicaNeedsRole",
            {"ReplicaBucketArn": "arn:aws:s3:::copy", "ExistingRoleArn": ROLE},
            {"ExistingRoleArn": ""},
        ),
    ],
)
def test_a_parameter_that_needs_another_is_rejected_without_it(
    rule: str, parameters: dict[str, Any], needed: dict[str, str]
) -> None:
    assert broken_rules(**parameters) == {rule}
    assert broken_rules(**(parameters | needed)) == set()


def test_access_logs_are_enabled_by_their_retention_and_disabled_explicitly() -> None:
    bucket = "<AccessLogs.Outputs.BucketName>"

    def attributes(**parameters: Any) -> dict[str, Any]:
        passed = api(ImageUri=IMAGE, **parameters).properties("Balancer")["Parameters"]
        balancer = Stack("balancer", AccessLogsBucket=passed["AccessLogsBucket"])
        entries = balancer.properties("LoadBalancer")["LoadBalancerAttributes"]
        return {entry["Key"]: entry["Value"] for entry in entries if "access" in entry["Key"]}

    assert attributes(AccessLogDays=30) == {
        "access_logs.s3.enabled": "true",
        "access_logs.s3.bucket": bucket,
    }
    assert attributes() == {"access_logs.s3.enabled": "false"}


def test_access_logs_expire_even_if_logging_is_disabled() -> None:
    def days(**parameters: Any) -> Any:
        bucket = Stack("access-logs", **parameters).properties("Bucket")
        return bucket["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"]

    assert days(RetentionDays=30) == 30
    assert days(RetentionDays=0) == 1


@pytest.mark.parametrize("value", ["1", "9", "-5", "abc", "1e3", ""])
def test_a_rate_that_the_firewall_does_not_accept_is_rejected(value: str) -> None:
    pattern = PARSED["template"]["Parameters"]["RateLimit"]["AllowedPattern"]
    assert not re.fullmatch(pattern, value)
    assert re.fullmatch(pattern, "0")
    assert re.fullmatch(pattern, "10")


def test_no_image_has_the_tag_latest() -> None:
    texts = [*TEXTS.values(), (ROOT / "ecs/Dockerfile").read_text(encoding="utf-8")]
    assert not [text for text in texts if re.search(r":latest\b", text)]


def test_image_tags_are_immutable_and_images_are_scanned() -> None:
    repository = Stack("registry", Application="aquasense-dev").properties("Repository")
    assert repository["ImageTagMutability"] == "IMMUTABLE"
    assert repository["ImageScanningConfiguration"]["ScanOnPush"] is True
