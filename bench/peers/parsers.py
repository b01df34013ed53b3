"""Parse a file as tutorials do."""

import csv
import io
from datetime import datetime
from decimal import Decimal


def naive(content: bytes) -> int:
    """Count the rows with csv, strptime and Decimal; the first bad row raises."""
    rows = csv.reader(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline=""))
    next(rows)
    count = 0
    for day, mean, deviation in rows:
        datetime.strptime(day, "%Y/%m/%d").date().isoformat()
        Decimal(mean)
        Decimal(deviation)
        count += 1
    return count
