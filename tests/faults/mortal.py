"""A process that runs a function and ends itself with SIGKILL at a chosen call to AWS.

Reads jobs as lines of JSON, runs each in a fork of itself (importing costs a second, forking does
not), and answers each with a line: the signal that ended it, or what the function returned.

    {"function": "ingest", "event": …, "env": {…}, "call": 3, "when": "before", "milliseconds": …}

`call` counts every request to AWS, of botocore and aiodynamo alike; 0 never kills. "before" is
before the request leaves; "after" is when its answer has come and nobody has looked at it yet.
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
from tests.integration.cloud import Context


class Fate:
    """Counts the calls, and ends the process at the chosen one."""

    def __init__(self, call: int, when: str, log: Any) -> None:
        self.calls, self._call, self._when, self._log = 0, call, when, log

    def before(self, what: str) -> int:
        """A call is about to leave; its number."""
        self.calls += 1
        self._log(what)
        self._meet(self.calls, "before")
        return self.calls

    def after(self, call: int) -> None:
        """The answer to a call has come; others may have left since."""
        self._meet(call, "after")

    def _meet(self, call: int, when: str) -> None:
        if (call, when) == (self._call, self._when):
            os.kill(os.getpid(), signal.SIGKILL)


def doom(fate: Fate) -> None:
    """Have every request to AWS meet its fate."""
    send, connect = URLLib3Session.send, dynamodb.connect

    def sent(self: Any, request: Any) -> Any:
        call = fate.before(f"{request.method} {request.url.partition('?')[0]}")
        answer = send(self, request)
        fate.after(call)
        return answer

    @asynccontextmanager
    async def connected(*arguments: Any) -> Any:
        async with connect(*arguments) as client:

            async def posted(request: Request) -> Response:
                call = fate.before((request.headers or {})["X-Amz-Target"].partition(".")[2])
                answer = await client.http(request)
                fate.after(call)
                return answer

            yield replace(client, http=posted)

    URLLib3Session.send = sent  # type: ignore[method-assign]
    dynamodb.connect = connected


def work(job: dict[str, Any], log: Any) -> Any:
    """Run the function as Lambda would, in this job's world."""
    config = Config.from_env(job["env"])
    module = importlib.import_module(f"{job['function']}.handler")
    module.config = config
    ingest_handler.store = ObjectStore(ingest_handler.s3, config.receipts_bucket)
    notify_handler.topic = Topic(notify_handler.topic._client, config.alert_topic_arn)
    # Small enough for files of a few lines to be cut anywhere.
    reader.BATCH = job.get("batch", reader.BATCH)
    decode.CHUNK = job.get("chunk", decode.CHUNK)
    doom(Fate(job["call"], job["when"], log))
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
                answer = work(job, calls.append)
                os.write(write_end, json.dumps({"answer": answer, "calls": calls}).encode())
                code = 0
            finally:
                os._exit(code)
        os.close(write_end)
        with os.fdopen(read_end) as pipe:
            told = pipe.read()
        _, status = os.waitpid(child, 0)
        found: dict[str, Any] = json.loads(told) if told else {}
        found["signal"] = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        found["code"] = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0
        print(json.dumps(found), flush=True)  # noqa: T201 - the other end reads it


if __name__ == "__main__":
    main()
