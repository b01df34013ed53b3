"""The datasets of datasets.toml, and the errors in it."""

import re
import textwrap
from dataclasses import fields
from decimal import Decimal

import pytest

from aquasense import datasets
from aquasense.datasets import UnknownDataset
from aquasense.figures import completeness
from aquasense.metadata import description
from aquasense.quality.limits import QualityLimits, describe_limits
from cli.console import Failure
from cli.datasets import check_datasets, list_datasets, list_missing
from tests.support import DATASETS, ROOT

HALF = Decimal("0.5")
# The default dataset alone: a deployment may add others.
OWN = re.split(
    r'^(?=\["(?!marmenor\.temperature"))',
    datasets.SOURCE.read_text(encoding="utf-8"),
    flags=re.MULTILINE,
)[0]


def load(tmp_path, text, threshold=HALF):
    source = tmp_path / "datasets.toml"
    source.write_text(text, encoding="utf-8")
    return datasets.load_datasets(threshold, source)


def another(name='"marmenor.salinity"', **members):
    """Return a copy of the default dataset under another name, with these members added."""
    text = OWN.replace('"marmenor.temperature"', name).replace("default = true\n", "")
    extra = "".join(f"{member} = {value}\n" for member, value in members.items())
    return text.replace("title =", f"{extra}title =", 1)


def test_the_threshold_of_the_deployment_is_the_default():
    shipped = datasets.load_datasets(Decimal("0.75")).default
    assert (shipped.name, shipped.unit) == ("marmenor.temperature", "degree_Celsius")
    assert shipped.threshold == Decimal("0.75")


def test_the_first_folder_of_a_key_names_the_dataset():
    for key in ("temperatura_1.csv", "marmenor.temperature/a.csv", "marmenor.temperature/a/b.csv"):
        assert DATASETS.for_key(key).name == "marmenor.temperature"


@pytest.mark.parametrize("key", ["salinity/2024.csv", "/2024.csv", "Marmenor.temperature/a.csv"])
def test_a_folder_that_names_no_dataset_is_an_error(key):
    with pytest.raises(UnknownDataset, match=r"marmenor\.temperature"):
        DATASETS.for_key(key)


