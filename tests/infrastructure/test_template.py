"""Promises of the root template, and numbers in the templates that depend on each other."""

import tomllib

import pytest

from aquasense.csvfile.decode import FileLimits
from aquasense.dates import FIRST_DAY, LAST_DAY
from cli.maintain.replay import RECEIPT_DAYS
from ingest.ingester import RECEIPTS
from tests.infrastructure.templates import PARSED, Stack, functions, properties, resources
from tests.support import ROOT

PARAMETERS = PARSED["template"]["Parameters"]
SAMCONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
BUCKETS = {
    f"{name}.{logical}": resource for name, logical, resource in resources("AWS::S3::Bucket")
}


def event_sources(kind):
    return [
        (function, source["Properties"])
        for function in functions().values()
        for source in function.get("Events", {}).values()
        if source["Type"] == kind
    ]


def referenced(value):
    """Return the logical id in a Ref or GetAtt."""
    return value.get("Ref") or str(value["Fn::GetAtt"]).partition(".")[0]


@pytest.mark.parametrize("name", PARSED)
def test_every_parameter_and_output_has_a_description(name):
    for section in ("Parameters", "Outputs"):
        for logical, entry in (PARSED[name].get(section) or {}).items():
            assert entry.get("Description"), f"{section}.{logical}"


def test_a_message_stays_invisible_six_times_as_long_as_the_function_may_run():
    ((function, source),) = event_sources("SQS")
    queue = properties("template", referenced(source["Queue"]))
    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    # Two slow files in one run would share the time that one of them can need.
    assert source["BatchSize"] == 1


def test_the_limits_of_a_file_are_those_of_the_code():
    names = ("MaxLineLength", "MaxRows", "MaxBytes")
    limits = FileLimits()
    assert [PARAMETERS[name]["Default"] for name in names] == [
        limits.line_length, limits.rows, limits.size,
    ]  # fmt: skip


def test_records_that_the_stream_could_not_deliver_become_dead_letters():
    ((_, source),) = event_sources("DynamoDB")
    assert referenced(source["DestinationConfig"]["OnFailure"]["Destination"]) == "DeadLetterQueue"
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    pattern = source["FilterCriteria"]["Filters"][0]["Pattern"]
    assert '"kind": {"S": ["upload", "withdrawal"]}' in pattern


@pytest.mark.parametrize("bucket", BUCKETS.values(), ids=BUCKETS)
def test_a_bucket_is_private(bucket):
    block = bucket["Properties"]["PublicAccessBlockConfiguration"]
    assert len(block) == 4
    assert set(block.values()) == {True}


@pytest.mark.parametrize("name", [name for name in BUCKETS if name.startswith("template.")])
def test_a_bucket_of_data_is_encrypted_and_outlives_the_stack(name):
    assert BUCKETS[name]["Properties"]["BucketEncryption"]
    assert BUCKETS[name]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_the_raw_bucket_is_versioned_and_its_name_written_out():
    bucket = properties("template", "RawBucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketName"] == {
        "Fn::Sub": "${AWS::StackName}-raw-${AWS::AccountId}-${AWS::Region}"
    }


def test_receipts_expire():
    bucket = properties("template", "ReceiptsBucket")
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["Prefix"]) == ("Enabled", RECEIPTS)
    # A rebuild does not write those again that have expired.
    assert rule["ExpirationInDays"] == RECEIPT_DAYS


def test_the_table_is_on_demand_recoverable_and_streams():
    table = properties("template", "Table")
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["StreamSpecification"]


def test_every_function_has_a_role_of_its_own():
    roles = [(template, logical) for template, logical, _ in resources("AWS::IAM::Role")]
    assert "template" not in {template for template, _ in roles}
    own = {logical for template, logical in roles if template == "function-roles"}
    assert own == {f"{name}Role" for name in functions()}
    root = Stack("template", EnableHttpApi="true")
    for name in functions():
        # Without an explicit role SAM creates one, even where that is not allowed.
        role = root.properties(f"{name}Function")["Role"]
        assert role == f"<FunctionRoles.Outputs.{name}RoleArn>"


@pytest.mark.parametrize("function", functions().values(), ids=functions())
def test_every_function_has_a_handler_and_keeps_its_logs_for_a_set_time(function):
    group = properties("template", referenced(function["LoggingConfig"]["LogGroup"]))
    assert group["RetentionInDays"]
    module, _, name = function["Handler"].rpartition(".")
    path = ROOT / "functions" / (module.replace(".", "/") + ".py")
    assert f"def {name}(" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("environment", ["local", "dev", "prod"])
def test_each_environment_is_a_stack_of_its_own_with_declared_parameters(environment):
    parameters = SAMCONFIG[environment]["deploy"]["parameters"]
    assert parameters["stack_name"] == f"aquasense-{environment}"
    overrides = parameters["parameter_overrides"]
    assert f"Environment={environment}" in overrides
    pairs = overrides if isinstance(overrides, list) else overrides.split()
    assert {pair.partition("=")[0] for pair in pairs} <= PARAMETERS.keys()


def test_history_may_not_be_older_than_the_oldest_possible_reading():
    assert PARAMETERS["HistoryDays"]["MaxValue"] == (LAST_DAY - FIRST_DAY).days + 1
