"""Upload order as it follows from the bucket alone."""

import re

import pytest

from adapters.s3 import Gone


def upload(cloud, key, version=None):
    return cloud.bucket.find_version(key, version).upload


def test_versions_of_a_key_within_one_second_are_ordered_as_they_were_put(cloud):
    # The emulated bucket tells whole seconds, as S3 does: most of these share one.
    versions = [cloud.put("a.csv", b"%d" % n) for n in range(12)]
    uploads = [upload(cloud, "a.csv", version) for version in versions]
    assert len({one.uploaded_at for one in uploads}) < 12
    assert [one.version_id for one in sorted(uploads, key=lambda one: one.id)] == versions
    assert len({one.id for one in uploads}) == 12


def test_the_same_object_version_always_has_the_same_id(cloud):
    version = cloud.put("a.csv", b"1")
    before = upload(cloud, "a.csv", version)
    cloud.put("a.csv", b"2")
    cloud.put("b.csv", b"3")
    assert upload(cloud, "a.csv", version) == before
    assert re.fullmatch(r"\d{8}T\d{6}\.\d{3}Z-\d{4}-[0-9a-f]{12}", before.id)


def test_without_a_version_the_newest_is_meant(cloud):
    cloud.put("a.csv", b"1")
    newest = cloud.put("a.csv", b"22")
    found = upload(cloud, "a.csv")
    assert (found.version_id, found.size) == (newest, 2)


@pytest.mark.parametrize(
    "key", ["campaña 2022 + extra.csv", "a&b=c?.csv", "50%.csv", "a%20b.csv", "ü/日本.csv"]
)
def test_a_key_is_what_people_called_it(cloud, key):
    version = cloud.put(key, b"content")
    found = upload(cloud, key, version)
    assert found.key == key
    assert cloud.bucket.open(found).read() == b"content"


def test_a_key_that_begins_with_another_is_another(cloud):
    versions = {key: cloud.put(key, key.encode()) for key in ("ab", "a", "a/b", "aa")}
    for key, version in versions.items():
        assert upload(cloud, key).version_id == version
    with pytest.raises(Gone):
        upload(cloud, "a", versions["ab"])


def test_each_version_keeps_its_own_bytes(cloud):
    versions = [cloud.put("a.csv", b"%d" % n) for n in range(5)]
    for n, version in enumerate(versions):
        assert cloud.bucket.open(upload(cloud, "a.csv", version)).read() == b"%d" % n


def test_what_is_not_there_is_gone(cloud):
    with pytest.raises(Gone):
        upload(cloud, "a.csv")
    version = cloud.put("a.csv", b"1")
    found = upload(cloud, "a.csv", version)
    cloud.s3.delete_object(Bucket=cloud.name, Key="a.csv", VersionId=version)
    with pytest.raises(Gone):
        upload(cloud, "a.csv", version)
    with pytest.raises(Gone):
        cloud.bucket.open(found)


def test_a_version_is_still_there_after_its_key_was_deleted(cloud):
    version = cloud.put("a.csv", b"1")
    cloud.s3.delete_object(Bucket=cloud.name, Key="a.csv")
    assert cloud.bucket.open(upload(cloud, "a.csv", version)).read() == b"1"
