"""What the templates promise, and that the numbers in them agree with each other."""

import tomllib
from itertools import chain

import pytest
import yaml

from aquasense.csvfile.decode import FileLimits
from aquasense.dates import FIRST_DAY, LAST_DAY
from tests.support import ROOT


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms kept: !Ref X becomes {"Ref": "X"}."""


def _tagged(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", _tagged)

TEMPLATES = [
    path
    for path in sorted(
        chain(ROOT.glob("*.yaml"), ROOT.glob("ecs/*.yaml"), ROOT.glob("stacks/*.yaml"))
    )
    if path.read_text(encoding="utf-8").startswith("AWSTemplateFormatVersion")
]


def template(path):
    return yaml.load(path.read_text(encoding="utf-8"), Loader)


ROOT_TEMPLATE = template(ROOT / "template.yaml")
RESOURCES = ROOT_TEMPLATE["Resources"]


def of_type(kind, resources=RESOURCES):
    return {name: one for name, one in resources.items() if one["Type"] == kind}


def event_sources(kind):
    for function in of_type("AWS::Serverless::Function").values():
        for source in function["Properties"].get("Events", {}).values():
            if source["Type"] == kind:
                yield function["Properties"], source["Properties"]


def named(value):
    """The resource a Ref or GetAtt speaks of."""
    return value.get("Ref") or str(value["Fn::GetAtt"]).partition(".")[0]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_parameter_and_output_says_what_it_is(path):
    found = template(path)
    for section in ("Parameters", "Outputs"):
        for name, one in (found.get(section) or {}).items():
            assert one.get("Description"), f"{section}.{name}"


def test_a_message_stays_hidden_six_times_as_long_as_the_function_may_run():
    found = list(event_sources("SQS"))
    assert found
    for function, source in found:
        queue = RESOURCES[named(source["Queue"])]["Properties"]
        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
        assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        # Two slow files in one run would share the time that one of them can need.
        assert source["BatchSize"] == 1


def test_the_limits_of_a_file_are_those_of_the_code():
    parameters = ROOT_TEMPLATE["Parameters"]
    limits = FileLimits()
    assert parameters["MaxBytes"]["Default"] == limits.size
    assert parameters["MaxRows"]["Default"] == limits.rows
    assert parameters["MaxLineLength"]["Default"] == limits.line_length


def test_what_the_stream_could_not_deliver_is_kept():
    ((_, source),) = event_sources("DynamoDB")
    assert named(source["DestinationConfig"]["OnFailure"]["Destination"]) == "DeadLetterQueue"
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    pattern = source["FilterCriteria"]["Filters"][0]["Pattern"]
    assert '"kind": {"S": ["upload", "withdrawal"]}' in pattern


@pytest.mark.parametrize("name", of_type("AWS::S3::Bucket"))
def test_a_bucket_is_encrypted_private_and_outlives_the_stack(name):
    bucket = RESOURCES[name]
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["Properties"]["PublicAccessBlockConfiguration"]) == 4
    assert bucket["Properties"]["BucketEncryption"]
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"


def test_the_raw_bucket_is_versioned_and_its_name_written_out():
    bucket = RESOURCES["RawBucket"]["Properties"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketName"] == {
        "Fn::Sub": "${AWS::StackName}-raw-${AWS::AccountId}-${AWS::Region}"
    }


def test_the_table_is_on_demand_recoverable_and_streams():
    table = RESOURCES["Table"]["Properties"]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["StreamSpecification"]


def test_an_existing_role_replaces_every_role():
    assert ROOT_TEMPLATE["Conditions"]["CreateRoles"] == {
        "Fn::Equals": [{"Ref": "ExistingRoleArn"}, ""]
    }
    assert not of_type("AWS::IAM::Role")
    assert RESOURCES["FunctionRoles"]["Condition"] == "CreateRoles"
    for name, function in of_type("AWS::Serverless::Function").items():
        # Without an explicit role SAM creates one, even where that is not allowed.
        condition, created, existing = function["Properties"]["Role"]["Fn::If"]
        assert condition == "CreateRoles", name
        assert created == {"Fn::GetAtt": f"FunctionRoles.Outputs.{role_of(name)}Arn"}
        assert existing == {"Ref": "ExistingRoleArn"}, name


def role_of(function):
    return function.removesuffix("Function") + "Role"


def test_every_function_has_a_role_of_its_own():
    roles = of_type("AWS::IAM::Role", template(ROOT / "stacks/function-roles.yaml")["Resources"])
    assert roles.keys() == {role_of(name) for name in of_type("AWS::Serverless::Function")}


def test_the_root_template_stays_short():
    assert len((ROOT / "template.yaml").read_text(encoding="utf-8").splitlines()) <= 600


def test_every_function_keeps_its_logs_for_a_set_time():
    for name, function in of_type("AWS::Serverless::Function").items():
        group = RESOURCES[named(function["Properties"]["LoggingConfig"]["LogGroup"])]
        assert group["Properties"]["RetentionInDays"], name


def test_every_handler_is_there():
    for function in of_type("AWS::Serverless::Function").values():
        module, _, name = function["Properties"]["Handler"].rpartition(".")
        path = ROOT / "functions" / (module.replace(".", "/") + ".py")
        assert f"def {name}(" in path.read_text(encoding="utf-8")


def test_samconfig_sets_only_parameters_there_are():
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    for environment, commands in config.items():
        if environment == "version":
            continue
        overrides = commands.get("deploy", {}).get("parameters", {}).get("parameter_overrides", "")
        pairs = overrides if isinstance(overrides, list) else overrides.split()
        names = {pair.partition("=")[0] for pair in pairs}
        assert names <= set(ROOT_TEMPLATE["Parameters"]), environment


@pytest.mark.parametrize("environment", ["local", "dev", "prod"])
def test_each_environment_is_a_stack_of_its_own(environment):
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    parameters = config[environment]["deploy"]["parameters"]
    assert parameters["stack_name"] == f"aquasense-{environment}"
    assert f"Environment={environment}" in parameters["parameter_overrides"]


def test_nothing_deployed_names_a_moving_image():
    for path in TEMPLATES:
        assert ":latest" not in path.read_text(encoding="utf-8"), path.name


def test_history_may_not_be_older_than_the_oldest_reading_there_can_be():
    days = ROOT_TEMPLATE["Parameters"]["HistoryDays"]
    assert days["MaxValue"] == (LAST_DAY - FIRST_DAY).days + 1
