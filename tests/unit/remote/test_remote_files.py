"""Files at URLs: copied whole or refused in one line, over HTTP and from a bucket."""

import os
from collections import namedtuple
from pathlib import Path

import pytest
import urllib3
from servers import BUCKET, PLUGINS, Handler, s3_server, web_server, without_s3
from snakemake_interface_storage_plugins.registry import StoragePluginRegistry
from wfimosaic.errors import InputError
from wfimosaic.remote import http_files, s3_files
from wfimosaic.remote.remote_files import copy_file, look_up_all

CONTENT = os.urandom(100_000)
Server = namedtuple("Server", "url faults folder")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("served")
    (path / "a_cal.asdf").write_bytes(CONTENT)
    (path / "private_cal.asdf").write_bytes(CONTENT)
    (path / "headless_cal.asdf").write_bytes(CONTENT)
    return path


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Try again without a pause."""
    monkeypatch.setattr(http_files, "RETRIES", urllib3.Retry(1, status_forcelist=[503], raise_on_status=False))


@pytest.fixture(scope="module")
def web(folder):
    with web_server(folder) as (url, faults):
        yield Server(url, faults, folder)


@pytest.fixture(scope="module")
def bucket(folder):
    if without_s3:
        pytest.skip("the S3 plugin and moto are not installed: make test installs them")
    with pytest.MonkeyPatch.context() as patch, s3_server(folder) as (endpoint, faults):
        patch.syspath_prepend(str(PLUGINS))
        # Another test may have made one before the plugin could be found.
        patch.setattr(StoragePluginRegistry, "_instance", None)
        for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "SNAKEMAKE_STORAGE_S3_ACCESS_KEY"):
            patch.delenv(name, raising=False)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.setenv(name, os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("SNAKEMAKE_STORAGE_S3_ENDPOINT_URL", endpoint)
        s3_files.connect.cache_clear()
        yield Server(f"s3://{BUCKET}/data", faults, folder)
    s3_files.connect.cache_clear()


@pytest.fixture(params=["web", "bucket"])
def server(request):
    return request.getfixturevalue(request.param)


def test_copy_has_the_same_bytes_and_its_folder_is_made(server, tmp_path):
    copy_file(f"{server.url}/a_cal.asdf", tmp_path / "far" / "a_cal.asdf")
    assert (tmp_path / "far" / "a_cal.asdf").read_bytes() == CONTENT


def test_what_breaks_is_tried_again(server, tmp_path):
    server.faults.breaks = 2
    copy_file(f"{server.url}/a_cal.asdf", tmp_path / "a_cal.asdf", pause=0)
    assert server.faults.breaks == 0
    assert (tmp_path / "a_cal.asdf").read_bytes() == CONTENT


def test_what_always_breaks_is_given_up_and_leaves_nothing(web, tmp_path):
    web.faults.breaks = 3
    with pytest.raises(InputError, match=r"a_cal.asdf: the transfer broke: .*: 3 attempts failed: run the"):
        copy_file(f"{web.url}/a_cal.asdf", tmp_path / "a_cal.asdf", attempts=3, pause=0)
    assert list(tmp_path.iterdir()) == []


def test_page_about_trouble_is_no_file(web, tmp_path):
    # Of two attempts to reach it, of the first copy; the second one is given.
    web.faults.troubles = 2
    copy_file(f"{web.url}/a_cal.asdf", tmp_path / "a_cal.asdf", attempts=2, pause=0)
    assert (tmp_path / "a_cal.asdf").read_bytes() == CONTENT


def test_versions_change_with_files(server):
    def versions():
        found, missing = look_up_all([f"{server.url}/a_cal.asdf"])
        assert missing == {}
        return found[f"{server.url}/a_cal.asdf"]

    first = versions()
    assert first.size == len(CONTENT) and first == versions()
    if server.url.startswith("s3://"):
        server.faults.client.put_object(Bucket=BUCKET, Key="data/a_cal.asdf", Body=CONTENT[::-1], ACL="public-read")
    else:
        os.utime(server.folder / "a_cal.asdf", (1e9, 1e9))
    assert versions() != first
    if server.url.startswith("s3://"):
        server.faults.client.put_object(Bucket=BUCKET, Key="data/a_cal.asdf", Body=CONTENT, ACL="public-read")


def test_missing_and_denied_are_told_apart_and_from_what_is_there(server):
    urls = [f"{server.url}/{name}_cal.asdf" for name in ("a", "none", "private")]
    found, missing = look_up_all(urls)
    assert list(found) == urls[:1] and list(missing) == urls[1:]
    assert missing[urls[1]].startswith(f"{urls[1]}: there is no such file: check the association")
    assert missing[urls[2]].startswith(f"{urls[2]}: access is denied (403")
    assert all("\n" not in line for line in missing.values())


def test_server_that_gives_no_headers_alone_is_asked_for_the_file(web, tmp_path):
    found, _ = look_up_all([f"{web.url}/headless_cal.asdf"])
    assert [file.size for file in found.values()] == [len(CONTENT)]


def test_server_that_gives_no_parts_is_said_so(web, monkeypatch):
    monkeypatch.setattr(Handler, "parts", False)
    with pytest.raises(InputError, match="does not send parts of files"):
        http_files.read_part(f"{web.url}/a_cal.asdf", 0, 10)


@pytest.mark.parametrize(("start", "stop"), [(0, 10), (99_990, 100_000)])
def test_part_of_a_file_is_that_of_its_bytes(server, start, stop):
    room = s3_files if server.url.startswith("s3://") else http_files
    assert room.read_part(f"{server.url}/a_cal.asdf", start, stop) == CONTENT[start:stop]


def test_missing_bucket_is_no_such_file(bucket):
    _, missing = look_up_all(["s3://nobody/a_cal.asdf"])
    assert "no such file" in missing["s3://nobody/a_cal.asdf"]


def test_keys_are_used_where_there_are_some(bucket, monkeypatch):
    monkeypatch.setenv("SNAKEMAKE_STORAGE_S3_ACCESS_KEY", "nobody")
    monkeypatch.setenv("SNAKEMAKE_STORAGE_S3_SECRET_KEY", "wrong")
    s3_files.connect.cache_clear()
    assert s3_files.connect().meta.config.signature_version == "s3v4"
    s3_files.connect.cache_clear()


def test_settings_of_the_command_line_reach_jobs(bucket, monkeypatch):
    class Given:
        @staticmethod
        def get_settings(tag):
            import snakemake_storage_plugin_s3

            return snakemake_storage_plugin_s3.StorageProviderSettings(endpoint_url="http://here", region="eu-west-1")

    for name in ("ENDPOINT_URL", "REGION"):
        monkeypatch.setenv(f"SNAKEMAKE_STORAGE_S3_{name}", "before")
    s3_files.export_settings({"s3": Given})
    names = ("ENDPOINT_URL", "REGION", "ACCESS_KEY")
    assert [os.environ.get(f"SNAKEMAKE_STORAGE_S3_{name}") for name in names] == ["http://here", "eu-west-1", None]


def test_server_that_is_not_there_is_named_with_what_to_check(bucket, monkeypatch):
    monkeypatch.setenv("SNAKEMAKE_STORAGE_S3_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(s3_files, "ATTEMPTS", 1)
    s3_files.connect.cache_clear()
    urls = ["s3://roman/data/a_cal.asdf", "http://127.0.0.1:9/a_cal.asdf"]
    _, missing = look_up_all(urls)
    assert (
        f"{urls[0]}: its server cannot be reached (endpoint http://127.0.0.1:9): check the network" in missing[urls[0]]
    )
    assert f"{urls[1]}: its server cannot be reached (ConnectionError): check URL and network" in missing[urls[1]]
    s3_files.connect.cache_clear()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("AWS_PROFILE", "nobody", "profile .*nobody"),
        ("SNAKEMAKE_STORAGE_S3_ENDPOINT_URL", "nowhere", "endpoint: nowhere"),
        ("AWS_SHARED_CREDENTIALS_FILE", "half", "artial credentials"),
    ],
)
def test_settings_that_cannot_be_used_are_said(bucket, monkeypatch, tmp_path, name, value, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "half").write_text("[default]\naws_access_key_id = me\n")
    monkeypatch.setenv(name, value)
    s3_files.connect.cache_clear()
    with pytest.raises(InputError, match=f"settings of S3 cannot be used: .*{words}.*: check AWS_PROFILE"):
        look_up_all(["s3://roman/data/a_cal.asdf"])


def test_disk_without_room_is_the_disks_error(server):
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    room = s3_files if server.url.startswith("s3://") else http_files
    with pytest.raises(OSError, match="No space left"):
        room.copy(f"{server.url}/a_cal.asdf", "/dev/full")
