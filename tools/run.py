"""Run everything on this machine: emulated cloud, deployed stack, API, sample."""

import os
import signal
import time
from pathlib import Path

from aquasense.figures.registry import FIGURES
from tools import local_api, local_cloud, process, report, running, targets, upload
from tools.console import Failure, Steps, out, run_tool
from tools.local_api import Api
from tools.local_cloud import LocalCloud

WATCH_SECONDS = 0.5
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    stop_on_signals()
    port = _port("PORT", local_api.DEFAULT_PORT)
    cloud = LocalCloud(_port("CLOUD_PORT", local_cloud.DEFAULT_PORT))
    sample = report.select_with_keys(os.environ.get("SAMPLE", ""))
    process.require_free_port(port, "PORT")
    process.require_free_port(cloud.port, "CLOUD_PORT")
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
        return 0
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
    own = "" if cloud.port == local_cloud.DEFAULT_PORT else f" CLOUD_PORT={cloud.port}"
    month = "month=12&year=2022"
    lines = [
        "",
        f"Running. The figures are at {api.url}, the cloud's AWS API at {cloud.endpoint}.",
        "",
        "Try, in another terminal:",
        *(f"  curl '{api.url}/{figure}?{month}'" for figure in FIGURES),
        f"  curl '{api.url}/months'",
        f'  make upload{own} FILES="events/alerta_inventada.csv"',
        f"  make mail{own}",
        "",
        f"Logs are in {os.path.relpath(cloud.folder)}. Ctrl-C stops everything.",
    ]
    if not sample:
        lines.insert(2, "The table is empty: SAMPLE named no file.")
    for line in lines:
        out.print(line, markup=False)


def _port(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 65536):
        raise Failure(f"{name} must be a port number, not {text!r}", 2)
    return int(text)


if __name__ == "__main__":
    run_tool(main)
