"""The reader under a fuzzer that sees which of its code a file reaches, for a bounded time."""

import pytest

from tests.faults.aside import Aside, seeds

pytestmark = pytest.mark.faults


@pytest.mark.aside
def test_no_file_breaks_the_reader_or_makes_it_say_what_the_file_does_not(
    aside: Aside, aside_folder
):
    if "fuzzer" not in aside:
        pytest.skip("there is no atheris for this machine")
    told = aside["fuzzer"].output()
    (runs,) = [line for line in told.splitlines() if "number_of_executed_units" in line]
    assert int(runs.split()[-1]) > 1000
    # It came further than the files it began with.
    assert len(list((aside_folder / "corpus").iterdir())) > len(seeds())
