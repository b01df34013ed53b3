"""The command line: help, wrong usage, the choice of a local cloud, and make's verbs."""

import os
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from cli import environment
from cli.console import Failure
from cli.local import run, running
from cli.main import SECTIONS, aquasense, main
from tests.support import ROOT

COMMANDS = [name for _, names in SECTIONS.values() for name in names]


@pytest.fixture
def notes(monkeypatch, tmp_path):
    """Return a function that writes the note of a local cloud of this process."""
    monkeypatch.setattr(running, "LOCAL", tmp_path)

    def write(port, *, runner=None, children=(), outputs=None):
        note = running.Running(
            runner=runner or running.ProcessNote.of(os.getpid()),
            children=list(children),
            cloud_port=port,
            api_port=port + 1,
            endpoint=f"http://127.0.0.1:{port}",
            api=f"http://localhost:{port + 1}",
            region="eu-west-1",
            stack="aquasense-local",
            mail_queue="mail",
            build="",
            container_host="",
            outputs={"TableName": "table"} if outputs is None else outputs,
        )
        note.write()
        return note

    return write


def options_of(name):
    """Return the options of a command, apart from hidden ones, by their names."""
    command = aquasense.get_command(click.Context(aquasense), name)
    return {
        option: parameter
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.hidden
        for option in parameter.opts
    }


@pytest.fixture
def child():
    """Start a process that does nothing until it is terminated."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        yield running.ProcessNote.of(process.pid)
        process.kill()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_with_its_name(name):
    result = CliRunner().invoke(aquasense, [name, "--help"])
    assert result.exit_code == 0
    example = result.output.partition("Example:")[2]
    assert f"./aquasense {name}" in example


def test_every_command_that_reports_prints_json_on_request():
    without = {"run", "invoke", "start-api", "completion"}
    without |= {"bootstrap", "image", "push", "deploy", "destroy"}
    assert {name for name in COMMANDS if "--json" not in options_of(name)} == without


def test_yes_answers_the_question_of_every_command_that_has_it():
    with_yes = {name for name in COMMANDS if "--yes" in options_of(name)}
    assert with_yes == {"delete", "purge", "rebuild", "deploy", "smoke"}
    for name in with_yes:
        assert options_of(name)["--yes"].is_flag
        assert options_of(name)["--yes"].help.endswith("without asking.")


@pytest.mark.parametrize("option", ["--confirm", "--yes"])
def test_destroy_takes_the_name_of_the_stack_by_its_option_and_by_the_earlier_one(
    monkeypatch, option
):
    calls = []
    monkeypatch.setattr("cli.deploy.destroy.destroy", lambda *values: calls.append(values))
    with pytest.raises(SystemExit) as ended:
        main(["destroy", "--env", "dev", option, "aquasense-dev"])
    assert (ended.value.code, calls) == (None, [("dev", "aquasense-dev")])


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["upload"],
        ["mail", "--cloud-port", "abc"],
        ["mail", "--cloud-port", "70000"],
        ["verify", "--env", "foo"],
        ["deploy", "--env", "local"],
        ["mail", "--env", "foo"],
    ],
)
def test_wrong_usage_exits_with_2_and_names_what_is_wrong(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert arguments[-1] in output.err
    assert output.err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code"), [(click.Abort(), 130), (KeyboardInterrupt(), 130), (Failure("no"), 1)]
)
def test_an_error_in_a_command_gives_its_exit_code(monkeypatch, error, code):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("cli.datasets.list_datasets", fail)
    with pytest.raises(SystemExit) as ended:
        main(["datasets"])
    assert ended.value.code == code


def test_the_only_local_cloud_is_used(notes, capsys):
    written = notes(4600)
    assert running.find() == written == running.find(4600)
    assert capsys.readouterr().err == ""


def test_among_local_clouds_one_is_named_and_never_guessed(notes, capsys):
    notes(4600)
    second = notes(4700)
    with pytest.raises(Failure, match=r"ports 4600, 4700: choose with --cloud-port"):
        running.find()
    assert running.find(4700) == second
    assert "port 4700" in capsys.readouterr().err


@pytest.mark.parametrize("port", [None, 4600])
def test_without_a_local_cloud_the_message_says_how_to_start_one(notes, port):
    ended = running.ProcessNote(os.getpid(), started=1.0)
    notes(4600, runner=ended)
    with pytest.raises(Failure, match=r"start one with \./aquasense run"):
        running.find(port)


def test_a_cloud_that_is_still_starting_is_not_used(notes):
    notes(4600, outputs={})
    with pytest.raises(Failure, match="still starting"):
        running.find()


def test_processes_of_a_crashed_run_are_named_if_they_hold_a_port(notes, child, capsys):
    notes(4600, runner=running.ProcessNote(os.getpid(), started=1.0), children=[child])
    run.end_leftovers({5000, 4566})
    assert capsys.readouterr().err == ""
    with pytest.raises(Failure, match=f"kill {child.pid}"):
        run.end_leftovers({4601, 4566})
    assert "ports 4601 and 4600" in capsys.readouterr().err.replace("\n", " ")
    assert child.find()


def test_processes_of_a_crashed_run_are_ended_on_request(notes, child, monkeypatch):
    notes(4600, runner=running.ProcessNote(os.getpid(), started=1.0), children=[child])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(click, "confirm", lambda *_, **__: True)
    run.end_leftovers({4600})
    assert not child.find()
    assert running.read_notes() == []


@pytest.mark.parametrize(
    ("verb", "command"),
    [
        (
            ["upload", "FILES='a b.csv' folder", "DATASET=marmenor.salinity", "ENV=dev"],
            "upload --dataset marmenor.salinity --env dev  'a b.csv' folder",
        ),
        (["check", "FILES=a.csv", "CLOUD_PORT=4600"],
         "check  --env local --cloud-port 4600 a.csv"),
        (["mail", "ENV=foo"], "mail --env foo "),
        (["invoke", "EVENT=sqs-put"], "invoke  sqs-put"),
        (["run", "SAMPLE="], 'run --port 5000  --sample "none"'),
        (["verify", "ENV=prod"], "verify --env prod "),
        (["destroy", "ENV=dev", "YES=aquasense-dev"], "destroy --env dev --confirm aquasense-dev"),
    ],
)  # fmt: skip
def test_a_verb_of_make_is_a_command(verb, command):
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    result = subprocess.run(
        ["make", "--dry-run", *verb], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines()[-1] == f"exec ./aquasense {command}"


def test_parameters_of_a_deployment_keep_their_spaces(tmp_path):
    fake = tmp_path / "aquasense"
    fake.write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    fake.chmod(0o755)
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    result = subprocess.run(
        ["make", "deploy", "ENV=dev", "SET=AlertEmail=a@b.org Owner='two words'", f"CLI={fake}"],
        cwd=ROOT, env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    # Where the page's libraries are not installed, make says so first.
    assert result.stdout.splitlines()[-1] == (
        "deploy|--env|dev|--set|AlertEmail=a@b.org|--set|Owner=two words|"
    )


def test_an_environment_variable_for_python_that_does_not_run_is_refused():
    result = subprocess.run(
        [ROOT / "tools/find-python"],
        cwd=ROOT, env=os.environ | {"PYTHON": "/nope"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (1, "")
    assert "PYTHON=/nope" in result.stderr


def test_an_aws_environment_of_the_user_does_not_reach_the_local_cloud(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "work")
    env = environment.local_env("http://127.0.0.1:4600")
    assert "AWS_PROFILE" not in env
    assert env["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4600"
