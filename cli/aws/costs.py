"""Estimate the monthly costs of a deployment; the tables of docs/replication.md come from here.

List prices of eu-west-1 in US dollars, without free tier.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

# Hours of a month, as AWS's price lists count them.
HOURS = 730
# Tasks, and public addresses of the balancer.
TASKS, ADDRESSES = 2, 2
# Prices of an hour.
VCPU, GIGABYTE, ADDRESS = 0.04048, 0.004445, 0.005
# Values of a parameter that is switched off.
OFF = ("", "0", "false")


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the bill: a sum of products, and whether only containers cause it."""

    name: str
    terms: tuple[tuple[float, ...], ...]
    containers: bool = False

    @property
    def amount(self) -> float:
        """Return US dollars a month, in whole cents."""
        return round(sum(math.prod(term) for term in self.terms), 2)

    @property
    def arithmetic(self) -> str:
        return " + ".join(" × ".join(f"{factor:,g}" for factor in term) for term in self.terms)


def _task(count: int) -> tuple[tuple[float, ...], ...]:
    return (count, HOURS, 0.25, VCPU), (count, HOURS, 0.5, GIGABYTE)


ITEMS = (
    Item("two tasks of 0.25 vCPU and 0.5 GB", _task(TASKS), containers=True),
    Item("load balancer, and 0.1 LCU", ((HOURS, 0.0252), (HOURS, 0.1, 0.008)), containers=True),
    Item(
        "public addresses: two tasks, two of the balancer",
        ((TASKS + ADDRESSES, HOURS, ADDRESS),),
        containers=True,
    ),
    Item("Container Insights, about 25 metrics", ((25, 0.3),), containers=True),
    Item("alarms of the containers, at most 10", ((10, 0.1),), containers=True),
    Item("dashboard of the containers", ((3,),), containers=True),
    Item("images, 20 of some 0.06 GB", ((1.2, 0.1),), containers=True),
    Item("other alarms, at most 20", ((20, 0.1),)),
    Item("dashboard", ((3,),)),
    Item(
        "custom metrics present every hour: five for one dataset, one more for each other",
        ((5, 0.3),),
    ),
    Item("logs, 1 GB", ((0.57,), (0.03,))),
    Item("requests of API Gateway, 0.01 million", ((0.01, 1.11),)),
    Item("bucket, table, queues, functions, mails: weekly files of a few kB, at most", ((0.1,),)),
)
FURTHER_TASK = Item("each further task, with its address", (*_task(1), (HOURS, ADDRESS)))
# Options by the parameter that switches them on.
OPTIONS = {
    "RateLimit": Item("web ACL and its rule (`RateLimit`)", ((5,), (1,))),
    "SignInSecretArn": Item("secret (`SignInSecretArn`)", ((0.4,),)),
    "ReplicaBucketArn": Item(
        "second copy of 1 GB of files in another region, sent once (`ReplicaBucketArn`)",
        ((1, 0.023), (1, 0.02)),
    ),
    "FileLogDays": Item("record of 10,000 files put or deleted (`FileLogDays`)", ((0.1, 0.1),)),
    "EnableDevInstance": Item(
        "build machine: t3.small, 20 GB, its address (`EnableDevInstance`)",
        ((HOURS, 0.0228), (20, 0.088), (HOURS, ADDRESS)),
    ),
}


def total(*, containers: bool) -> float:
    """Return the US dollars a month of a deployment without options."""
    return sum(item.amount for item in ITEMS if containers or not item.containers)


def estimate(parameters: Mapping[str, str], tasks: int) -> float:
    """Return the US dollars a month of a deployment.

    Args:
        parameters: of the deployed template.yaml.
        tasks: number of tasks that the service keeps.
    """
    containers = bool(parameters.get("ImageUri"))
    further = max(tasks - TASKS, 0) * FURTHER_TASK.amount if containers else 0
    options = sum(
        item.amount for name, item in OPTIONS.items() if parameters.get(name, "") not in OFF
    )
    return total(containers=containers) + further + options
