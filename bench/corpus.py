"""Lines good and bad, for comparing verdicts."""

import itertools
import random

DATES = [
    "2022/12/1", "2022-12-01", "01/12/2022", "31-1-2022", "2022/2/29", "2024/2/29", "2024-02-29",
    "2022/13/1", "12/31/2022", "1899/12/31", "1900/1/1", "2100/12/31", "2101/1/1", "22/12/1",
    "2022/12-1", "2022.12.1", "2022/12/1 10:00", "yesterday", "", "٢٠٢٢/١/١", "2022/012/1",
    " 2022/12/1 ", '"2022/12/1"', "2022/0/1", "2022/1/0", "0000/1/1", "2022//1", "2022/12/1x",
]  # fmt: skip
NUMBERS = [
    "15.569854830055972", "15", "0", "-1.5", "+1.5", ".5", "5.", "007.10", "1.5e1", "1E-5", "-0.0",
    "1e99", "1e100", "nan", "inf", "1_5", "١٥", "１５", "", "warm", "15.5 C", '"15,5"', "--1", "1e",
    "1" * 20, "1" * 21, "0." + "1" * 60, "0." + "1" * 61, " 0.4 ", "0x10", "1,5", "e5", ".", "-",
]  # fmt: skip


def lines(count: int = 60_000) -> list[str]:
    """Every pair of date and number, and as many others put together by chance."""
    chance = random.Random(7)
    found = [f"{day},{mean},0.4" for day, mean in itertools.product(DATES, NUMBERS)]
    found += [f"2022/12/1,15,{deviation}" for deviation in NUMBERS]
    while len(found) < count:
        good = chance.random() < 0.5
        day = (
            f"{chance.randint(1900, 2100)}/{chance.randint(1, 12)}/{chance.randint(1, 31)}"
            if good
            else chance.choice(DATES)
        )
        mean = repr(chance.uniform(-5, 40)) if good else chance.choice(NUMBERS)
        line = f"{day},{mean},{chance.choice(NUMBERS)}"
        odd = chance.random()
        if odd < 0.02:
            line += chance.choice([",", ",1", "x", '"', " ", "\t"])
        elif odd < 0.04:
            line = line[: chance.randint(1, len(line))]
        found.append(line)
    return found
