"""Ten million rows in the memory of a thousand."""

import pytest

from tests.faults.aside import Aside, memory_of

pytestmark = pytest.mark.faults


@pytest.mark.aside
def test_memory_does_not_grow_up_to_ten_million_rows(aside: Aside):
    many = int(aside["ten million rows"].output())
    few = memory_of(1_000)
    few.start()
    assert many <= int(few.output()) * 1.1
