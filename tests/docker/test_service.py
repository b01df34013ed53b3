"""The container service, deployed with SAM, with real containers."""

import json
import time

import pytest

from tests.docker.service import Clients, Service, get, put_and_wait, run, wait_until
from tests.support import SAMPLE

pytestmark = pytest.mark.docker

PATH = "/temp?month=12&year=2022"
VALUE = b"15.374606476138302"


@pytest.fixture(scope="module")
def loaded(service: Service) -> Service:
    """Return the service with the sample file ingested."""
    put_and_wait(service, SAMPLE, PATH, VALUE)
    return service


def test_an_uploaded_file_is_served_through_the_balancer(loaded: Service) -> None:
    status, body = loaded.get(PATH)

    assert status == 200
    assert VALUE in body


def test_both_containers_serve_requests(loaded: Service) -> None:
    containers = loaded.containers()
    assert len(containers) == 2

    before = [count_requests(container) for container in containers]
    for _ in range(40):
        loaded.get("/months")

    after = [count_requests(container) for container in containers]
    assert all(new > old for new, old in zip(after, before, strict=True))


def count_requests(container: str) -> int:
    return run("docker", "logs", container).count('"message": "request"')


@pytest.mark.parametrize(
    "path",
    [PATH, "/sd?month=12&year=2022", "/maxdiff?month=1&year=2023", "/months",
     "/temp?month=1&year=1999", "/temp?month=13&year=2022", "/uploads/none"],
)  # fmt: skip
def test_the_query_function_sends_the_same_responses_as_the_containers(
    loaded: Service, path: str
) -> None:
    assert get(f"{loaded.function_url}{path}") == loaded.get(path)


def test_clients_that_retry_once_do_not_notice_a_killed_container(
    loaded: Service,
) -> None:
    killed = loaded.containers()[0]
    clients = Clients(f"{loaded.url}{PATH}", VALUE)

    with clients:
        time.sleep(1)
        run("docker", "kill", killed)
        wait_until("the container is replaced", lambda: replaced(loaded, killed))
        time.sleep(1)

    assert clients.count > 50
    assert clients.failed == []


def replaced(service: Service, killed: str) -> bool:
    running = service.containers()
    return killed not in running and len(running) == 2 and service.healthy() == 2


def test_the_containers_have_the_configuration_of_the_task_definition(loaded: Service) -> None:
    [inspected] = json.loads(run("docker", "inspect", loaded.containers()[0]))
    environment = dict(variable.split("=", 1) for variable in inspected["Config"]["Env"])

    assert environment["TABLE_NAME"] == loaded.cloud.outputs["TableName"]
    assert environment["ENVIRONMENT"] == "local"
    assert environment["ALERT_THRESHOLD"] == "0.5"
    assert inspected["Config"]["User"] == "10001:10001"


def test_alerts_link_to_the_address_with_https(loaded: Service) -> None:
    function = loaded.cloud.client("lambda").get_function_configuration(
        FunctionName=loaded.cloud.outputs["NotifyFunctionName"]
    )

    assert function["Environment"]["Variables"]["API_URL"] == loaded.cloud.outputs["HttpApiUrl"]
