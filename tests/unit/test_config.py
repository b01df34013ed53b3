"""Configuration from the environment and its errors."""

from decimal import Decimal

import pytest

from adapters.config import Config, ConfigError
from api.server_config import KEEPALIVE_SECONDS, SHUTDOWN_SECONDS, ServerConfig

REQUIRED = {"TABLE_NAME": "table", "AWS_REGION": "eu-west-1"}


def test_defaults_of_optional_variables():
    config = Config.from_env(REQUIRED)
    assert config.table_name == "table"
    assert config.region == "eu-west-1"
    assert config.alert_threshold == Decimal("0.5")
    assert config.endpoint_url is None
    assert config.alert_topic_arn == ""
    assert config.api_url == ""


def test_optional_variables_are_read():
    config = Config.from_env(
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
    assert config.alert_threshold == Decimal("0.75")
    assert config.endpoint_url == "http://127.0.0.1:4566"
    assert config.api_url == "http://figures.example"


def test_an_empty_endpoint_is_none():
    assert Config.from_env(REQUIRED | {"AWS_ENDPOINT_URL": ""}).endpoint_url is None


@pytest.mark.parametrize("name", ["TABLE_NAME", "AWS_REGION"])
def test_a_missing_or_empty_variable_is_named(name):
    missing = {key: value for key, value in REQUIRED.items() if key != name}
    for environ in (missing, REQUIRED | {name: ""}):
        with pytest.raises(ConfigError, match=r"(TABLE_NAME|REGION) must be set"):
            Config.from_env(environ)


@pytest.mark.parametrize("text", ["", "high", "-0.1", "nan", "inf", "0,5"])
def test_an_invalid_threshold_is_rejected(text):
    with pytest.raises(ConfigError, match="ALERT_THRESHOLD"):
        Config.from_env(REQUIRED | {"ALERT_THRESHOLD": text})


def test_the_server_listens_on_5000_by_default():
    assert ServerConfig.from_env({}) == ServerConfig("0.0.0.0", 5000)
    assert ServerConfig.from_env({"HOST": "127.0.0.1", "PORT": "8080"}) == ServerConfig(
        "127.0.0.1", 8080
    )


@pytest.mark.parametrize("text", ["", "0", "65536", "http", "-1", "5_000", "٥"])
def test_an_invalid_port_is_rejected(text):
    with pytest.raises(ConfigError, match="PORT"):
        ServerConfig.from_env({"PORT": text})


def test_shutdown_and_keepalive_fit_the_task_and_the_load_balancer():
    assert 2 * SHUTDOWN_SECONDS < 30
    assert KEEPALIVE_SECONDS > 60
