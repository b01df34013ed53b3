"""One receipt, from its readings above the threshold to one message.

The order of the steps is what makes it safe to crash between any two: the ledger first, so that
nothing is announced without being on record; then the message; then the mark that it went out.
A repetition before the mark sends the same message, with the same upload id, once more; one after
it sends nothing.
"""

import asyncio

from adapters.table import Table
from adapters.topic import Topic
from aquasense.alerts import Announced, Message, message, news
from aquasense.datasets import Datasets
from aquasense.receipts import Receipt


async def announce(
    table: Table, topic: Topic, datasets: Datasets, receipt: Receipt, api_url: str
) -> Message | None:
    """Tell the subscribers what is new in an upload; None where there is nothing to tell.

    Raises:
        Exception: table or topic failed; doing it again completes it.
    """
    if not receipt.accepted or await table.sent(receipt.id):
        return None
    dataset = datasets.named(receipt.dataset)
    dates = (dataset.name, receipt.first, receipt.last)
    found = news(
        receipt.id,
        await table.versions(*dates, consistent=True),
        dataset.threshold,
        await table.announced(*dates),
    )
    if not found:
        return None
    entries = [Announced(one.date, receipt.id, one.deviation, one.mean) for one in found]
    await table.announce(dataset.name, entries)
    mail = message(dataset, receipt.id, found, api_url)
    await asyncio.to_thread(topic.publish, mail)
    await table.mark_sent(receipt.id)
    return mail
