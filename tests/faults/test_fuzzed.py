"""Coverage-guided fuzzing of the reader, for a bounded time."""

import pytest

from tests.faults.background import Programs, seeds

pytestmark = pytest.mark.faults


@pytest.mark.background
def test_every_file_is_read_as_the_oracle_reads_it_or_rejected(background: Programs, fuzz_folder):
    if "fuzzer" not in background:
        pytest.skip("atheris is not installed for this machine")
    output = background["fuzzer"].output()
    (runs,) = [line for line in output.splitlines() if "number_of_executed_units" in line]
    assert int(runs.split()[-1]) > 1000
    # The fuzzer reached code that the seeds do not.
    assert len(list((fuzz_folder / "corpus").iterdir())) > len(seeds())
