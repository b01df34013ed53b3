"""Powertools' logger and metrics; service and namespace come from the environment.

Every log line about an upload has the upload's id as correlation_id. The receipt and the alert have
the same id, so that one search finds everything about an upload.
"""

from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics()
