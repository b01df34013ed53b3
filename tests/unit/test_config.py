"""Configuration from the environment and its errors."""

from decimal import Decimal

import pytest

from adapters.config import Config, ConfigError
from api.cache import FRESHNESS
from api.server_config import ServerConfig

REQUIRED = {"TABLE_NAME": "table", "AWS_REGION": "eu-west-1"}


def test_defaults_of_optional_variables():
    config = Config.from_env(REQUIRED | {"AWS_ENDPOINT_URL": ""})
    assert (config.table_name, config.region) == ("table", "eu-west-1")
    assert config.alert_threshold == Decimal("0.5")
    assert config.endpoint_url is Config.from_env(REQUIRED).endpoint_url is None
    assert config.alert_topic_arn == config.api_url == ""
    assert ServerConfig.from_env({}) == ServerConfig("0.0.0.0", 5000, FRESHNESS)


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
    server = {"HOST": "127.0.0.1", "PORT": "8080", "CACHE_SECONDS": "0"}
    assert ServerConfig.from_env(server) == ServerConfig("127.0.0.1", 8080, 0)


@pytest.mark.parametrize("name", ["TABLE_NAME", "AWS_REGION"])
def test_a_missing_or_empty_variable_is_named(name):
    missing = {key: value for key, value in REQUIRED.items() if key != name}
    for environ in (missing, REQUIRED | {name: ""}):
        with pytest.raises(ConfigError, match=r"(TABLE_NAME|REGION) must be set"):
            Config.from_env(environ)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("ALERT_THRESHOLD", text) for text in ("", "high", "-0.1", "nan", "inf", "0,5")),
        *(("PORT", text) for text in ("", "0", "65536", "http", "-1", "5_000", "٥")),
        *(("CACHE_SECONDS", text) for text in ("3", "2.5", "-1", "x", "", "1e1", "nan", "٢")),
    ],
)
def test_an_invalid_value_is_rejected(name, text):
    config = Config if name == "ALERT_THRESHOLD" else ServerConfig
    with pytest.raises(ConfigError, match=name):
        config.from_env(REQUIRED | {name: text})
