"""What the root template builds for which parameters, and that the stacks fit together."""

import re
from typing import Any

import pytest

from tests.infrastructure.templates import PARSED, PATHS, TEXTS, Stack, every
from tests.support import ROOT

IMAGE = "000000000000.dkr.ecr.eu-west-1.amazonaws.com/aquasense-dev@sha256:0"
NESTED = {
    (name, logical): resource["Properties"]
    for name, logical, resource in every("AWS::CloudFormation::Stack")
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


def test_the_root_nests_one_stack_for_the_containers_and_it_has_no_condition() -> None:
    root = {logical for name, logical in NESTED if name == "template"}

    assert root == {"Api", "FunctionRoles", "Operations", "Dashboard"}
    # The bucket of access logs in it outlives the options.
    assert "Condition" not in PARSED["template"]["Resources"]["Api"]


def test_without_an_image_nothing_that_costs_by_the_hour_is_built() -> None:
    assert stacks() == {"AccessLogs"}
    # Which is a bucket, empty.
    assert {one["Type"] for one in PARSED["access-logs"]["Resources"].values()} == {
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


def test_options_of_the_containers_build_nothing_without_containers() -> None:
    assert stacks(AccessLogDays=30, RateLimit="1000") == stacks()


def test_the_development_machine_needs_no_container() -> None:
    assert stacks(EnableDevInstance="true") - stacks() == {"Network", "DevInstance"}


def test_scaling_can_be_left_out_and_then_the_service_counts_for_itself() -> None:
    unscaled = api(ImageUri=IMAGE, EnableScaling="false")

    assert "Scaling" not in unscaled.resources
    assert unscaled.properties("Service")["Parameters"]["Scaled"] == "false"


@pytest.mark.parametrize(("parent", "logical"), sorted(NESTED))
def test_a_nested_stack_gets_parameters_it_has_and_all_that_it_needs(
    parent: str, logical: str
) -> None:
    declared = PARSED[child(parent, logical)].get("Parameters", {})
    given = NESTED[parent, logical].get("Parameters", {}).keys()

    assert given <= declared.keys()
    assert {name for name, what in declared.items() if "Default" not in what} <= given


def test_outputs_of_nested_stacks_exist() -> None:
    used = {
        (parent, *output)
        for parent, text in TEXTS.items()
        for output in re.findall(r"(\w+)\.Outputs\.(\w+)", text)
    }

    assert {parent for parent, _, _ in used} == {"template", "api", "service"}
    assert [
        (parent, logical, output)
        for parent, logical, output in used
        if output not in PARSED[child(parent, logical)]["Outputs"]
    ] == []


def test_every_template_is_part_of_the_root_or_the_bootstrap() -> None:
    assert PARSED.keys() - {child(*one) for one in NESTED} == {"template", "registry"}


def test_the_alarms_do_not_wait_for_a_function_that_waits_for_the_api() -> None:
    """Api needs the topic in Operations, and NotifyFunction the address from Api."""
    name = PARSED["template"]["Resources"]["NotifyFunction"]["Properties"]["FunctionName"]

    assert NESTED["template", "Operations"]["Parameters"]["NotifyFunctionName"] == name


def test_alerts_link_to_the_given_address_or_the_balancer_or_the_gateway() -> None:
    def link(**parameters: str) -> Any:
        properties = Stack("template", **parameters).properties("NotifyFunction")
        return properties["Environment"]["Variables"]["API_URL"]

    assert link(ApiUrl="https://a.example", ImageUri=IMAGE) == "https://a.example"
    assert link(ImageUri=IMAGE, EnableHttpApi="true") == "<Api.Outputs.Url>"
    assert "execute-api" in link(EnableHttpApi="true")
    assert link(EnableHttpApi="false") == ""


def test_the_gateway_is_there_when_asked_for() -> None:
    with_it = Stack("template", EnableHttpApi="true").resources
    without = Stack("template", EnableHttpApi="false").resources

    assert {"HttpApi", "QueryFunction", "QueryLogs"} <= with_it.keys()
    assert not {one for one in without if one.startswith(("HttpApi", "Query"))}


def test_https_redirects_and_takes_nothing_older_than_tls_1_2() -> None:
    balancer = Stack("balancer", CertificateArn="arn:certificate")
    [redirect] = balancer.properties("HttpListener")["DefaultActions"]
    https = balancer.properties("HttpsListener")

    assert redirect["RedirectConfig"] | {"StatusCode": ""} == {
        "Protocol": "HTTPS", "Port": "443", "StatusCode": "",
    }  # fmt: skip
    assert https["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2")
    assert [action["Type"] for action in https["DefaultActions"]] == ["forward"]


def test_without_a_certificate_port_80_answers() -> None:
    balancer = Stack("balancer")

    assert "HttpsListener" not in balancer.resources
    assert [one["Type"] for one in balancer.properties("HttpListener")["DefaultActions"]] == [
        "forward"
    ]


def test_signing_in_comes_before_forwarding_and_its_secret_is_not_in_the_template() -> None:
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


def test_signing_in_without_https_is_refused_before_anything_is_created() -> None:
    rule = PARSED["template"]["Rules"]["SignInNeedsHttps"]
    refused = Stack("template", SignInIssuer="https://issuer.example")
    allowed = Stack("template", SignInIssuer="https://issuer.example", CertificateArn="arn:c")

    assert refused.value(rule["RuleCondition"]) is True
    assert refused.value(rule["Assertions"][0]["Assert"]) is False
    assert allowed.value(rule["Assertions"][0]["Assert"]) is True


SIGN_IN = [name for name in PARSED["template"]["Parameters"] if re.match("SignIn(?!Issuer)", name)]


@pytest.mark.parametrize("left_out", SIGN_IN)
def test_half_a_sign_in_is_refused_before_anything_is_created(left_out: str) -> None:
    rule = PARSED["template"]["Rules"]["SignInNeedsHttps"]
    whole = {"SignInIssuer": "https://issuer.example", "CertificateArn": "arn:c"}
    whole |= dict.fromkeys(SIGN_IN, "given")

    def held(**parameters: str) -> list[Any]:
        stack = Stack("template", **parameters)
        return [stack.value(one["Assert"]) for one in rule["Assertions"]]

    assert held(**whole) == [True, True]
    assert held(**{**whole, left_out: ""}) == [True, False]


@pytest.mark.parametrize(
    "lock", [{"SignInIssuer": "https://issuer.example"}, {"AllowedCidr": "192.0.2.0/24"}]
)
def test_a_lock_on_the_balancer_is_refused_while_the_gateway_stands_open(
    lock: dict[str, str],
) -> None:
    rule = PARSED["template"]["Rules"]["OneDoor"]
    [assertion] = rule["Assertions"]

    def refused(**parameters: str) -> bool:
        stack = Stack("template", **parameters)
        return stack.value(rule["RuleCondition"]) and not stack.value(assertion["Assert"])

    assert not refused()
    assert refused(**lock)
    assert not refused(**lock, EnableHttpApi="false")


def test_logs_are_kept_where_days_are_given_and_the_balancer_is_told_when_they_are_not() -> None:
    bucket = "<AccessLogs.Outputs.BucketName>"

    def told(**parameters: Any) -> dict[str, Any]:
        given = api(ImageUri=IMAGE, **parameters).properties("Balancer")["Parameters"]
        balancer = Stack("balancer", AccessLogsBucket=given["AccessLogsBucket"])
        attributes = balancer.properties("LoadBalancer")["LoadBalancerAttributes"]
        return {one["Key"]: one["Value"] for one in attributes if "access" in one["Key"]}

    assert told(AccessLogDays=30) == {
        "access_logs.s3.enabled": "true",
        "access_logs.s3.bucket": bucket,
    }
    assert told() == {"access_logs.s3.enabled": "false"}


def test_logs_expire_whether_or_not_new_ones_are_written() -> None:
    def days(**parameters: Any) -> Any:
        bucket = Stack("access-logs", **parameters).properties("Bucket")
        return bucket["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"]

    assert days(RetentionDays=30) == 30
    assert days(RetentionDays=0) == 1


@pytest.mark.parametrize("value", ["1", "9", "-5", "abc", "1e3", ""])
def test_a_rate_that_the_firewall_would_not_take_is_refused(value: str) -> None:
    pattern = PARSED["template"]["Parameters"]["RateLimit"]["AllowedPattern"]

    assert not re.fullmatch(pattern, value)
    assert re.fullmatch(pattern, "0")
    assert re.fullmatch(pattern, "10")


def test_no_image_is_called_latest() -> None:
    texts = [*TEXTS.values(), (ROOT / "ecs/Dockerfile").read_text(encoding="utf-8")]

    assert not [text for text in texts if re.search(r":latest\b", text)]


@pytest.mark.parametrize("name", sorted(PARSED.keys() - {"template"}))
def test_every_resource_says_why_it_is_there(name: str) -> None:
    lines = TEXTS[name].splitlines()
    silent = [
        logical
        for logical in PARSED[name]["Resources"]
        if not lines[lines.index(f"  {logical}:") - 1].startswith("  # ")
    ]

    assert silent == []


def test_images_cannot_change_under_their_tag_and_data_has_no_public_way_in() -> None:
    registry = Stack("registry", Application="aquasense-dev")

    assert registry.properties("Repository")["ImageTagMutability"] == "IMMUTABLE"
    assert registry.properties("Repository")["ImageScanningConfiguration"]["ScanOnPush"] is True
    for name, logical, resource in every("AWS::S3::Bucket"):
        block = resource["Properties"]["PublicAccessBlockConfiguration"]
        assert set(block.values()) == {True}, (name, logical)
        assert len(block) == 4
