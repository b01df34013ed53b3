"""Configuration, read once from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from aquasense.csvfile.decode import FileLimits


class ConfigError(ValueError):
    """A variable is missing or invalid; the message names it and its valid values."""


@dataclass(frozen=True, slots=True)
class Config:
    """The configuration of an entry point.

    Attributes:
        table_name: the DynamoDB table.
        alert_threshold: default of the datasets, in the dataset's unit.
        region: AWS region.
        endpoint_url: of the AWS API; None on AWS.
        environment: local, dev or prod; for logs and mails.
        alert_topic_arn: topic of the alerts; empty if none are published.
        receipts_bucket: bucket of the receipts; empty if none are written.
        limits: of accepted files.
        history_days: age in days from which an alert about a reading is history.
        silence_days: default number of days without a reading after which a dataset is silent.
        api_url: address of the API without a slash at the end; empty if unknown.
    """

    table_name: str
    alert_threshold: Decimal
    region: str
    endpoint_url: str | None
    environment: str
    alert_topic_arn: str
    receipts_bucket: str
    limits: FileLimits
    history_days: int
    silence_days: int
    api_url: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Config":
        """Read the configuration from the environment.

        Raises:
            ConfigError: TABLE_NAME or the region is missing, ALERT_THRESHOLD is not a number of at
                least 0, or a limit is not a whole number of at least 1.
        """
        text = environ.get("ALERT_THRESHOLD", "0.5")
        try:
            threshold = Decimal(text if text.isascii() and "_" not in text else "NaN")
        except InvalidOperation:
            threshold = Decimal("NaN")
        if not threshold.is_finite() or threshold < 0:
            raise ConfigError(f"ALERT_THRESHOLD must be a number of at least 0, not {text!r}")
        return cls(
            table_name=_required(environ, "TABLE_NAME"),
            alert_threshold=threshold,
            region=environ.get("AWS_REGION") or _required(environ, "AWS_DEFAULT_REGION"),
            endpoint_url=environ.get("AWS_ENDPOINT_URL") or None,
            environment=environ.get("ENVIRONMENT", "local"),
            receipts_bucket=environ.get("RECEIPTS_BUCKET", ""),
            limits=FileLimits(
                line_length=_whole(environ, "MAX_LINE_LENGTH", FileLimits.line_length),
                rows=_whole(environ, "MAX_ROWS", FileLimits.rows),
                size=_whole(environ, "MAX_BYTES", FileLimits.size),
            ),
            history_days=_whole(environ, "HISTORY_DAYS", 30),
            silence_days=_whole(environ, "SILENCE_DAYS", 16),
            alert_topic_arn=environ.get("ALERT_TOPIC_ARN", ""),
            api_url=environ.get("API_URL", "").rstrip("/"),
        )


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise ConfigError(f"{name} must be set")
    return value


def _whole(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise ConfigError(f"{name} must be a whole number of at least 1, not {text!r}")
    return int(text)
