"""The content-addressed store: what goes in comes out, and nothing else does."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import threading
import time
from pathlib import Path

import pytest
from assay_chain.errors import AssayError, MalformedInput, PeerUnreachable, Refused, Usage
from assay_chain.store import ArtifactTooLarge, ArtifactUnavailable, Store, WrongDigest, fetch
from hypothesis import given, settings
from hypothesis import strategies as st

from .conftest import PAYLOAD

DIGEST = hashlib.sha256(PAYLOAD).digest()


def get(uri: str, cache: Path, *, digest: bytes = DIGEST, max_bytes: int = 1 << 20, timeout: float = 5.0) -> Path:
    return fetch(uri, digest, max_bytes=max_bytes, cache=cache, timeout=timeout)


def left_behind(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir()) if cache.exists() else []


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


# Putting


@pytest.mark.parametrize("root", ["store", "with space and %41", "deep/er"])
def test_put__bytes_and_file__are_fetched_back_by_digest(tmp_path, cache, root):
    file = tmp_path / "weights"
    file.write_bytes(PAYLOAD)
    store = Store((tmp_path / root).as_uri())
    for source in (PAYLOAD, file):
        artifact = store.put(source)
        assert (artifact.digest, artifact.size) == (DIGEST, len(PAYLOAD))
        assert artifact.uri == f"{(tmp_path / root).as_uri()}/{DIGEST.hex()}"
    copy = get(artifact.uri, cache)
    assert copy.read_bytes() == PAYLOAD
    assert left_behind(tmp_path / root) == [DIGEST.hex()]


def test_put__plain_path_as_root__gives_a_file_uri(tmp_path, cache):
    artifact = Store(str(tmp_path)).put(b"")
    assert artifact.uri.startswith("file:///")
    assert get(artifact.uri, cache, digest=artifact.digest).read_bytes() == b""


def test_put__again__writes_nothing_and_a_damaged_copy_is_mended(tmp_path):
    store = Store(str(tmp_path))
    path = tmp_path / DIGEST.hex()
    store.put(PAYLOAD)
    before = path.stat()
    store.put(PAYLOAD)
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    path.write_bytes(b"damaged")
    store.put(PAYLOAD)
    assert path.read_bytes() == PAYLOAD


@pytest.mark.parametrize(
    "root",
    ["http://127.0.0.1/x", "ftp://host/x", "relative/path", "", "file+x://y", "simplecache::file:///x", "ipfs://x"],
)
def test_store__root_that_cannot_be_written__is_a_usage_error(root):
    with pytest.raises(Usage, match="no store that can be written"):
        Store(root)


def test_put__unwritable_root__is_our_fault(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ArtifactUnavailable) as caught:
        Store(str(tmp_path / "file")).put(b"x")
    assert caught.value.culprit == "local"


def test_put__file_that_changes_meanwhile__is_refused(tmp_path, monkeypatch):
    source = tmp_path / "weights"
    source.write_bytes(b"first")
    from assay_chain.store import store as module

    real, calls = module.copy_hashed, []

    def racing(*args):
        result = real(*args)
        calls.append(result)
        source.write_bytes(b"second")
        return result

    monkeypatch.setattr(module, "copy_hashed", racing)
    with pytest.raises(Refused, match="changed while"):
        Store(str(tmp_path / "store")).put(source)
    assert left_behind(tmp_path / "store") == []


# Fetching


@pytest.mark.parametrize("path", ["good", "undeclared", "moved"])
def test_fetch__http__arrives_and_is_cached(server, cache, path):
    copy = get(f"{server.url}/{path}", cache)
    assert copy == cache / DIGEST.hex()
    assert copy.read_bytes() == PAYLOAD
    seen = len(server.requests)
    assert get(f"{server.url}/{path}", cache) == copy
    assert len(server.requests) == seen


def test_fetch__cached_copy_damaged__is_fetched_again(server, cache):
    get(f"{server.url}/good", cache).write_bytes(b"tampered with")
    assert get(f"{server.url}/good", cache).read_bytes() == PAYLOAD


def test_fetch__cached_but_above_the_limit__is_refused_too(server, cache):
    get(f"{server.url}/good", cache)
    with pytest.raises(ArtifactTooLarge):
        get(f"{server.url}/good", cache, max_bytes=len(PAYLOAD) - 1)


def test_fetch__exactly_the_limit__is_allowed(server, cache):
    assert get(f"{server.url}/undeclared", cache, max_bytes=len(PAYLOAD)).stat().st_size == len(PAYLOAD)


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("declares-more", ArtifactUnavailable),
        ("declares-a-lot", ArtifactTooLarge),
        ("endless", ArtifactTooLarge),
        ("bomb", ArtifactTooLarge),
        ("missing", ArtifactUnavailable),
        ("broken", ArtifactUnavailable),
        ("garbage", ArtifactUnavailable),
        ("hangs-up", ArtifactUnavailable),
        ("loop", ArtifactUnavailable),
        ("to-file", ArtifactUnavailable),
    ],
)
def test_fetch__server_that_lies__is_an_error_of_the_publisher_and_leaves_nothing(server, cache, path, error):
    start = time.monotonic()
    with pytest.raises(AssayError) as caught:
        get(f"{server.url}/{path}", cache)
    assert type(caught.value) is error
    assert caught.value.culprit == "supplier"
    assert path in caught.value.message
    assert caught.value.hint
    assert left_behind(cache) == []
    assert time.monotonic() - start < 5


def test_fetch__server_sends_more_than_it_declared__is_refused_either_way(server, cache):
    with pytest.raises((WrongDigest, ArtifactUnavailable)):  # which one depends on how the bytes are cut into packets
        get(f"{server.url}/declares-less", cache)
    assert left_behind(cache) == []


def test_fetch__server_answers_with_control_characters__the_message_has_none(server, cache):
    with pytest.raises(ArtifactUnavailable) as caught:
        get(f"{server.url}/escape", cache)
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("path", ["trickle", "silent"])
def test_fetch__server_takes_forever__ends_at_the_timeout(server, cache, path):
    start = time.monotonic()
    with pytest.raises(ArtifactUnavailable, match="did not arrive in time"):
        get(f"{server.url}/{path}", cache, timeout=0.5)
    assert time.monotonic() - start < 2
    assert left_behind(cache) == []


def test_fetch__nobody_listens__is_unavailable(cache):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        with pytest.raises(PeerUnreachable):
            get(f"http://127.0.0.1:{probe.getsockname()[1]}/x", cache)


def test_fetch__one_byte_changed__is_a_wrong_digest(tmp_path, cache):
    file = tmp_path / "weights"
    file.write_bytes(PAYLOAD[:-1] + b"!")
    with pytest.raises(WrongDigest) as caught:
        get(file.as_uri(), cache)
    assert isinstance(caught.value, MalformedInput)
    assert DIGEST.hex() in caught.value.message


def test_fetch__local_file_too_large__is_refused_before_it_is_read(tmp_path, cache):
    file = tmp_path / "sparse"
    with file.open("wb") as sparse:
        sparse.truncate(1 << 40)
    start = time.monotonic()
    with pytest.raises(ArtifactTooLarge):
        get(file.as_uri(), cache)
    assert time.monotonic() - start < 1


@pytest.mark.parametrize("kind", ["fifo", "directory", "socket", "device", "missing", "fifo link"])
def test_fetch__no_regular_file__is_unavailable_at_once(tmp_path, cache, kind):
    path = tmp_path / "it"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as unix:
            unix.bind(str(path))
    elif kind == "device":
        path = Path("/dev/zero")
        assert stat.S_ISCHR(path.stat().st_mode)
    elif kind == "fifo link":
        os.mkfifo(tmp_path / "pipe")
        path.symlink_to(tmp_path / "pipe")
    start = time.monotonic()
    with pytest.raises(ArtifactUnavailable):
        get(path.as_uri(), cache)
    assert time.monotonic() - start < 1


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "weights",
        "../weights",
        "ftp://host/x",
        "memory://x",
        "dir::file:///etc",
        "simplecache::http://127.0.0.1/x",
        "http://127.0.0.1/x::file:///etc/hostname",
        "local:///etc/hostname",
        "FILE:///etc/hostname",
        "file:relative",
        "file://host/etc/hostname",
        "file://%2e%2e/x",
        "file:///etc/hostname?x#y",
        "file:///etc/%00",
        "file:///a\nb",
        "http://",
        "http://[::1",
        "https://\x00",
        "http://127.0.0.1:99999/x",
        "file:///" + "x" * 5000,
        "file:///" + "x" * 300,
    ],
)
def test_fetch__uri_of_another_kind__is_unavailable_and_reads_nothing(cache, uri):
    with pytest.raises(ArtifactUnavailable) as caught:
        get(uri, cache)
    assert caught.value.culprit == "supplier"
    assert left_behind(cache) == []


@pytest.mark.parametrize(("uri", "package"), [("s3://bucket/x", "s3fs"), ("ipfs://bafy", "ipfsspec")])
def test_fetch__backend_not_installed__names_the_package(cache, uri, package):
    pytest.importorskip("fsspec")
    try:
        __import__(package)
    except ImportError:
        with pytest.raises(ArtifactUnavailable) as caught:
            get(uri, cache)
        assert (caught.value.culprit, caught.value.code) == ("local", "store-backend-missing")
        assert f"pip install {package}" in caught.value.hint
    else:
        pytest.skip(f"{package} is installed")


def test_fetch__cache_cannot_be_written__is_our_fault(server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ArtifactUnavailable) as caught:
        get(f"{server.url}/good", tmp_path / "file" / "cache")
    assert caught.value.culprit == "local"


def test_fetch__another_publisher__is_the_culprit(cache):
    with pytest.raises(ArtifactUnavailable) as caught:
        fetch("file:///nowhere", DIGEST, max_bytes=1, cache=cache, timeout=1, culprit="client")
    assert caught.value.culprit == "client"


def test_fetch__many_at_once__all_get_the_whole_file(server, cache):
    results: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: results.append(get(f"{server.url}/good", cache).read_bytes())) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [PAYLOAD] * 8
    assert left_behind(cache) == [DIGEST.hex()]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"(file|https?|s3|ipfs|data|zip)://[ -~]{0,40}", fullmatch=True))
def test_fetch__arbitrary_uri__never_raises_anything_of_its_own(tmp_path_factory, uri):
    if uri.startswith(("http://", "https://")):
        uri = uri.split("://")[0] + "://127.0.0.1:1/" + uri.split("://")[1]  # only ever this machine
    with pytest.raises(AssayError):
        get(uri, tmp_path_factory.getbasetemp() / "junk-cache", timeout=0.2)
