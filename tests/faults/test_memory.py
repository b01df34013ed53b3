"""The memory of the reader does not depend on the number of rows."""

import pytest

from tests.faults.background import Programs, memory_program

pytestmark = pytest.mark.faults


@pytest.mark.background
def test_memory_is_constant_up_to_ten_million_rows(background: Programs):
    many = int(background["ten million rows"].output())
    few = memory_program(1_000)
    few.start()
    assert many <= int(few.output()) * 1.1
