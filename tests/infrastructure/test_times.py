"""Ports and timeouts in the templates and the code that depend on each other."""

import re

from adapters.config import Config
from api import app as api
from api.app import create_app
from api.server_config import KEEPALIVE_SECONDS, SHUTDOWN_SECONDS, ServerConfig
from tests.infrastructure.templates import Stack
from tests.support import ROOT

BALANCER, SERVICE = Stack("balancer"), Stack("service")
[CONTAINER] = SERVICE.properties("TaskDefinition")["ContainerDefinitions"]
GROUP = BALANCER.properties("TargetGroup")


def attribute(logical: str, name: str, listed: str) -> int:
    entries = BALANCER.properties(logical)[listed]
    return int({entry["Key"]: entry["Value"] for entry in entries}[name])


IDLE = attribute("LoadBalancer", "idle_timeout.timeout_seconds", "LoadBalancerAttributes")
DRAIN = attribute("TargetGroup", "deregistration_delay.timeout_seconds", "TargetGroupAttributes")


def test_the_server_shuts_down_before_it_is_killed() -> None:
    assert 2 * SHUTDOWN_SECONDS + 5 <= CONTAINER["StopTimeout"] <= 120


def test_the_balancer_closes_idle_connections_before_the_server_does() -> None:
    assert IDLE < KEEPALIVE_SECONDS


def test_a_request_times_out_before_its_connection_is_closed() -> None:
    assert api.TABLE_TIMEOUT < SHUTDOWN_SECONDS
    assert api.TABLE_TIMEOUT < DRAIN
    assert api.TABLE_TIMEOUT < IDLE


def test_an_unhealthy_task_is_detected_within_a_minute() -> None:
    assert GROUP["HealthCheckTimeoutSeconds"] < GROUP["HealthCheckIntervalSeconds"]
    assert GROUP["HealthCheckIntervalSeconds"] * GROUP["UnhealthyThresholdCount"] <= 60


def test_the_grace_period_lets_a_new_task_become_healthy() -> None:
    needed = GROUP["HealthCheckIntervalSeconds"] * GROUP["HealthyThresholdCount"]
    assert needed < SERVICE.properties("Service")["HealthCheckGracePeriodSeconds"]


def test_templates_image_and_server_use_the_same_port() -> None:
    port = ServerConfig.from_env({}).port
    [mapping] = CONTAINER["PortMappings"]
    [registered] = SERVICE.properties("Service")["LoadBalancers"]
    [ingress] = SERVICE.properties("SecurityGroup")["SecurityGroupIngress"]
    egress = BALANCER.properties("SecurityGroup")["SecurityGroupEgress"][0]
    exposed = re.search(r"^EXPOSE (\d+)$", (ROOT / "ecs/Dockerfile").read_text(), re.MULTILINE)
    assert exposed is not None
    assert {
        mapping["ContainerPort"],
        registered["ContainerPort"],
        GROUP["Port"],
        *(ingress[end] for end in ("FromPort", "ToPort")),
        *(egress[end] for end in ("FromPort", "ToPort")),
        int(exposed[1]),
    } == {port}


def test_the_health_check_uses_a_route_without_the_table() -> None:
    application = create_app(Config.from_env({"TABLE_NAME": "t", "AWS_REGION": "eu-west-1"}))
    routes = {route.resource.canonical for route in application.router.routes() if route.resource}
    assert GROUP["HealthCheckPath"] in routes
    assert GROUP["HealthCheckPath"] != "/ready"


def test_a_deployment_keeps_the_old_tasks_until_the_new_ones_run_and_rolls_back() -> None:
    deployment = SERVICE.properties("Service")["DeploymentConfiguration"]
    assert deployment["MinimumHealthyPercent"] == 100
    assert deployment["MaximumPercent"] == 200
    assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}


def test_the_number_of_tasks_is_set_by_either_scaling_or_the_service() -> None:
    scaled, fixed = Stack("service", Scaled="true"), Stack("service", Scaled="false")
    assert "DesiredCount" not in scaled.properties("Service")
    assert fixed.properties("Service")["DesiredCount"] == 2


def test_the_code_reads_the_variables_that_the_task_sets() -> None:
    names = {variable["Name"] for variable in CONTAINER["Environment"]}
    source = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("functions/adapters", "functions/query", "ecs/api")
        for path in (ROOT / folder).glob("*.py")
    )
    assert {"TABLE_NAME", "ALERT_THRESHOLD", "AWS_ENDPOINT_URL", "ENVIRONMENT"} <= names
    assert all(f'"{name}"' in source for name in names)


def test_the_root_file_system_is_read_only_unless_execute_command_is_enabled() -> None:
    [writable] = Stack("service", EnableExecuteCommand="true").properties("TaskDefinition")[
        "ContainerDefinitions"
    ]
    assert CONTAINER["ReadonlyRootFilesystem"] is True
    assert writable["ReadonlyRootFilesystem"] is False
    assert CONTAINER["User"] == "10001:10001"
    assert CONTAINER["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
