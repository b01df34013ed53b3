"""The fakes behave like an emulator wherever other tests depend on it."""

import asyncio
import uuid
from contextlib import asynccontextmanager

import pytest
from aiodynamo.errors import ConditionalCheckFailed, ValidationException
from aiodynamo.expressions import F, HashKey, RangeKey

from adapters import dynamodb
from adapters.s3 import Bucket, Gone
from tests.emulated import create_table
from tests.events import REGION
from tests.fakes.dynamo import FakeDynamo
from tests.fakes.s3 import FakeS3
from tests.integration.cloud import Cloud, create_client
from tests.support import list_all_versions


@pytest.fixture(params=["fake", "ministack"])
def endpoint(request):
    """Return the emulator's address, or None for the fake."""
    return None if request.param == "fake" else request.getfixturevalue("emulator").endpoint


@pytest.fixture
def on_table(endpoint, credentials):
    """Return a function that runs a coroutine function with a client and a new table's name."""
    name = f"t{uuid.uuid4().hex[:12]}"
    fake = FakeDynamo(name)
    if endpoint is not None:
        create_table(create_client("dynamodb", endpoint), name)

    @asynccontextmanager
    async def connect():
        if endpoint is None:
            yield fake.client()
        else:
            async with dynamodb.connect(REGION, endpoint, 2.0) as client:
                yield client

    async def run(use):
        async with connect() as client:
            return await use(client, name)

    return lambda use: asyncio.run(run(use))


def puts(*keys, **more):
    return [{"PutRequest": {"Item": {"pk": {"S": "p"}, "sk": {"S": key}, **more}}} for key in keys]


async def write(client, name, requests):
    await client.send_request(action="BatchWriteItem", payload={"RequestItems": {name: requests}})


@pytest.mark.parametrize(
    "requests",
    [
        pytest.param(puts(*map(str, range(26))), id="26 items"),
        pytest.param(puts("a", "a"), id="one key twice"),
        pytest.param(puts("a", big={"S": "x" * 410_000}), id="over 400 KB"),
        pytest.param(puts(""), id="empty key"),
        pytest.param([{"PutRequest": {"Item": {"pk": {"S": "p"}}}}], id="no sort key"),
    ],
)
def test_an_invalid_batch_is_rejected_as_a_whole(on_table, requests):
    async def use(client, name):
        with pytest.raises(ValidationException):
            await write(client, name, requests)
        return [item async for item in client.table(name).query(HashKey("pk", "p"))]

    assert on_table(use) == []


def test_a_failed_condition_does_not_change_the_item(on_table):
    async def use(client, name):
        table = client.table(name)
        await table.put_item({"pk": "p", "sk": "a", "n": 1}, condition=F("pk").does_not_exist())
        with pytest.raises(ConditionalCheckFailed):
            await table.put_item({"pk": "p", "sk": "a"}, condition=F("pk").does_not_exist())
        return await table.get_item({"pk": "p", "sk": "a"})

    assert on_table(use) == {"pk": "p", "sk": "a", "n": 1}


def test_a_query_is_sorted_by_bytes_and_includes_both_ends(on_table):
    keys = ["2022-12-01", "2022-12-01#a", "2022-12-01#a#b", "2022-12-02#~", "2022-12-1", "ñ", "z"]

    async def use(client, name):
        for _ in range(2):
            await write(client, name, puts(*reversed(keys)))
        table = client.table(name)
        key = HashKey("pk", "p")
        between = RangeKey("sk").between("2022-12-01#", "2022-12-02#~")
        return (
            [item["sk"] async for item in table.query(key)],
            [item["sk"] async for item in table.query(key, scan_forward=False)],
            [item["sk"] async for item in table.query(key & between)],
            [item["sk"] async for item in table.query(key & RangeKey("sk").begins_with("2022"))],
            [item["sk"] async for item in table.query(HashKey("pk", "other"))],
        )

    by_bytes = sorted(keys, key=str.encode)
    assert on_table(use) == (by_bytes, by_bytes[::-1], keys[1:4], keys[:5], [])


def test_a_query_over_several_pages_returns_every_item_once(on_table):
    keys = [f"{number:02d}" for number in range(25)]

    async def use(client, name):
        for first in range(0, len(keys), 5):
            await write(client, name, puts(*keys[first : first + 5], big={"S": "x" * 100_000}))
        page = await client.table(name).query_single_page(HashKey("pk", "p"))
        assert len(page.items) < len(keys)
        return [item["sk"] async for item in client.table(name).query(HashKey("pk", "p"))]

    assert on_table(use) == keys


@pytest.fixture
def s3(endpoint, credentials):
    """Create a versioned bucket with put, delete and delete_permanently, fake or emulated."""
    return _FakeBucket() if endpoint is None else _EmulatedBucket(endpoint)


class _EmulatedBucket(Cloud):
    def delete(self, key):
        self.delete_event(key)

    def delete_permanently(self, key, version):
        self.s3.delete_object(Bucket=self.name, Key=key, VersionId=version)


class _FakeBucket:
    def __init__(self):
        self.s3 = FakeS3()
        self.bucket = Bucket(self.s3, "raw")
        self.delete = self.s3.delete

    def put(self, key, content):
        return self.s3.upload(key, content).version_id

    def delete_permanently(self, key, version):
        (entry,) = (entry for entry in self.s3.entries[key] if entry.version_id == version)
        self.s3.delete_permanently(entry)


def test_versions_and_delete_markers_of_a_key_are_listed_in_order(s3):
    first = s3.put("a.csv", b"1")
    second = s3.put("a.csv", b"22")
    s3.delete("a.csv")
    third = s3.put("a.csv", b"333")
    s3.put("a.csv.old", b"")
    bucket = s3.bucket
    history = bucket.list_versions("a.csv")
    assert [stored.upload.version_id for stored in history] == [first, second, third]
    assert [stored.upload.size for stored in history] == [1, 2, 3]
    assert [stored.withdrawal is not None for stored in history] == [True, True, False]
    ids = [stored.upload.id for stored in history]
    assert ids == sorted(ids)
    assert ids[1] < history[0].withdrawal.deletion_id < ids[2]
    assert bucket.find_version("a.csv").upload.version_id == third
    assert bucket.open(history[1].upload).read() == b"22"
    assert len(list_all_versions(bucket)) == 4


def test_a_version_deleted_for_good_is_gone(s3):
    first, second = s3.put("a.csv", b"1"), s3.put("a.csv", b"2")
    bucket = s3.bucket
    upload = bucket.find_version("a.csv", first).upload
    s3.delete_permanently("a.csv", first)
    with pytest.raises(Gone):
        bucket.open(upload)
    with pytest.raises(Gone):
        bucket.find_version("a.csv", first)
    assert [stored.upload.version_id for stored in bucket.list_versions("a.csv")] == [second]
