"""Run a function in a process that kills itself with SIGKILL at a chosen call to AWS.

Read jobs as lines of JSON and run each in a fork, since importing takes a second and forking does
not. Write a line for each: the signal that ended the fork, or the function's result.

    {"function": "ingest", "event": …, "env": {…}, "call": 3, "when": "before", "milliseconds": …}

`call` counts the requests of botocore and aiodynamo together; 0 never kills. "before" is before the
request is sent, "after" when its response has been received.
"""

import importlib
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from aiodynamo.http.types import Request, Response
from botocore.httpsession import URLLib3Session

from adapters import dynamodb
from adapters.config import Config
from adapters.s3 import ObjectStore
from adapters.sns import Topic
from aquasense.csvfile import decode, reader
from ingest import handler as ingest_handler
from notify import handler as notify_handler
from tests.events import Context


class Killer:
    """Count the calls, and kill the process at the chosen one."""

    def __init__(self, call: int, when: str, log: Any) -> None:
        self.calls, self._call, self._when, self._log = 0, call, when, log

    def before(self, name: str) -> int:
        """Count a call that is about to be sent, and return its number."""
        self.calls += 1
        self._log(name)
        self._kill_at(self.calls, "before")
        return self.calls

    def after(self, call: int) -> None:
        """Handle the response to a call; other calls may have been sent since."""
        self._kill_at(call, "after")

    def _kill_at(self, call: int, when: str) -> None:
        if (call, when) == (self._call, self._when):
            os.kill(os.getpid(), signal.SIGKILL)


def intercept_calls(killer: Killer) -> None:
    """Call the killer before and after each request to AWS."""
    send, connect = URLLib3Session.send, dynamodb.connect

    def send_counted(self: Any, request: Any) -> Any:
        call = killer.before(f"{request.method} {request.url.partition('?')[0]}")
        response = send(self, request)
        killer.after(call)
        return response

    @asynccontextmanager
    async def connect_counted(*arguments: Any) -> Any:
        async with connect(*arguments) as client:

            async def post_counted(request: Request) -> Response:
                call = killer.before((request.headers or {})["X-Amz-Target"].partition(".")[2])
                response = await client.http(request)
                killer.after(call)
                return response

            yield replace(client, http=post_counted)

    URLLib3Session.send = send_counted  # type: ignore[method-assign]
    dynamodb.connect = connect_counted


def run_job(job: dict[str, Any], log: Any) -> Any:
    """Run the function as Lambda does, with the configuration of the job."""
    config = Config.from_env(job["env"])
    module = importlib.import_module(f"{job['function']}.handler")
    module.config = config
    ingest_handler.store = ObjectStore(ingest_handler.s3, config.receipts_bucket)
    notify_handler.topic = Topic(notify_handler.topic._client, config.alert_topic_arn)
    # Small sizes, so that chunks and batches end within files of a few lines.
    reader.BATCH = job.get("batch", reader.BATCH)
    decode.CHUNK = job.get("chunk", decode.CHUNK)
    intercept_calls(Killer(job["call"], job["when"], log))
    return module.lambda_handler(job["event"], Context(job.get("milliseconds", 120_000)))


def main() -> None:
    for line in sys.stdin:
        job = json.loads(line)
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read_end)
            code = 1
            try:
                calls: list[str] = []
                answer = run_job(job, calls.append)
                os.write(write_end, json.dumps({"answer": answer, "calls": calls}).encode())
                code = 0
            finally:
                os._exit(code)
        os.close(write_end)
        with os.fdopen(read_end) as pipe:
            output = pipe.read()
        _, status = os.waitpid(child, 0)
        result: dict[str, Any] = json.loads(output) if output else {}
        result["signal"] = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        result["code"] = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0
        print(json.dumps(result), flush=True)  # noqa: T201 - the parent process reads it


if __name__ == "__main__":
    main()
