"""Documents on S3: the settings' own storage against a real HTTP server that speaks S3."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from moto.server import ThreadedMotoServer

from compliance_portal.settings import file_storage

KEY = "17/4f0c5f5e-7f0b-4d3e-9f5e-2f3d6f0f8b11"


@pytest.fixture(scope="module")
def s3():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"s3://key:secret@{host}:{port}/documents?region=us-east-1"
    server.stop()


@pytest.fixture
def storage(s3):
    storage = storages.create_storage(file_storage(s3))
    storage.connection.create_bucket(Bucket="documents")
    return storage


def test_a_document_comes_back_byte_for_byte(storage):
    content = bytes(range(256)) * 4096
    name = storage.save(KEY, ContentFile(content))
    with storage.open(name) as document:
        assert document.read() == content
    assert storage.size(name) == len(content)


def test_a_second_document_never_overwrites_the_first(storage):
    first = storage.save(KEY, ContentFile(b"first"))
    second = storage.save(KEY, ContentFile(b"second"))
    assert first != second
    assert storage.open(first).read() == b"first"


def test_a_document_is_encrypted_where_it_lies_and_open_to_nobody_else(storage):
    name = storage.save(KEY, ContentFile(b"words"))
    described = storage.connection.meta.client.head_object(Bucket="documents", Key=name)
    assert described["ServerSideEncryption"] == "AES256"
    grants = storage.connection.meta.client.get_object_acl(Bucket="documents", Key=name)["Grants"]
    assert [grant["Grantee"]["Type"] for grant in grants] == ["CanonicalUser"]


def test_a_removed_document_is_gone(storage):
    name = storage.save(KEY, ContentFile(b"words"))
    storage.delete(name)
    assert not storage.exists(name)


def test_the_settings_choose_amazons_own_addresses_for_amazons_own_hosts():
    options = file_storage("s3://key:secret@s3.us-east-1.amazonaws.com/documents?region=us-east-1")["OPTIONS"]
    assert "endpoint_url" not in options
    assert options["bucket_name"] == "documents"
    assert options["region_name"] == "us-east-1"


def test_a_folder_is_the_other_choice(tmp_path):
    storage = storages.create_storage(file_storage(f"file://{tmp_path}"))
    name = storage.save(KEY, ContentFile(b"words"))
    assert (tmp_path / name).read_bytes() == b"words"


def test_a_file_in_a_folder_has_no_address(tmp_path):
    storage = storages.create_storage(file_storage(f"file://{tmp_path}"))
    name = storage.save(KEY, ContentFile(b"words"))
    with pytest.raises(ValueError, match="not accessible via a URL"):
        storage.url(name)
