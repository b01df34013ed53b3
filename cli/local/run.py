"""Run everything on this machine: emulated cloud, deployed stack, API, sample."""

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from aquasense.figures.registry import FIGURES
from cli import process, targets
from cli.console import Steps, out
from cli.data import report, upload
from cli.local import cloud as local_cloud
from cli.local import running
from cli.local.api import Api
from cli.local.cloud import LocalCloud

WATCH_SECONDS = 0.5
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(port: int, cloud_port: int, sample_paths: Sequence[Path]) -> None:
    """Start everything, upload the sample, and wait for Ctrl-C."""
    stop_on_signals()
    cloud = LocalCloud(cloud_port)
    sample = report.select_with_keys(sample_paths)
    process.require_free_port(port, "--port")
    process.require_free_port(cloud.port, "--cloud-port")
    api = Api(cloud, port)
    note = None
    try:
        with Steps(5 if sample else 4) as steps:
            with steps.step("Starting the emulated cloud"):
                cloud.start()
            with steps.step("Building the functions"):
                cloud.build()
            with steps.step("Deploying template.yaml"):
                cloud.deploy_built(ApiUrl=api.url, EnableHttpApi="true")
            with steps.step("Starting the API"):
                api.start()
            note = _note(cloud, api)
            if sample:
                with steps.step("Uploading the sample"):
                    _upload(cloud, sample)
        note.write()
        _print_addresses(cloud, api, sample)
        while True:
            cloud.check()
            api.check()
            time.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        out.print("\nStopping.")
    finally:
        # Leave no process running, and no note that says one does.
        ignore_signals()
        if note is not None:
            note.remove()
        api.stop()
        cloud.stop()


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


def _upload(cloud: LocalCloud, sample: list[tuple[Path, str]]) -> None:
    targets.use_local(cloud.endpoint)
    target = targets.Target(local_cloud.STACK, cloud.region, cloud.endpoint, cloud.outputs)
    upload.upload(target, sample)


def _note(cloud: LocalCloud, api: Api) -> running.Running:
    return running.Running(
        pid=os.getpid(),
        cloud_pid=cloud.pid or 0,
        api_pid=api.pid or 0,
        cloud_port=cloud.port,
        endpoint=cloud.endpoint,
        api=api.url,
        region=cloud.region,
        stack=local_cloud.STACK,
        mail_queue=cloud.mail_queue,
        outputs=cloud.outputs,
    )


def _print_addresses(cloud: LocalCloud, api: Api, sample: list[tuple[Path, str]]) -> None:
    own = "" if cloud.port == local_cloud.DEFAULT_PORT else f" --cloud-port {cloud.port}"
    month = "month=12&year=2022"
    lines = [
        "",
        f"Running. The figures are at {api.url}, the cloud's AWS API at {cloud.endpoint}.",
        "",
        "Try, in another terminal:",
        *(f"  curl '{api.url}/{figure}?{month}'" for figure in FIGURES),
        f"  curl '{api.url}/months'",
        f"  ./aquasense upload{own} events/alerta_inventada.csv",
        f"  ./aquasense mail{own}",
        "",
        f"Logs are in {os.path.relpath(cloud.folder)}. Ctrl-C stops everything.",
    ]
    if not sample:
        lines.insert(2, "The table is empty: --sample none.")
    for line in lines:
        out.print(line, markup=False)
