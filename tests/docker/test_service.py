"""The container service, deployed with SAM and running for real."""

import json
import time

import pytest

from tests.docker.service import Asking, Service, get, put_and_wait, run, wait_until
from tests.support import SAMPLE

pytestmark = pytest.mark.docker

QUESTION = "/temp?month=12&year=2022"
ANSWER = b"15.374606476138302"


@pytest.fixture(scope="module")
def loaded(service: Service) -> Service:
    """The service once the sample file has arrived."""
    put_and_wait(service, SAMPLE, QUESTION, ANSWER)
    return service


def test_a_file_in_the_bucket_is_in_an_answer_through_the_balancer(loaded: Service) -> None:
    status, body = loaded.get(QUESTION)

    assert status == 200
    assert ANSWER in body


def test_both_containers_take_their_share(loaded: Service) -> None:
    containers = loaded.containers()
    assert len(containers) == 2

    before = [served(one) for one in containers]
    for _ in range(40):
        loaded.get("/months")

    assert all(served(one) > was for one, was in zip(containers, before, strict=True))


def served(container: str) -> int:
    return run("docker", "logs", container).count('"message": "request"')


@pytest.mark.parametrize(
    "path",
    [QUESTION, "/sd?month=12&year=2022", "/maxdiff?month=1&year=2023", "/months",
     "/temp?month=1&year=1999", "/temp?month=13&year=2022", "/uploads/none"],
)  # fmt: skip
def test_the_function_without_a_container_answers_the_same_bytes(
    loaded: Service, path: str
) -> None:
    assert get(f"{loaded.function_url}{path}") == loaded.get(path)


def test_killing_a_container_loses_no_request_that_one_retry_would_not_save(
    loaded: Service,
) -> None:
    victim = loaded.containers()[0]
    asked = Asking(f"{loaded.url}{QUESTION}", ANSWER)

    with asked:
        time.sleep(1)
        run("docker", "kill", victim)
        wait_until("the container is replaced", lambda: replaced(loaded, victim))
        time.sleep(1)

    assert asked.count > 50
    assert asked.lost == []


def replaced(service: Service, victim: str) -> bool:
    running = service.containers()
    return victim not in running and len(running) == 2 and service.healthy() == 2


def test_what_runs_is_what_the_task_definition_says(loaded: Service) -> None:
    [described] = json.loads(run("docker", "inspect", loaded.containers()[0]))
    environment = dict(one.split("=", 1) for one in described["Config"]["Env"])

    assert environment["TABLE_NAME"] == loaded.cloud.outputs["TableName"]
    assert environment["ENVIRONMENT"] == "local"
    assert environment["ALERT_THRESHOLD"] == "0.5"
    assert described["Config"]["User"] == "10001:10001"


def test_alerts_link_to_the_balancer(loaded: Service) -> None:
    function = loaded.cloud.client("lambda").get_function_configuration(
        FunctionName=loaded.cloud.outputs["NotifyFunctionName"]
    )

    assert function["Environment"]["Variables"]["API_URL"] == loaded.cloud.outputs["BalancerUrl"]
