"""A fictional history of the bucket: files with fixed contents at fixed times."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

HEADER = "Fecha,Medias,Desviaciones"
SALINITY = "marmenor.salinity/"
SEASON = (11, 12, 14, 17, 20, 24, 27, 28, 26, 21, 16, 13)


@dataclass(frozen=True)
class Upload:
    """An object put into the bucket; its events are delivered `deliveries` times."""

    at: datetime
    key: str
    content: bytes
    deliveries: int = 1


@dataclass(frozen=True)
class Deletion:
    """A delete marker, or the newest version of the key deleted for good."""

    at: datetime
    key: str
    permanent: bool = False


type Action = Upload | Deletion


def history() -> Iterator[list[Action]]:
    """Yield the bucket's changes; the events of one list are delivered in reverse order."""
    # Files of several years: a history mail, a gap of months, readings around New Year.
    yield [put("2021-03-01T08:00:00", "1999.csv", *survey("1999-11-05", 12, above=(4, 9)))]
    yield [put("2021-03-01T08:05:00", "2020-2021.csv", *survey("2020-10-02", 20, above=(7,)))]
    yield [put("2021-12-02T09:30:00", "2021 otoño + extra.csv", *survey("2021-09-03", 12))]
    # Overlapping files around New Year, of which one comes twice.
    yield [put("2022-01-10T10:00:00", "a.csv", *survey("2021-12-05", 5), deliveries=2)]
    yield [put("2022-01-20T10:00:00", "b.csv", *survey("2021-12-26", 4, shift=3))]
    # A, a correction B, then A again.
    first = ("2022/1/30,12.5,0.25", "2022/2/6,12.75,0.75", "2022/2/13,13.125,0.5")
    corrected = ("2022/1/30,12.5,0.25", "2022/2/6,12.875,0.8750", "2022/2/13,13.125,0.50")
    yield [put("2022-02-14T07:00:00", "aba.csv", *first)]
    yield [put("2022-02-15T07:00:00", "aba.csv", *corrected)]
    yield [put("2022-02-16T07:00:00", "aba.csv", *first)]
    # An alert that a correction retracts, and the smallest value that causes an alert.
    yield [put("2022-03-07T07:00:00", "march.csv", "2022/3/4,14,0.9", "2022/3/6,14.2,1.25")]
    yield [put("2022-03-08T07:00:00", "march.csv", "2022/3/4,14,0.5", "2022/3/6,14.2,1.5")]
    yield [put("2022-03-15T07:00:00", "just.csv", "2022-03-13,14.4,0.5000000000000001")]
    # Rejected lines, several lines of one date, formats of numbers.
    yield [put("2022-04-20T06:00:00", "rejected.csv", *rejected_lines())]
    yield [put("2022-04-21T06:00:00", "many.csv", *(f"x{n},1,0" for n in range(130)))]
    twice = ("2022/4/24,15.1,0.1", "2022/04/24,15.2,0.2", "24/04/2022,15.3,0.3")
    yield [put("2022-04-25T06:00:00", "=twice.csv", *twice, "2022-05-01,+.5e1,-0")]
    # Rejected files.
    for hour, (key, content) in enumerate(rejected_files().items()):
        yield [Upload(moment(f"2022-05-02T{hour:02}:00:00"), key, content)]
    # Encodings and layouts of common programs.
    for hour, (key, content) in enumerate(formats().items()):
        yield [Upload(moment(f"2022-06-30T{hour:02}:30:00"), key, content)]
    # Each quality test: spike, gross range, rate, gap, timing; suspect and certain alerts.
    flagged = ("2022/7/3,26,0.2", "2022/7/10,33,0.7", "2022/7/17,26.5,0.3", "2022/7/24,41,0.8",
               "2022/7/31,27,2.75", "2022/8/7,34.5,0.25", "2022/8/8,28,0.1", "2022/9/20,25,0.6",
               "2022/9/27,5,0.25", "2022/12/24,14.5,0.3")  # fmt: skip
    yield [put("2022-09-28T11:00:00", "flagged.csv", *flagged)]
    # Scale: the deviations are about ten times the usual ones.
    scaled = (f"2022/{day},{mean},2.{n}5" for n, (day, mean) in enumerate(
        (("10/4", 22), ("10/11", 21), ("10/18", 20.5), ("10/25", 20))))  # fmt: skip
    yield [put("2022-10-26T11:00:00", "scale.csv", *scaled)]
    # The second dataset: its own threshold, unit, limits and rule of completeness.
    saline = ("2022/11/4,45,2", "2022/11/11,45.5,2.5", "2022/11/18,46,1.5", "2022/12/2,51,0.5")
    yield [put("2022-12-03T12:00:00", f"{SALINITY}s.csv", *saline)]
    yield [put("2022-12-04T12:00:00", f"{SALINITY}s2.csv", "2022/11/18,46,4", "2023/1/1,44,3")]
    # Several changes within one second, their events in reverse order.
    at = "2023-01-08T12:00:00"
    yield [put(at, "second.csv", "2023/1/1,13,0.7", "2023/1/8,13.5,0.2"),
           put(at, "second.csv", "2023/1/1,13,0.8"),
           put(at, "other.csv", "2023/1/8,13.75,0.6")]  # fmt: skip
    # Deletions: of an alert, of a value that superseded another one, of a rejected file.
    yield [put("2023-02-06T12:00:00", "gone.csv", "2023/1/1,13.1,1.75", "2023/2/5,12,0.95")]
    yield [delete("2023-02-07T12:00:00", "gone.csv")]
    yield [delete("2023-02-07T12:00:01", "empty.csv")]
    yield [put("2023-02-08T12:00:00", "gone.csv", "2023/2/5,12.25,0.25")]
    yield [delete("2023-02-09T12:00:00", "march.csv")]
    yield [delete("2023-02-10T12:00:00", f"{SALINITY}s2.csv")]
    yield [Deletion(moment("2023-02-11T12:00:00"), "just.csv", permanent=True)]
    # Deleted before its event was delivered, and put again.
    yield [put("2023-03-06T12:00:00", "short.csv", "2023/3/5,14,0.85"),
           delete("2023-03-06T12:00:05", "short.csv")]  # fmt: skip
    yield [put("2023-03-07T12:00:00", "short.csv", "2023/3/5,14,0.85")]
    # Later years, with a month without readings.
    yield [put("2024-03-02T12:00:00", "leap.csv", "2024/1/5,12,0.3", "2024/1/26,12.5,0.2",
               "2024/3/1,14,0.4", "2024/2/30,13,0.1")]  # fmt: skip
    yield [put("2025-01-02T12:00:00", "2024.csv", *survey("2024-05-03", 35, above=(33, 34)))]
    yield [put("2025-01-03T12:00:00", f"{SALINITY}2024.csv", *survey("2024-10-04", 13, rise=25))]


