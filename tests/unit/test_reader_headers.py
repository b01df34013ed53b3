"""Which first lines are a header, and how the lines below follow from it."""

import pytest

from aquasense.csvfile.decode import UnreadableFile
from aquasense.csvfile.lines import Row
from tests.support import csv, judged


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("Fecha,Medias,Desviaciones", "2022/12/1,15.5,0.4"),
        ("fecha,MEDIAS,desviaciones", "2022/12/1,15.5,0.4"),
        (" Fecha , Medias , Desviaciones ", "2022/12/1,15.5,0.4"),
        ('"Fecha","Medias","Desviaciones"', "2022/12/1,15.5,0.4"),
        ("Fecha;Medias;Desviaciones", "2022/12/1;15.5;0.4"),
        ("Fecha;Medias;Desviaciones", "2022/12/1;15,5;0,4"),
        ("Fecha\tMedias\tDesviaciones", "2022/12/1\t15,5\t0.4"),
        ("Desviaciones,Fecha,Medias", "0.4,2022/12/1,15.5"),
        ("Día,Media,Desviación típica", "1/12/2022,15.5,0.4"),
        ("date,mean,standard  deviation", "2022-12-01,15.5,0.4"),
        ("Estación,Fecha,Medias,Notas,Desviaciones", "norte,2022/12/1,15.5,ok,0.4"),
        ('Estación,Fecha,Medias,Notas,Desviaciones', 'norte,2022/12/1,15.5,"a, b",0.4'),
    ],
)  # fmt: skip
def test_columns_are_found_by_name(header, line):
    assert judged(csv(line, header=header)) == [Row(2, "2022-12-01", "15.5", "0.4")]


@pytest.mark.parametrize("before", ["\n\n", "sep=,\n", "  \n"])
def test_a_header_may_follow_blank_lines_and_excels_separator_line(before):
    (row,) = judged(before.encode() + csv("2022/12/1,15.5,0.4"))
    assert row.line == before.count("\n") + 2


@pytest.mark.parametrize(
    "first",
    [
        "2022/12/1,15.5,0.4",
        "Fecha,Medias",
        "Fecha,Fecha,Medias,Desviaciones",
        "Fecha|Medias|Desviaciones",
        'Fecha,"Medias,Desviaciones',
        "título\nFecha,Medias,Desviaciones",
        20_000 * "x",
    ],
)
def test_without_the_header_the_whole_file_is_rejected(first):
    with pytest.raises(UnreadableFile) as caught:
        judged(csv("2022/12/1,15.5,0.4", header=first))
    assert caught.value.code == "no_header"
    assert "Fecha,Medias,Desviaciones" in caught.value.reason
    shown = first.partition("\n")[0]
    assert repr(shown if len(shown) < 100 else f"{shown[:100]}…") in caught.value.reason
    assert len(caught.value.reason) < 400


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("Fecha,Fecha,Medias,Desviaciones", "Fecha, Fecha"),
        ("Fecha;Medias;Mean;Desviaciones", "Medias, Mean"),
        ("Fecha,Medias,Desviaciones" + 1000 * ",sd", "Desviaciones, sd, sd"),
    ],
)
def test_a_column_named_more_than_once_is_told_as_that(header, names):
    with pytest.raises(UnreadableFile) as caught:
        judged(csv("2022/12/1,15.5,0.4", header=header))
    assert caught.value.code == "no_header"
    assert f"one column is named more than once ({names})" in caught.value.reason
    assert len(caught.value.reason) < 400


@pytest.mark.parametrize("header", ["Fecha,Fecha", "Fecha,Medias,Medias", "a;b;c"])
def test_what_lacks_a_column_is_not_told_that_another_is_repeated(header):
    with pytest.raises(UnreadableFile) as caught:
        judged(csv(header=header))
    assert "more than once" not in caught.value.reason


@pytest.mark.parametrize(
    "content", [b"\n\n\n", b"  \r\n\t\r\n", b" ", b"\xef\xbb\xbf", b"sep=;\n\n"]
)
def test_a_file_of_blank_lines_is_empty(content):
    with pytest.raises(UnreadableFile) as caught:
        judged(content)
    assert caught.value.code == "empty_file"
