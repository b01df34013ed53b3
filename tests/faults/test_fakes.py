"""The fakes and an emulator, asked the same questions, give the same answers.

moto is asked too, except for what it is known to let pass.
"""

import asyncio
import uuid
from contextlib import asynccontextmanager

import boto3
import pytest
from aiodynamo.errors import ConditionalCheckFailed, TableNotFound, ValidationException
from aiodynamo.expressions import F, HashKey, RangeKey
from moto.server import ThreadedMotoServer

from adapters import dynamo
from adapters.bucket import Bucket, Gone, s3_client
from adapters.table import Table
from aquasense.judging import Row
from aquasense.versions import Upload
from tests.fakes.dynamo import FakeDynamo, refusal
from tests.fakes.s3 import START, FakeS3
from tests.faults.conftest import make_table
from tests.integration.cloud import REGION

MOTO_TAKES = {"26 items", "39 digits", "no items"}
UPLOAD = Upload("20261123T061648.000Z-0000-0123456789ab", "a.csv", "version", START, 1)


@pytest.fixture(scope="module")
def moto(credentials):
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["fake", "ministack", "moto"])
def backend(request):
    return request.param


@pytest.fixture
def endpoint(backend, request):
    if backend == "fake":
        return None
    return request.getfixturevalue("moto") if backend == "moto" else (
        request.getfixturevalue("emulator").endpoint
    )  # fmt: skip


@pytest.fixture
def connect(endpoint, credentials):
    """Opens a client of a new table; gives it and the table's name."""
    name = f"t{uuid.uuid4().hex[:12]}"
    fake = FakeDynamo(name)

    @asynccontextmanager
    async def connected():
        if endpoint is None:
            yield fake.client(), name
        else:
            async with dynamo.connect(REGION, endpoint, 2.0) as client:
                yield client, name

    if endpoint is not None:
        make_table(boto3.client("dynamodb", region_name=REGION, endpoint_url=endpoint), name)
    return connected


def with_client(connect, use):
    async def run():
        async with connect() as (client, name):
            return await use(client, name)

    return asyncio.run(run())


def requests(*keys, **more):
    return [{"PutRequest": {"Item": {"pk": {"S": "p"}, "sk": {"S": key}, **more}}} for key in keys]


async def batch(client, name, puts):
    return await client.send_request(
        action="BatchWriteItem", payload={"RequestItems": {name: puts}}
    )


def test_what_is_put_is_there_and_put_twice_is_there_once(connect):
    async def use(client, name):
        for _ in range(2):
            answer = await batch(client, name, requests("a", "b", size={"N": "12"}))
            assert answer["UnprocessedItems"] == {}
        return [item async for item in client.table(name).query(HashKey("pk", "p"))]

    assert with_client(connect, use) == [
        {"pk": "p", "sk": "a", "size": 12}, {"pk": "p", "sk": "b", "size": 12},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "puts",
    [
        pytest.param(requests(*(str(n) for n in range(26))), id="26 items"),
        pytest.param(requests("a", "a"), id="one key twice"),
        pytest.param(requests("a", big={"S": "x" * 410_000}), id="over 400 KB"),
        pytest.param(requests("a", odd={"N": "twelve"}), id="no number"),
        pytest.param(requests("a", long={"N": "1" * 39}), id="39 digits"),
        pytest.param(requests(""), id="empty key"),
        pytest.param(requests("x" * 1025), id="long key"),
        pytest.param([{"PutRequest": {"Item": {"pk": {"S": "p"}}}}], id="no sort key"),
        pytest.param([], id="no items"),
    ],
)
def test_a_batch_that_aws_does_not_take_is_refused_whole(connect, backend, puts, request):
    if backend == "moto" and request.node.callspec.id.split("-", 1)[1] in MOTO_TAKES:
        pytest.skip("moto takes it")

    async def use(client, name):
        with pytest.raises(ValidationException):
            await batch(client, name, puts)
        return [item async for item in client.table(name).query(HashKey("pk", "p"))]

    assert with_client(connect, use) == []


def test_a_condition_that_fails_leaves_the_item_as_it_is(connect):
    async def use(client, name):
        table = client.table(name)
        await table.put_item({"pk": "p", "sk": "a", "n": 1}, condition=F("pk").does_not_exist())
        with pytest.raises(ConditionalCheckFailed):
            await table.put_item({"pk": "p", "sk": "a"}, condition=F("pk").does_not_exist())
        return await table.get_item({"pk": "p", "sk": "a"})

    assert with_client(connect, use) == {"pk": "p", "sk": "a", "n": 1}


def test_a_query_is_sorted_by_bytes_and_cut_at_both_ends(connect):
    keys = ["2022-12-01", "2022-12-01#a", "2022-12-01#a#b", "2022-12-02#~", "2022-12-1", "ñ", "z"]

    async def use(client, name):
        await batch(client, name, requests(*reversed(keys)))
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
    assert with_client(connect, use) == (
        by_bytes, by_bytes[::-1], keys[1:4], keys[:5], [],
    )  # fmt: skip


