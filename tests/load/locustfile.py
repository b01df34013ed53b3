"""A load test of any deployment with the requests of analysts: `make load URL=…`.

Most requests are for one figure of one month, some for the list of months, a few are invalid. The
figures and months are those of the deployment.
"""

import os
import random
from typing import Any

from locust import FastHttpUser, between, events, task
from locust.env import Environment

# Users notice a longer response time.
SLOWEST = float(os.environ.get("SLOWEST_MS", "1000"))


class Analyst(FastHttpUser):
    """A user who sends a request, reads the response, and sends the next one."""

    wait_time = between(0.5, 2)

    def on_start(self) -> None:
        """Load the names of the figures and the months with readings."""
        # Locust counts other statuses as failures itself, with the reason.
        self.figures: list[str] = []
        self.months: list[dict[str, Any]] = []
        with self.client.get("/datasets", catch_response=True) as response:
            if response.status_code == 200:
                self.figures = [figure["figure"] for figure in response.json()["figures"]]
        with self.client.get("/months", catch_response=True) as response:
            if response.status_code == 200:
                self.months = response.json()["months"]
                if not self.months:
                    response.failure("the deployment has no readings: upload a file first")

    @task(20)
    def get_figure(self) -> None:
        """Request a figure of a month."""
        if not (self.months and self.figures):
            return
        month = random.choice(self.months)
        figure = random.choice(self.figures)
        query = f"month={month['month']}&year={month['year']}"
        with self.client.get(
            f"/{figure}?{query}", name=f"/{figure}", catch_response=True
        ) as response:
            if response.status_code == 200 and response.json()["metric"] != figure:
                response.failure(f"requested {figure}, got {response.json()['metric']}")

    @task(4)
    def get_months(self) -> None:
        """Request the list of months, as the page does first."""
        self.client.get("/months")

    @task(1)
    def get_invalid_month(self) -> None:
        """Request a month that does not exist; the API must respond with 400."""
        with self.client.get(
            "/temp?month=13&year=2022", name="/temp (invalid)", catch_response=True
        ) as response:
            if response.status_code == 400:
                response.success()
            else:
                response.failure(f"an invalid request got the status {response.status_code}")


@events.quitting.add_listener
def set_exit_code(environment: Environment, **_: Any) -> None:
    """Exit with 1 if a request failed or the 99th percentile of response times is too high."""
    total = environment.stats.total
    slow = total.get_response_time_percentile(0.99)
    if total.num_requests == 0 or total.num_failures or slow > SLOWEST:
        environment.process_exit_code = 1