def rejected_lines() -> Iterator[str]:
    """Yield a line for each reason for rejection, among accepted lines."""
    yield from ("2022/4/3,14.5,0.2", "", "2022/4/4,14.5", '2022/4/5,"14.5,0.2', ",14.5,0.2")
    yield from ("2022/4/6,,0.2", "2022/4/7,14.5,", "yesterday,14.5,0.2", "2022/4/31,14.5,0.2")
    yield from ("04/13/2022,14.5,0.2", "1850/4/8,14.5,0.2", "2022/4/9,warm,0.2")
    yield from ("2022/4/10,14.5,-0.2", "2022/4/11,14.5,0.2,note", "2022/4/12,1.2.3,0.2")
    yield from ("2022/4/13,14.5,nan", f"2022/4/14,14.5,0.{'1' * 10_000}", "=1+1;2,ñ,<b>")
    # This date makes the file's format day first, so that 04/13 is a bad line and not a bad file.
    yield from ("15/04/2022,14.6,0.1",)
    yield from ("2022/4/17,14.900000000000000000001,0.300", "2022/4/18," + "9" * 250 + ",1")


def rejected_files() -> dict[str, bytes]:
    """Return a file for each reason for its rejection."""
    return {
        "empty.csv": b"",
        "blank.csv": b"\n \n",
        "image.csv": b"\x89PNG\0\0\0",
        "zip.csv": b"PK\x03\x04 an archive",
        "old.csv": b"\xd0\xcf\x11\xe0 a workbook",
        "document.csv": b"%PDF-1.4",
        "no header.csv": b"2022/5/1,15,0.1\n",
        "repeated header.csv": b"Fecha,Medias,Media,Desviaciones\n2022/5/1,15,15,0.1\n",
        "month first.csv": csv("05/13/2022,15,0.1", "05/20/2022,15,0.1"),
        "damaged.csv.gz": gzip.compress(csv("2022/5/1,15,0.1"), mtime=0)[:-9],
        "marmenor.unknown/u.csv": csv("2022/5/1,15,0.1"),
    }


def formats() -> dict[str, bytes]:
    """Return files in the encodings and layouts that people upload."""
    excel = "sep=;\r\nFecha;Medias;Desviaciones\r\n08/05/2022;18,5;0,25\r\n15/05/2022;19,0;0,3\r\n"
    more = "Estación,Día,Media,Desviación típica,Nota\nE1,2022-05-22,19.5,0.35,ñ\n"
    return {
        "excel.csv": b"\xef\xbb\xbf" + excel.encode(),
        "latin.csv": more.encode("latin-1"),
        "wide.csv": "Date\tMean\tStd\n2022/05/29\t20\t0.1\n".encode("utf-16"),
        "packed.csv.gz": gzip.compress(csv("2022/6/5,21,0.2", "2022/6/12,22,0.55"), mtime=0),
        "header only.csv": csv(),
        "marmenor.temperature/named.csv": b"\r\n" + csv('"2022/6/19", "22.5" ,0.3', ",,"),
    }


def survey(
    first: str, count: int, above: tuple[int, ...] = (), shift: int = 0, rise: int = 0
) -> Iterator[str]:
    """Yield weekly readings with many digits; those with a number in `above` cause alerts."""
    for n in range(count):
        day = date.fromisoformat(first) + timedelta(days=7 * n)
        digits = (n + 1 + shift) * 7919 * 104_729 % 10**12
        deviation = f"0.6{digits:012}" if n in above else f"0.{2 + n % 3}{digits:012}"
        mean = f"{SEASON[day.month - 1] + rise}.{digits:012}"
        yield f"{day.year}/{day.month}/{day.day},{mean},{deviation}"


def put(at: str, key: str, *rows: str, deliveries: int = 1) -> Upload:
    """Return the upload of a file with these lines below the header."""
    return Upload(moment(at), key, csv(*rows), deliveries)


def delete(at: str, key: str) -> Deletion:
    """Return the deletion of a key."""
    return Deletion(moment(at), key)


def csv(*rows: str) -> bytes:
    """Return a file with these lines below the header."""
    return "\n".join([HEADER, *rows, ""]).encode()


def moment(text: str) -> datetime:
    """Return a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
