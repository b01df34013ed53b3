"""Record the saved table and its answers: `python -m tests.compatibility.record`.

They were recorded from the code of 2026-11-23. Record them again only where an answer changes on
purpose, and say so in CHANGELOG.md.
"""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

from tests.compatibility import history


def main() -> None:
    dynamo, receipts, mails = history.run_history()
    _write(history.TABLE, [dynamo.items[key] for key in sorted(dynamo.items)])
    answers = {
        "\n".join(request): asyncio.run(history.answer(dynamo, *request))
        for request in history.requests(dynamo)
    }
    content = {"answers": answers, "receipts": receipts, "mails": mails}
    _write(history.ANSWERS, content | {"openapi": history.openapi_document()})
    print(f"{len(dynamo.items)} items, {len(answers)} answers, {len(mails)} mails")  # noqa: T201


def _write(path: Path, content: Any) -> None:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=0)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
