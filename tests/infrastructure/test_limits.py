"""What strangers, mistakes and accidents can cost: limits of the templates."""

from typing import Any

import pytest

from cli.aws.costs import OFF
from tests.infrastructure.templates import PARSED, Stack, resources

# Runs at once of all functions in a new account or a lab.
SMALLEST_ACCOUNT = 10
# Seconds of an answer on a cold table, generously.
ANSWER = 0.1


def concurrent_queries(**parameters: Any) -> float:
    """Return how many runs of the query function strangers can cause at once."""
    root = Stack("template", **parameters)
    reserved = root.properties("QueryFunction").get("ReservedConcurrentExecutions")
    settings = root.properties("HttpApiStage")["DefaultRouteSettings"]
    throttled = settings["ThrottlingBurstLimit"] + settings["ThrottlingRateLimit"] * ANSWER
    return min(throttled, reserved or throttled)


def test_the_public_api_leaves_capacity_for_ingest_in_the_smallest_account() -> None:
    ingest = PARSED["template"]["Resources"]["IngestFunction"]["Properties"]["Events"]["Files"]
    runs = ingest["Properties"]["ScalingConfig"]["MaximumConcurrency"]
    # One run is for notify or watch.
    assert concurrent_queries() + runs + 1 <= SMALLEST_ACCOUNT
    assert "ReservedConcurrentExecutions" not in Stack("template").properties("QueryFunction")


def test_a_reserve_bounds_the_query_function() -> None:
    assert concurrent_queries(QueryConcurrency=20) == 20


def test_the_table_has_a_throughput_cap() -> None:
    table = Stack("template", MaxReadUnits=500, MaxWriteUnits=600).properties("Table")
    assert table["OnDemandThroughput"] == {"MaxReadRequestUnits": 500, "MaxWriteRequestUnits": 600}


@pytest.mark.parametrize(("value", "protected"), [("true", True), ("false", False)])
def test_deletion_protection_is_a_parameter(value: str, protected: bool) -> None:
    table = Stack("template", EnableDeletionProtection=value).properties("Table")
    assert table["DeletionProtectionEnabled"] is protected


def test_a_budget_mails_the_operators() -> None:
    root = Stack("template", MonthlyBudget=100, OperatorsEmail="ops@example.org")
    passed = root.properties("Budget")["Parameters"]
    budget = Stack("budget", **passed).properties("Budget")
    assert budget["Budget"]["BudgetLimit"] == {"Amount": 100, "Unit": "USD"}
    mails = budget["NotificationsWithSubscribers"]
    assert {mail["Notification"]["NotificationType"] for mail in mails} == {"ACTUAL", "FORECASTED"}
    assert {entry["Address"] for mail in mails for entry in mail["Subscribers"]} == {
        "ops@example.org"
    }


REPLICA = "arn:aws:s3:::aquasense-copy"


def test_a_replica_gets_every_version_and_delete_marker() -> None:
    root = Stack("template", ReplicaBucketArn=REPLICA)
    configuration = root.properties("RawBucket")["ReplicationConfiguration"]
    [rule] = configuration["Rules"]
    # An empty prefix: every file.
    assert (rule["Status"], rule["Filter"]) == ("Enabled", {"Prefix": ""})
    assert rule["DeleteMarkerReplication"] == {"Status": "Enabled"}
    assert rule["Destination"] == {"Bucket": REPLICA}
    assert "ReplicationConfiguration" not in Stack("template").properties("RawBucket")
    assert Stack("replica").properties("Bucket")["VersioningConfiguration"]["Status"] == "Enabled"


def test_the_role_of_the_replication_names_the_raw_bucket() -> None:
    root = Stack("template", ReplicaBucketArn=REPLICA)
    passed = root.properties("Replication")["Parameters"]
    assert passed["SourceBucketName"] == root.properties("RawBucket")["BucketName"]
    [policy] = Stack("replication", **passed).properties("Role")["Policies"]
    allowed = {
        (action, statement["Resource"])
        for statement in policy["PolicyDocument"]["Statement"]
        for action in statement["Action"]
    }
    assert ("s3:ReplicateDelete", f"{REPLICA}/*") in allowed
    # The replica cannot lose a version by this role.
    assert not {action for action, _ in allowed if action.startswith("s3:DeleteObject")}


@pytest.mark.parametrize(("account", "foreign"), [("000000000000", False), ("1" * 12, True)])
def test_only_another_account_is_named_in_the_policy_of_the_replica(
    account: str, foreign: bool
) -> None:
    policy = Stack("replica", SourceAccount=account).properties("BucketPolicy")["PolicyDocument"]
    names = {statement["Sid"] for statement in policy["Statement"]}
    assert ("Replicate" in names) is foreign


def test_who_put_or_deleted_a_file_is_recorded_if_it_is_asked_for() -> None:
    root = Stack("template", FileLogDays=90)
    passed = root.properties("FileLog")["Parameters"]
    log = Stack("file-log", **(passed | {"BucketArn": "arn:raw"}))
    [selector] = log.properties("Trail")["AdvancedEventSelectors"]
    fields = {field.pop("Field"): field for field in selector["FieldSelectors"]}
    assert fields["readOnly"] == {"Equals": ["false"]}
    assert fields["resources.ARN"] == {"StartsWith": ["arn:raw/"]}
    [rule] = log.properties("Records")["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == 90
    assert "FileLog" not in Stack("template").resources


def test_every_option_with_a_price_is_off_by_default() -> None:
    for name in ("MonthlyBudget", "ReplicaBucketArn", "FileLogDays", "RateLimit"):
        assert str(PARSED["template"]["Parameters"][name]["Default"]) in OFF
    trails = {name for name, _, _ in resources("AWS::CloudTrail::Trail")}
    assert trails == {"file-log"}
