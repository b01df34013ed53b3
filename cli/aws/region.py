"""The AWS region, found in the order of AWS's own tools."""

import http.client
import os
import urllib.request

import boto3

# Address of the instance metadata service, and seconds after which this is no EC2 instance.
METADATA, METADATA_SECONDS = "http://169.254.169.254", 1.0


def find_region() -> str | None:
    """Return the region of AWS_REGION, AWS_DEFAULT_REGION, the profile or the EC2 instance.

    boto3 reads the second and the third only.
    """
    return os.environ.get("AWS_REGION") or boto3.Session().region_name or _instance_region()


def _instance_region() -> str | None:
    """Return the region of this EC2 instance by IMDSv2, or None elsewhere."""
    if os.environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        return None
    try:
        token = _request("PUT", "api/token", "token-ttl-seconds", "60")
        return _request("GET", "meta-data/placement/region", "token", token)
    except (OSError, http.client.HTTPException, ValueError):
        return None


def _request(method: str, path: str, header: str, value: str) -> str:
    address = os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or METADATA
    request = urllib.request.Request(
        f"{address.rstrip('/')}/latest/{path}",
        headers={f"X-aws-ec2-metadata-{header}": value},
        method=method,
    )
    # A proxy cannot reach a link-local address.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=METADATA_SECONDS) as response:
        text: str = response.read().decode().strip()
        return text