def test_a_table_of_the_file_adds_a_dataset(tmp_path):
    catalog = load(tmp_path, OWN + another(threshold="2.5"))
    assert catalog.for_key("marmenor.salinity/2024.csv").threshold == Decimal("2.5")
    assert catalog.for_key("2024.csv").name == "marmenor.temperature"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OWN.replace("default = true", ""), "exactly one dataset must be the default"),
        (OWN + another(default="true"), "exactly one dataset must be the default"),
        (OWN + another('"Mar Menor"'), "a name is"),
        (OWN + another('"a#b"'), "a name is"),
        (OWN + another(f'"{41 * "a"}"'), "a name is"),
        (OWN + another(colour='"blue"'), "marmenor.salinity: unknown member 'colour'"),
        (OWN + another(threshold="-1"), "threshold must be"),
        (OWN + another(threshold="nan"), "threshold must be"),
        (OWN + another(threshold='"high"'), "threshold must be"),
        (OWN.replace('unit = "degree_Celsius"\n', ""), "unit must be a text"),
        (OWN.replace('"degree_Celsius"', '""'), "unit must be a text"),
        (OWN + another('"uploads"'), "'uploads': the name is taken"),
        (OWN.replace('title_es = "', 'title_es = 7 # "'), "temperature: title_es must be a text"),
        (OWN + another(silence_days="-1"), "silence_days must be"),
        (OWN + another(silence_days="true"), "silence_days must be"),
        (OWN + another(silence_days="1.5"), "silence_days must be"),
        (OWN + another(depth="nan"), "depth must be a number"),
        (OWN + another(depth='"deep"'), "depth must be a number"),
        (OWN + another(depth="9" * 400), "depth must be a number from -11000"),
        (
            OWN.replace("latitude = 37.73", "latitude = 91"),
            "latitude must be a number from -90 to 90",
        ),
        (OWN.replace("latitude = 37.73\n", ""), "latitude and longitude need each other"),
        (OWN + another(institution="7"), "institution must be a text"),
        (OWN + another(creator='"me"'), "creator must be a table of name, email, url"),
        (OWN + another(creator='{ name = "me" }'), "creator must be a table of name, email, url"),
        (
            OWN + another(creator='{ name = "n", email = "e", url = "example.org" }'),
            "creator: url must begin with http",
        ),
        (OWN.replace("keywords = [", "keywords = [7, "), "keywords: each must be a text"),
        (OWN + another('"marmenor_temperature"'), "marmenor_temperature'?, as marmenor.temp"),
        (
            OWN + another('"a"') + another('"a-monthly"'),
            "a-monthly: has the table id 'a_monthly', as a has",
        ),
        (OWN.replace('"sea_water_temperature"', '"Sea water"'), "standard_name must be"),
        ("stray = 1\n" + OWN, "dataset stray: must be a table"),
        (OWN.replace("fail = [-2, 40]", "fail = [40, -2]"), "flags: fail must be"),
        (OWN.replace("spike_fail", "spike"), "flags: unknown member 'spike'"),
        (OWN.replace("rate_suspect = 1.0\n", ""), "flags: rate_suspect must be a number"),
        (OWN.replace("spike_fail", "spike"), "members are fail, suspect, deviation_suspect"),
        (OWN.replace("rate_suspect = 1.0", "rate_suspect = inf"), "rate_suspect must be a number"),
        (OWN.replace("days = 21", "days = 21.5"), "gap_suspect_days must be a whole number"),
        (OWN.replace("days = 21", "days = -1"), "gap_suspect_days must be a whole number"),
        (
            OWN.partition('["marmenor.temperature".flags]')[0] + "flags = 3",
            "flags: must be a table",
        ),
    ],
)
def test_the_error_of_a_wrong_file_names_the_member(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        load(tmp_path, text)


def test_silence_days_and_title_es_are_optional(tmp_path):
    text = "\n".join(line for line in OWN.splitlines() if not line.startswith("title_es"))
    catalog = load(tmp_path, text + "\n" + another(silence_days="0"))
    assert catalog.default.silence_days is None
    assert catalog.get("marmenor.salinity").silence_days == 0
    assert catalog.default.title_es == DATASETS.default.title


def test_members_that_a_standard_misses_are_listed(tmp_path, capsys):
    assert list_missing(load(tmp_path, OWN).default) == {
        "ACDD": ["depth", "institution", "project", "creator"]
    }
    bare = re.sub(r"(?m)^(?:latitude|longitude|keywords|licence|source) = .*\n", "", OWN)
    members = ["latitude", "longitude"]
    assert list_missing(load(tmp_path, bare).default) == {
        "CF": members,
        "ACDD": [*members, "depth", "institution", "project", "creator", "keywords", "licence",
                 "source"],
    }  # fmt: skip
    list_datasets()
    assert "  missing for ACDD: depth, institution" in capsys.readouterr().out


def test_make_datasets_checks_the_file(tmp_path):
    assert check_datasets().default.name == "marmenor.temperature"
    wrong = tmp_path / "datasets.toml"
    for text in ("[", OWN.replace("default = true", "")):
        wrong.write_text(text, encoding="utf-8")
        with pytest.raises(Failure, match=r"^datasets\.toml: "):
            check_datasets(wrong)


def test_the_docs_page_has_every_member_and_a_valid_example(tmp_path):
    text = (ROOT / "docs" / "datasets.md").read_text(encoding="utf-8")
    members = set(datasets._TEXTS + datasets._OPTIONAL_TEXTS + datasets._OTHERS)
    members |= set(description.MEMBERS) | {
        field.name for field in (*fields(QualityLimits), *fields(completeness.CompletenessRule))
    }
    # The table of limits on the page is generated from their meanings.
    assert describe_limits().keys() == {field.name for field in fields(QualityLimits)}
    assert not [member for member in members if f"`{member}`" not in text]
    example = textwrap.dedent(text.partition("```toml\n")[2].partition("```")[0])
    salinity = load(tmp_path, OWN + "\n" + example).get("marmenor.salinity")
    assert salinity.unit == "1"
    assert list_missing(salinity) == {}
