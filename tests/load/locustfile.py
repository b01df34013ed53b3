"""Analysts at work: a load test against any deployment, by `make load URL=…`.

Most ask for one figure of one month, some for the list of months, a few make a mistake. What is
asked for is taken from the deployment itself, so that it works with any data.
"""

import os
import random
from typing import Any

from locust import FastHttpUser, between, events, task
from locust.env import Environment

# An analyst in a browser or a notebook notices more than this.
SLOWEST = float(os.environ.get("SLOWEST_MS", "1000"))


class Analyst(FastHttpUser):
    """Asks, reads for a moment, asks again."""

    wait_time = between(0.5, 2)

    def on_start(self) -> None:
        """Load the names of the figures and the months with readings."""
        with self.client.get("/datasets", catch_response=True) as answer:
            answered = answer.status_code == 200
            self.figures: list[str] = (
                [one["figure"] for one in answer.json()["figures"]] if answered else []
            )
        with self.client.get("/months", catch_response=True) as answer:
            # Whoever does not answer is counted as a failure by itself, with the reason.
            answered = answer.status_code == 200
            self.months: list[dict[str, Any]] = answer.json()["months"] if answered else []
            if answered and not self.months:
                answer.failure("there are no readings to ask for: upload a file first")

    @task(20)
    def one_figure(self) -> None:
        """The figure the service is there for."""
        if not (self.months and self.figures):
            return
        month = random.choice(self.months)
        figure = random.choice(self.figures)
        query = f"month={month['month']}&year={month['year']}"
        with self.client.get(
            f"/{figure}?{query}", name=f"/{figure}", catch_response=True
        ) as answer:
            if answer.status_code == 200 and answer.json()["metric"] != figure:
                answer.failure(f"asked for {figure}, told {answer.json()['metric']}")

    @task(4)
    def list_of_months(self) -> None:
        """What a page shows first."""
        self.client.get("/months")

    @task(1)
    def a_mistake(self) -> None:
        """A month that does not exist has to be refused, and quickly."""
        with self.client.get(
            "/temp?month=13&year=2022", name="/temp (a mistake)", catch_response=True
        ) as answer:
            if answer.status_code == 400:
                answer.success()
            else:
                answer.failure(f"a mistake was answered with {answer.status_code}")


@events.quitting.add_listener
def judge(environment: Environment, **_: Any) -> None:
    """The exit code says whether the service held: no failure, and nearly nobody waited."""
    total = environment.stats.total
    slow = total.get_response_time_percentile(0.99)
    if total.num_requests == 0 or total.num_failures or slow > SLOWEST:
        environment.process_exit_code = 1
