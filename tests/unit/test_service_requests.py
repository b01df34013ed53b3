"""What a question costs: requests to DynamoDB."""

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


class Account(FakeDynamo):
    """DynamoDB with a weekly series; knows how many requests were under way at once."""

    def __init__(self):
        super().__init__()
        self.before, self.after = self.begun, self.done
        self.under_way = self.most = 0
        asyncio.run(self._fill())

    async def _fill(self):
        async def rows():
            for row in WEEKLY:
                yield row

        await self.opened().write_rows(DATASETS.default.name, UPLOAD, rows())

    def opened(self):
        return Table(self.client(), self.table, 5.0)

    async def begun(self, _):
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)

    async def done(self, _):
        self.under_way -= 1

    def cost(self, path, **parameters):
        """The requests of a question, and how many of them were under way at once."""
        self.requests.clear()
        self.most = 0
        request = Request("GET", path, list(parameters.items()))
        asked = Service(self.opened(), DATASETS).get(request)
        assert asyncio.run(asked).status == 200
        return Counter(self.requests), self.most


@pytest.fixture(scope="module")
def account():
    return Account()


@pytest.mark.parametrize("metric", FIGURES)
@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("explain", ["0", "1"])
def test_a_figure_is_one_query_and_near_new_year_two_at_once(account, metric, month, explain):
    across = {1, 2, 12} if FIGURES[metric].needs_previous_month else {1, 12}
    queries = 2 if month in across else 1
    cost = account.cost(f"/{metric}", month=str(month), year="2021", explain=explain)
    assert cost == ({"Query": queries}, queries)


def test_many_years_are_asked_for_two_at_a_time(account):
    # The index of months, and four years.
    assert account.cost("/readings") == ({"Query": 5}, 2)
