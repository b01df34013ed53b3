"""The subject, the body and the attributes of a mail."""

from dataclasses import replace
from decimal import Decimal

import pytest

from aquasense.alerting.email import compose_email
from aquasense.alerting.ledger import CHANGED, NEW, RETRACTED, Event, LedgerEntry
from aquasense.quality import flags
from tests.support import TEMPERATURE, version

FIRST = "20261123T061648.650Z-0000-1a2b3c4d5e6f"


def entry(date="2026-11-20", deviation="0.625", kind=NEW, before="", doubtful=""):
    return LedgerEntry(date, FIRST, kind, deviation, "28.125", before, "", doubtful)


def mail(*entries, api_url="http://figures.example", dataset=TEMPERATURE, withdrawal=False):
    event = Event(f"{FIRST}#x" if withdrawal else FIRST, FIRST, withdrawal)
    return compose_email(dataset, event, entries or [entry()], "w 47.csv", api_url, 30)


NO_LONGER_ABOVE = entry("2026-11-13", "0.4", RETRACTED, before="0.8")


def many(count):
    return [
        entry(f"{1950 + n // 300}-{n // 25 % 12 + 1:02d}-{n % 25 + 1:02d}") for n in range(count)
    ]


def test_a_mail_has_readings_differences_meaning_and_link_in_both_languages():
    email = mail(entry("2026-11-13"), entry())
    assert email.subject == "AquaSense: marmenor.temperature, 2 lecturas/readings > 0.5, 2026-11-20"
    assert "2 readings with a deviation above the threshold of 0.5 °C" in email.body
    assert "2 lecturas con una desviación superior al umbral de 0.5 °C" in email.body
    assert "2026-11-20  deviation 0.625 °C (0.125 above), mean 28.125 °C" in email.body
    assert "2026-11-20  desviación 0.625 °C (0.125 por encima), media 28.125 °C" in email.body
    assert '"the water is uneven"' in email.body
    assert "«el agua es desigual»" in email.body
    assert "It is a hint" in email.body
    assert "http://figures.example/sd?month=11&year=2026&dataset=marmenor.temperature" in email.body
    assert "File w 47.csv, uploaded 2026-11-23T06:16:48.650Z" in email.body


def test_every_doubt_has_its_phrase():
    [verdicts] = flags.evaluate([version("2022-12-01")], TEMPERATURE.limits).values()
    # A gap is a verdict without a flag.
    for test in {*verdicts, "scale"} - {"gap"}:
        assert f"{test}:" not in mail(entry(doubtful=f"{test}:fail")).body
    body = mail(entry(doubtful="repeat:suspect:2022-12-07")).body
    assert "[DUDOSA: repite la media o la desviación de 2022-12-07]" in body
    assert "[DOUBTFUL: it repeats the mean or the deviation of 2022-12-07]" in body


def test_old_readings_are_marked_as_history_also_beside_a_retraction():
    old = entry("1951-03-01")
    retracted = entry("1952-03-06", "0.4", RETRACTED, before="0.8")
    mixed = mail(old, retracted)
    assert "This is history" in mixed.body
    assert "Son datos históricos" in mixed.body
    # A subscription without history gets the retraction.
    assert mixed.attributes["kind"] == "retraction"
    assert "This is history" not in mail(retracted).body
    assert "This is history" not in mail(entry(), retracted).body


def test_changes_and_retractions_have_the_value_before():
    email = mail(
        entry("2026-11-06", "0.7", CHANGED, before="0.6"),
        NO_LONGER_ABOVE,
        entry("2026-11-20", "", RETRACTED, before="0.9"),
    )
    assert email.subject == (
        "AquaSense: marmenor.temperature, 1 lectura/reading > 0.5, "
        "2 avisos retirados/alerts retracted"
    )
    assert "deviation 0.7 °C (0.2 above), mean 28.125 °C (before: 0.6)" in email.body
    assert "2026-11-13  before 0.8 °C, now 0.4 °C: not above the threshold" in email.body
    assert "2026-11-20  before 0.9 °C, now without a reading" in email.body
    assert "2 avisos se retiran:" in email.body
    assert email.attributes["kind"] == "alert"


