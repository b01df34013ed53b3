"""Uploads and upload ids from the list of object versions."""

import re

import pytest

from adapters.s3 import Gone, s3_client
from tests.events import REGION


def upload(cloud, key, version=None):
    return cloud.bucket.find_version(key, version).upload


def drop_milliseconds(parsed, **_):
    """Give LastModified whole seconds, as S3 does."""
    for version in parsed.get("Versions", ()):
        version["LastModified"] = version["LastModified"].replace(microsecond=0)


def test_upload_ids_sort_versions_put_within_one_second(cloud):
    cloud.s3 = s3_client(REGION, cloud.endpoint)
    cloud.s3.meta.events.register("after-call.s3.ListObjectVersions", drop_milliseconds)
    versions = [cloud.put("a.csv", b"%d" % n) for n in range(12)]
    uploads = [upload(cloud, "a.csv", version) for version in versions]
    assert len({stored.uploaded_at for stored in uploads}) < 12
    by_id = sorted(uploads, key=lambda stored: stored.id)
    assert [stored.version_id for stored in by_id] == versions
    assert len({stored.id for stored in uploads}) == 12
    assert [cloud.bucket.open(stored).read() for stored in uploads] == [
        b"%d" % n for n in range(12)
    ]


def test_the_upload_id_of_an_object_version_does_not_change(cloud):
    version = cloud.put("a.csv", b"1")
    before = upload(cloud, "a.csv", version)
    cloud.put("a.csv", b"2")
    cloud.put("b.csv", b"3")
    assert upload(cloud, "a.csv", version) == before
    assert re.fullmatch(r"\d{8}T\d{6}\.\d{3}Z-\d{4}-[0-9a-f]{12}", before.id)


@pytest.mark.parametrize(
    "key", ["campaña 2022 + extra.csv", "a&b=c?.csv", "50%.csv", "a%20b.csv", "ü/日本.csv"]
)
def test_keys_with_special_characters(cloud, key):
    version = cloud.put(key, b"content")
    stored = upload(cloud, key, version)
    assert stored.key == key
    assert cloud.bucket.open(stored).read() == b"content"


def test_a_key_that_is_a_prefix_of_others_has_its_own_versions(cloud):
    versions = {key: cloud.put(key, key.encode()) for key in ("ab", "a", "a/b", "aa")}
    for key, version in versions.items():
        assert upload(cloud, key).version_id == version
    with pytest.raises(Gone):
        upload(cloud, "a", versions["ab"])


def test_a_missing_object_version_is_gone(cloud):
    with pytest.raises(Gone):
        upload(cloud, "a.csv")
    version = cloud.put("a.csv", b"1")
    stored = upload(cloud, "a.csv", version)
    cloud.s3.delete_object(Bucket=cloud.name, Key="a.csv", VersionId=version)
    with pytest.raises(Gone):
        upload(cloud, "a.csv", version)
    with pytest.raises(Gone):
        cloud.bucket.open(stored)


def test_a_version_can_be_read_after_the_deletion_of_its_key(cloud):
    version = cloud.put("a.csv", b"1")
    latest = cloud.put("a.csv", b"22")
    # Without a version id it is the latest one.
    stored = upload(cloud, "a.csv")
    assert (stored.version_id, stored.size) == (latest, 2)
    cloud.delete_event("a.csv")
    assert cloud.bucket.open(upload(cloud, "a.csv", version)).read() == b"1"
