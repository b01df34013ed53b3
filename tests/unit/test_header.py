"""Accepted and rejected headers."""

from dataclasses import replace

import pytest

from aquasense.csvfile.decode import UnreadableFile
from aquasense.csvfile.header import COLUMNS, OTHER_NAMES, QUANTITIES
from aquasense.csvfile.lines import Row
from tests.support import ROOT, TEMPERATURE, csv, parse_csv, rows_of


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
def test_columns_are_recognised_by_name(header, line):
    (row,) = parse_csv(csv(line, header=header))
    assert row[:4] == (2, "2022-12-01", "15.5", "0.4")


@pytest.mark.parametrize(
    "header",
    [
        "Fecha,Media (°C),Desviación estándar (°C)",
        "Fecha,Temperatura media,std_dev",
        "Fecha,Temperatura media (ºC),Desviación típica [degC]",
        "date,Temperature,StdDev",
        "Date,TEMPERATURE [degree_Celsius],standard_deviation",
        "Día,mean_temperature(C),Std (grados)",
    ],
)
def test_a_header_may_name_the_quantity_and_the_unit_of_the_dataset(header):
    content = csv("2022/12/1,15.5,0.4", header=header)
    (row,) = rows_of(content, dataset=TEMPERATURE)
    assert row[:4] == (2, "2022-12-01", "15.5", "0.4")
    # Without the dataset neither is accepted.
    with pytest.raises(UnreadableFile):
        rows_of(content)


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("Fecha,Media (°F),Desviación estándar", "°F"),
        ("Fecha,Temperature [K],StdDev", "K"),
        ("Fecha,Medias,Std (%)", "%"),
    ],
)
def test_a_header_with_another_unit_is_rejected(header, unit):
    with pytest.raises(UnreadableFile) as caught:
        rows_of(csv("2022/12/1,15.5,0.4", header=header), dataset=TEMPERATURE)
    assert caught.value.code == "other_unit"
    assert caught.value.reason == "the header has another unit; marmenor.temperature is in '°C'"
    assert caught.value.parameters == {"dataset": "marmenor.temperature", "unit": "°C"}
    full_reason = f"the header has the unit {unit!r}; marmenor.temperature is in '°C'"
    assert caught.value.full_reason == full_reason


def test_the_usual_names_come_first():
    header = "Fecha,Temperatura,Medias,Media (°F),Desviaciones,Std (°C)"
    content = csv("2022/12/1,1,15.5,2,0.4,3", header=header)
    (row,) = rows_of(content, dataset=TEMPERATURE)
    assert row[:4] == (2, "2022-12-01", "15.5", "0.4")


def test_the_name_of_another_quantity_is_not_that_of_the_mean():
    salinity = replace(
        TEMPERATURE, standard_name="sea_water_practical_salinity", unit="1", symbol="PSU"
    )
    with pytest.raises(UnreadableFile) as caught:
        rows_of(csv(header="Fecha,Temperatura media,Std"), dataset=salinity)
    assert "Temperatura" not in caught.value.reason
    content = csv("2022/12/1,45,2", header="Fecha,Media (PSU),Std")
    assert rows_of(content, dataset=salinity) == [Row(2, "2022-12-01", "45", "2")]


def test_the_reason_and_the_docs_list_every_name():
    with pytest.raises(UnreadableFile) as caught:
        rows_of(csv(header="a,b,c"), dataset=TEMPERATURE)
    page = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    for names in (*COLUMNS.values(), *OTHER_NAMES.values(), *QUANTITIES.values()):
        for name in names:
            assert name in caught.value.reason
            assert name in page


@pytest.mark.parametrize("before", ["\n\n", "sep=,\n", "  \n"])
def test_blank_lines_and_the_separator_line_of_excel_may_precede_the_header(before):
    (row,) = parse_csv(before.encode() + csv("2022/12/1,15.5,0.4"))
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
def test_a_file_without_a_header_is_rejected(first):
    with pytest.raises(UnreadableFile) as caught:
        parse_csv(csv("2022/12/1,15.5,0.4", header=first))
    assert caught.value.code == "no_header"
    assert "Fecha,Medias,Desviaciones" in caught.value.reason
    shown = first.partition("\n")[0]
    assert repr(shown if len(shown) < 100 else f"{shown[:100]}…") in caught.value.full_reason
    assert len(caught.value.full_reason) < 700


@pytest.mark.parametrize(
    ("header", "column", "names"),
    [
        ("Fecha,Fecha,Medias,Desviaciones", "date", "Fecha, Fecha"),
        ("Fecha;Medias;Mean;Desviaciones", "mean", "Medias, Mean"),
        ("Fecha,Medias,Desviaciones" + 1000 * ",sd", "deviation", "Desviaciones, sd, sd"),
    ],
)
def test_the_reason_names_a_repeated_column(header, column, names):
    with pytest.raises(UnreadableFile) as caught:
        parse_csv(csv("2022/12/1,15.5,0.4", header=header))
    assert caught.value.code == "no_header"
    assert caught.value.reason.endswith(f", and the {column} is named more than once")
    assert caught.value.parameters["repeated"] == column
    assert f"one column is named more than once ({names})" in caught.value.full_reason
    assert len(caught.value.full_reason) < 700


@pytest.mark.parametrize("header", ["Fecha,Fecha", "Fecha,Medias,Medias", "a;b;c"])
def test_the_reason_names_no_repeated_column_where_another_is_missing(header):
    with pytest.raises(UnreadableFile) as caught:
        parse_csv(csv(header=header))
    assert "more than once" not in caught.value.full_reason
    assert "repeated" not in caught.value.parameters


@pytest.mark.parametrize(
    "content", [b"\n\n\n", b"  \r\n\t\r\n", b" ", b"\xef\xbb\xbf", b"sep=;\n\n"]
)
def test_a_file_of_blank_lines_is_empty(content):
    with pytest.raises(UnreadableFile) as caught:
        parse_csv(content)
    assert caught.value.code == "empty_file"
