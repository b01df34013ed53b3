"""Run everything on this machine: emulated cloud, deployed stack, API, sample."""

import contextlib
import dataclasses
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import psutil

from aquasense.figures.registry import FIGURES
from cli import process, targets
from cli.console import Failure, Steps, err, out
from cli.data import report
from cli.data.upload import upload
from cli.local import api as local_api
from cli.local import cloud as local_cloud
from cli.local import running
from cli.local.api import Api
from cli.local.cloud import LocalCloud
from cli.local.containers import container_access, function_variables

WATCH_SECONDS = 0.5
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(port: int, cloud_port: int, samples: Sequence[Path], *, keep: bool) -> None:
    """Start everything, upload the sample, and wait for Ctrl-C.

    Raises:
        Failure: a port is taken, a sample does not exist, or something does not start.
    """
    stop_on_signals()
    cloud = LocalCloud(cloud_port, keep=keep)
    api = Api(cloud, port)
    end_leftovers({port, cloud_port})
    process.require_free_port(port, "--port")
    process.require_free_port(cloud.port, "--cloud-port")
    kept = keep and cloud.data_folder.exists()
    keyed = [] if kept else report.select_with_keys(samples)
    try:
        with contextlib.ExitStack() as stack:
            stack.callback(ignore_signals)
            with Steps(5 if keyed else 4) as steps:
                note = _start(cloud, api, steps, stack)
                if keyed:
                    with steps.step("Uploading the sample"):
                        _upload(cloud, keyed)
            note.write()
            print_addresses(cloud, api, kept=kept, empty=not keyed and not kept)
            while True:
                cloud.check()
                api.check()
                time.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        out.print("\nStopping.")


def _start(
    cloud: LocalCloud, api: Api, steps: Steps, stack: contextlib.ExitStack
) -> running.Running:
    """Start the processes, and return the note of the complete cloud."""
    host = stack.enter_context(container_access(cloud.port))
    with ThreadPoolExecutor(1) as threads:
        # The build needs no cloud.
        build = threads.submit(cloud.build)
        with steps.step("Starting the emulated cloud"):
            stack.enter_context(cloud)
        stack.callback(_note(cloud, api, host).remove)
        _note(cloud, api, host).write()
        with steps.step("Building the functions"):
            build.result()
    with steps.step("Deploying template.yaml"):
        cloud.deploy_built(ApiUrl=api.url, EnableHttpApi="true")
        stack.enter_context(function_variables(cloud, host))
    with steps.step("Starting the API"):
        stack.enter_context(api)
    return dataclasses.replace(_note(cloud, api, host), outputs=cloud.outputs)


def stop_on_signals() -> None:
    """Make Ctrl-C, SIGTERM and a closed terminal end the program in the same way."""

    def stop(_number: int, _frame: object) -> None:
        ignore_signals()
        raise KeyboardInterrupt

    for number in SIGNALS:
        signal.signal(number, stop)


def ignore_signals() -> None:
    """Ignore a second Ctrl-C during cleanup."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def end_leftovers(ports: set[int]) -> None:
    """Offer to end the processes of a run that crashed, if they hold one of the ports.

    Raises:
        Failure: they are to stay, or nobody can be asked.
    """
    for note in running.read_notes():
        leftovers = note.leftovers
        if leftovers and ports & {note.cloud_port, note.api_port}:
            names = ", ".join(f"{left.pid} ({' '.join(left.cmdline())[:80]})" for left in leftovers)
            err.print(
                f"An earlier run on ports {note.api_port} and {note.cloud_port} ended without "
                f"stopping its processes: {names}",
                markup=False,
            )
            pids = " ".join(str(left.pid) for left in leftovers)
            if not sys.stdin.isatty() or not click.confirm("End them?", default=True, err=True):
                raise Failure(f"End them with kill {pids}, or choose other ports")
            for left in leftovers:
                left.terminate()
            psutil.wait_procs(leftovers, timeout=process.STOP_SECONDS)
            note.remove()


def _upload(cloud: LocalCloud, keyed: list[tuple[Path, str]]) -> None:
    targets.use_local(cloud.endpoint)
    target = targets.Target(local_cloud.STACK, cloud.region, cloud.endpoint, cloud.outputs)
    upload(target, keyed)


def _note(cloud: LocalCloud, api: Api, host: str) -> running.Running:
    children = [pid for pid in (cloud.pid, api.pid) if pid]
    return running.Running(
        runner=running.ProcessNote.of(os.getpid()),
        children=[running.ProcessNote.of(pid) for pid in children],
        cloud_port=cloud.port,
        api_port=api.port,
        endpoint=cloud.endpoint,
        api=api.url,
        region=cloud.region,
        stack=local_cloud.STACK,
        mail_queue=cloud.mail_queue,
        build=str(getattr(cloud, "build_folder", "")),
        container_host=host,
        outputs={},
    )


def print_addresses(cloud: LocalCloud, api: Api, *, kept: bool, empty: bool) -> None:
    """Print what runs where, and commands to try."""
    out.print("\n".join(_address_lines(cloud, api, kept=kept, empty=empty)), markup=False)


def _address_lines(cloud: LocalCloud, api: Api, *, kept: bool, empty: bool) -> Iterator[str]:
    own = "" if cloud.port == local_cloud.DEFAULT_PORT else f" --cloud-port {cloud.port}"
    ports = f"{own}{'' if api.port == local_api.DEFAULT_PORT else f' --port {api.port}'}"
    month = "month=12&year=2022"
    yield from ("", f"Running. The page is {api.url}, the cloud's AWS API {cloud.endpoint}.")
    if kept:
        yield "The data that an earlier run kept are there; no sample was uploaded."
    if empty:
        yield "The table is empty: --sample none."
    yield from ("", "Try, in another terminal:")
    for figure in FIGURES:
        yield f"  curl '{api.url}/{figure}?{month}'"
    yield f"  ./aquasense upload{own} events/alerta_inventada.csv"
    yield f"  ./aquasense mail{own}"
    data = os.path.relpath(cloud.data_folder)
    yield ""
    if cloud.keep:
        yield f"The data are kept in {data} for the next ./aquasense run --keep{ports}."
    else:
        yield "The data are discarded at the end; ./aquasense run --keep keeps them."
    yield f"Logs are in {os.path.relpath(cloud.folder)}. Ctrl-C stops everything."