def test_a_doubtful_reading_is_marked_with_its_doubts():
    email = mail(entry(doubtful="spike:fail, scale:10.5"))
    assert (
        "[DOUBTFUL: a lone spike between its neighbours, "
        "the file's deviations are about 10.5 times the usual]"
    ) in email.body
    assert (
        "[DUDOSA: pico aislado entre sus vecinas, "
        "las desviaciones del fichero son unas 10.5 veces las habituales]"
    ) in email.body
    assert email.attributes["severity"] == "doubtful"


def test_history_is_marked_and_lists_each_date():
    entries = many(36)
    email = mail(*entries)
    assert email.attributes["kind"] == "history"
    assert email.subject.startswith(
        "AquaSense historia/history: marmenor.temperature, 36 lecturas/"
    )
    assert "This is history" in email.body
    assert all(email.body.count(f"  {entry.date}  ") == 2 for entry in entries)


def test_the_mail_of_a_withdrawal_names_the_deleted_file():
    email = mail(entry(deviation="", kind=RETRACTED, before="0.6"), withdrawal=True)
    assert "File w 47.csv, deleted 2026-11-23T06:16:48.650Z" in email.body
    assert email.subject == (
        "AquaSense: marmenor.temperature, 1 aviso retirado/alert retracted, 2026-11-20"
    )


def test_the_meaning_of_a_high_value_is_left_out_without_one():
    for phrase in ("the water is uneven", "el agua es desigual"):
        assert phrase not in mail(NO_LONGER_ABOVE).body
        assert phrase in mail(NO_LONGER_ABOVE, entry()).body


def test_a_mail_of_one_reading_is_in_the_singular_and_has_its_attributes():
    email = mail(api_url="")
    assert ", 1 lectura/reading > 0.5, 2026-11-20" in email.subject
    assert "1 reading with a deviation" in email.body
    # Without the address of the API it has no link.
    assert "http" not in email.body
    assert email.attributes == {
        "kind": "alert", "dataset": "marmenor.temperature", "severity": "moderate", "upload": FIRST,
    }  # fmt: skip


@pytest.mark.parametrize(
    "threshold", ["0.5", "0.0000001", "123456.789012345678901234567890", "1E+30"]
)
def test_every_subject_is_valid_for_sns(threshold):
    dataset = replace(TEMPERATURE, name=40 * "a", threshold=Decimal(threshold))
    for entries in (many(10_000), [NO_LONGER_ABOVE], [*many(10_000), NO_LONGER_ABOVE]):
        subject = mail(*entries, dataset=dataset).subject
        assert subject.isascii()
        assert subject.isprintable()
        assert len(subject) <= 100
        assert subject.startswith("AquaSense")


def test_a_subject_too_long_for_two_languages_is_in_english():
    dataset = replace(TEMPERATURE, name=40 * "a", threshold=Decimal("0.123456789"))
    assert mail(*many(1000), NO_LONGER_ABOVE, dataset=dataset).subject == (
        f"AquaSense: {40 * 'a'}, 1000 readings > 0.123456789, 1 alert retracted"
    )


def test_a_list_too_long_for_sns_is_cut_with_the_number_left_out():
    body = mail(*many(40_000)).body
    listed = body.count(" above), mean ")
    assert 1000 < listed < 40_000
    assert f"and {40_000 - listed} more, up to " in body
    assert len(body.encode()) < 256 * 1024


def test_each_language_has_its_own_title_of_the_dataset():
    spanish, english = mail().body.split("-" * 72)
    assert "temperatura media del agua del muestreo semanal" in spanish
    assert "mean water temperature of the weekly survey" in english
    assert mail(dataset=replace(TEMPERATURE, title_es="Salinidad")).body.startswith("Salinidad (")
