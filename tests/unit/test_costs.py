"""The estimate of the monthly costs."""

import pytest

from cli.aws import costs
from tests.infrastructure.templates import PARSED, resources


def test_a_deployment_with_two_containers_costs_the_sum_of_the_table():
    # 18.02 + 18.98 + 14.60 + 7.50 + 1 + 3 + 0.12, and what follows.
    assert costs.estimate({"ImageUri": "x@sha256:1"}, tasks=2) == pytest.approx(63.22 + 7.21)


def test_a_deployment_without_containers_costs_the_rest():
    # 2 + 3 + 1.50 + 0.60 + 0.01 + 0.10
    assert costs.estimate({"ImageUri": ""}, tasks=0) == pytest.approx(7.21)


@pytest.mark.parametrize(
    ("parameters", "tasks", "more"),
    [
        ({}, 3, 12.66),
        ({"RateLimit": "1000"}, 2, 6),
        ({"RateLimit": "0"}, 2, 0),
        ({"EnableDevInstance": "true"}, 2, 22.05),
        ({"EnableDevInstance": "false", "SignInSecretArn": ""}, 2, 0),
        ({"SignInSecretArn": "arn:aws:secretsmanager:x"}, 2, 0.4),
        ({"ReplicaBucketArn": "arn:aws:s3:::copy"}, 2, 0.04),
        ({"FileLogDays": "90"}, 2, 0.01),
        ({"FileLogDays": "0", "ReplicaBucketArn": ""}, 2, 0),
    ],
)
def test_options_and_further_tasks_are_added(parameters, tasks, more):
    base = costs.estimate({"ImageUri": "x@sha256:1"}, tasks=2)

    assert costs.estimate({"ImageUri": "x@sha256:1"} | parameters, tasks) == pytest.approx(
        base + more
    )


def test_the_arithmetic_gives_the_amount():
    for item in (*costs.ITEMS, costs.FURTHER_TASK, *costs.OPTIONS.values()):
        terms = item.arithmetic.replace(",", "").split(" + ")
        amount = 0.0
        for term in terms:
            product = 1.0
            for factor in term.split(" × "):
                product *= float(factor)
            amount += product
        assert round(amount, 2) == item.amount, item.name


def test_options_are_parameters_of_the_template():
    assert costs.OPTIONS.keys() <= PARSED["template"]["Parameters"].keys()


def test_the_templates_have_no_more_alarms_and_dashboards_than_are_counted():
    def count(kind):
        names = [name for name, _, _ in resources(kind)]
        return sum(name in ("operations", "health", "dashboard") for name in names), len(names)

    assert count("AWS::CloudWatch::Dashboard") == (1, 2)
    without, all_alarms = count("AWS::CloudWatch::Alarm")
    assert without <= 20
    assert all_alarms - without <= 10