def test_a_query_over_many_pages_gives_everything_once(connect):
    big = {"S": "x" * 100_000}
    keys = [f"{n:02d}" for n in range(25)]

    async def use(client, name):
        for first in range(0, len(keys), 5):
            await batch(client, name, requests(*keys[first : first + 5], big=big))
        page = await client.table(name).query_single_page(HashKey("pk", "p"))
        assert len(page.items) < len(keys)
        assert page.last_evaluated_key == {"pk": "p", "sk": page.items[-1]["sk"]}
        return [item["sk"] async for item in client.table(name).query(HashKey("pk", "p"))]

    assert with_client(connect, use) == keys


def test_another_table_is_not_there(connect, backend):
    async def use(client, _):
        with pytest.raises(TableNotFound):
            await client.table("other").put_item({"pk": "p", "sk": "s"})

    with_client(connect, use)


def test_the_table_adapter_reads_what_it_wrote(connect):
    rows = [Row(2, "2022-12-01", "15", "0.1"), Row(3, "2023-01-02", "12.50", "0.60")]

    async def use(client, name):
        async def given():
            for row in rows:
                yield row

        table = Table(client, name, 2.0)
        await table.write_rows("d", UPLOAD, given())
        return await table.all_versions("d", consistent=True)

    found = with_client(connect, use)
    assert [(one.date, one.mean, one.deviation, one.line) for one in found] == [
        ("2022-12-01", "15", "0.1", 2), ("2023-01-02", "12.50", "0.60", 3),
    ]  # fmt: skip


# What only the fake can do on demand


def test_throttling_and_errors_are_tried_again():
    fake, answers = FakeDynamo("t"), [refusal("ThrottlingException"), refusal("E", 500), None]

    async def before(_):
        return answers.pop(0)

    fake.before = before
    asyncio.run(batch(fake.client(), "t", requests("a")))
    assert len(fake.requests) == 3
    assert len(fake.items) == 1


# S3


class RealS3:
    """The same acts as FakeS3's, on an emulator."""

    def __init__(self, endpoint):
        self.client = s3_client(REGION, endpoint)
        self.name = f"b{uuid.uuid4().hex[:12]}"
        self.client.create_bucket(
            Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        self.client.put_bucket_versioning(
            Bucket=self.name, VersioningConfiguration={"Status": "Enabled"}
        )

    def upload(self, key, content):
        return self.client.put_object(Bucket=self.name, Key=key, Body=content)["VersionId"]

    def delete(self, key):
        return self.client.delete_object(Bucket=self.name, Key=key)["VersionId"]

    def delete_for_good(self, key, version):
        self.client.delete_object(Bucket=self.name, Key=key, VersionId=version)


class Faked(RealS3):
    def __init__(self):
        self.client, self.name = FakeS3(), "raw"

    def upload(self, key, content):
        return self.client.upload(key, content).version_id

    def delete(self, key):
        return self.client.delete(key).version_id

    def delete_for_good(self, key, version):
        (entry,) = (one for one in self.client.entries[key] if one.version_id == version)
        self.client.delete_for_good(entry)


@pytest.fixture
def s3(endpoint, credentials):
    return Faked() if endpoint is None else RealS3(endpoint)


def test_versions_and_deletions_of_a_key_in_their_order(s3):
    first = s3.upload("a.csv", b"1")
    second = s3.upload("a.csv", b"22")
    s3.delete("a.csv")
    third = s3.upload("a.csv", b"333")
    s3.upload("a.csv.old", b"")
    s3.upload("a", b"")
    bucket = Bucket(s3.client, s3.name)
    history = bucket.history("a.csv")
    assert [one.upload.version_id for one in history] == [first, second, third]
    assert [one.upload.size for one in history] == [1, 2, 3]
    assert [one.withdrawal is not None for one in history] == [True, True, False]
    ids = [one.upload.id for one in history]
    assert ids == sorted(ids)
    assert ids[1] < history[0].withdrawal.order < ids[2]
    assert bucket.stored("a.csv").upload.version_id == third
    assert bucket.stored("a.csv", first).upload.id == ids[0]
    assert bucket.open(history[1].upload).read() == b"22"
    assert len(list(bucket.everything())) == 5


def test_a_version_deleted_for_good_is_gone(s3):
    first, second = s3.upload("a.csv", b"1"), s3.upload("a.csv", b"2")
    bucket = Bucket(s3.client, s3.name)
    upload = bucket.stored("a.csv", first).upload
    s3.delete_for_good("a.csv", first)
    with pytest.raises(Gone):
        bucket.open(upload)
    with pytest.raises(Gone):
        bucket.stored("a.csv", first)
    assert [one.upload.version_id for one in bucket.history("a.csv")] == [second]
    with pytest.raises(Gone):
        bucket.stored("b.csv")
