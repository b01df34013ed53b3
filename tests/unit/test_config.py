"""Configuration from the environment, and one line that says what is wrong with it."""

from decimal import Decimal

import pytest

from adapters.config import Config, ConfigError
from api.server_config import KEEPALIVE_SECONDS, SHUTDOWN_SECONDS, ServerConfig

LEAST = {"TABLE_NAME": "table", "AWS_REGION": "eu-west-1"}


def test_the_least_there_must_be():
    found = Config.from_env(LEAST)
    assert found.table_name == "table"
    assert found.region == "eu-west-1"
    assert found.alert_threshold == Decimal("0.5")
    assert found.endpoint_url is None
    assert found.alert_topic_arn == ""
    assert found.api_url == ""


def test_everything_there_can_be():
    found = Config.from_env(
        {
            "TABLE_NAME": "table",
            "AWS_DEFAULT_REGION": "eu-south-2",
            "ALERT_THRESHOLD": "0.75",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
            "ENVIRONMENT": "prod",
            "ALERT_TOPIC_ARN": "arn:aws:sns:eu-south-2:000000000000:topic",
            "API_URL": "http://figures.example/",
        }
    )
    assert found.alert_threshold == Decimal("0.75")
    assert found.endpoint_url == "http://127.0.0.1:4566"
    assert found.api_url == "http://figures.example"


def test_an_empty_endpoint_is_none():
    assert Config.from_env(LEAST | {"AWS_ENDPOINT_URL": ""}).endpoint_url is None


@pytest.mark.parametrize("name", ["TABLE_NAME", "AWS_REGION"])
def test_what_is_missing_or_empty_is_named(name):
    missing = {key: value for key, value in LEAST.items() if key != name}
    for environ in (missing, LEAST | {name: ""}):
        with pytest.raises(ConfigError, match=r"(TABLE_NAME|REGION) must be set"):
            Config.from_env(environ)


@pytest.mark.parametrize("text", ["", "high", "-0.1", "nan", "inf", "0,5"])
def test_a_threshold_that_makes_no_sense_is_refused(text):
    with pytest.raises(ConfigError, match="ALERT_THRESHOLD"):
        Config.from_env(LEAST | {"ALERT_THRESHOLD": text})


def test_the_server_listens_on_5000_unless_told_otherwise():
    assert ServerConfig.from_env({}) == ServerConfig("0.0.0.0", 5000)
    assert ServerConfig.from_env({"HOST": "127.0.0.1", "PORT": "8080"}) == ServerConfig(
        "127.0.0.1", 8080
    )


@pytest.mark.parametrize("text", ["", "0", "65536", "http", "-1", "5_000", "٥"])
def test_a_port_that_is_none_is_refused(text):
    with pytest.raises(ConfigError, match="PORT"):
        ServerConfig.from_env({"PORT": text})


def test_stopping_fits_the_tasks_stop_timeout_and_keepalive_the_load_balancer():
    assert 2 * SHUTDOWN_SECONDS < 30
    assert KEEPALIVE_SECONDS > 60
