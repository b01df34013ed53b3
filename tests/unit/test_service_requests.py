"""Requests to DynamoDB for each request to the API."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from adapters.table import Table
from aquasense.csvfile.lines import Row
from aquasense.figures.registry import FIGURES
from aquasense.uploads.identity import Upload
from query.http import Request
from query.service import Service
from tests.fakes.dynamo import FakeDynamo
from tests.support import DATASETS

UPLOAD = Upload(
    "20261123T061648.650Z-0000-1a2b3c4d5e6f", "a.csv", "v1", datetime(2026, 11, 23, tzinfo=UTC), 100
)
WEEKLY = [
    Row(line, (date(2020, 1, 3) + timedelta(weeks=line)).isoformat(), "15", "0.1")
    for line in range(160)
]


DAILY = [
    Row(line, (date(2020, 1, 3) + timedelta(line)).isoformat(), "15", "0.1")
    for line in range(160 * 7)
]
# The requests of the page until everything is shown, and the lists of datasets and months.
PAGE = [
    ("/readings", {"fields": "date,mean,deviation,flags"}), ("/series", {}), ("/alerts", {}),
    ("/normals", {"to": "2022-12-31"}), ("/uploads", {"receipts": "1", "limit": "5"}),
    ("/datasets", {}), ("/months", {}),
]  # fmt: skip


class Account(FakeDynamo):
    """DynamoDB with a series; counts concurrent requests."""

    def __init__(self, readings=WEEKLY):
        super().__init__()
        self.readings = readings
        self.before, self.after = self.begun, self.done
        self.pending = self.max_pending = 0
        asyncio.run(self._fill())

    async def _fill(self):
        async def rows():
            for row in self.readings:
                yield row

        await self.opened().write_rows(DATASETS.default.name, UPLOAD, rows())

    def opened(self):
        return Table(self.client(), self.table, 5.0)

    async def begun(self, _):
        self.pending += 1
        self.max_pending = max(self.max_pending, self.pending)
        await asyncio.sleep(0)

    async def done(self, _):
        self.pending -= 1

    def cost(self, path, **parameters):
        """Return the requests to DynamoDB and how many were concurrent at most."""
        self.requests.clear()
        self.max_pending = 0
        request = Request("GET", path, list(parameters.items()))
        assert asyncio.run(Service(self.opened(), DATASETS).get(request)).status == 200
        return Counter(self.requests), self.max_pending


@pytest.fixture(scope="module")
def account():
    return Account()


@pytest.fixture(scope="module")
def daily():
    return Account(DAILY)


@pytest.mark.parametrize(("path", "parameters"), PAGE, ids=[path for path, _ in PAGE])
def test_requests_do_not_grow_with_the_number_of_readings(account, daily, path, parameters):
    assert daily.cost(path, **parameters) == account.cost(path, **parameters)


@pytest.mark.parametrize("metric", FIGURES)
@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("explain", ["0", "1"])
def test_a_figure_is_one_query_or_two_concurrent_ones_near_new_year(
    account, metric, month, explain
):
    across = {1, 2, 12} if FIGURES[metric].needs_previous_month else {1, 12}
    queries = 2 if month in across else 1
    cost = account.cost(f"/{metric}", month=str(month), year="2021", explain=explain)
    assert cost == ({"Query": queries}, queries)


def test_many_years_are_read_two_at_a_time(account):
    # The index of months, and four years.
    assert account.cost("/readings") == ({"Query": 5}, 2)
