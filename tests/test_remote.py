"""Packages on web servers: what is fetched of them, and servers that break off, change their mind or lie."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support import REAL, conda, fixture_packages, info_members, real_packages, tar_bz2

from cf_sbom.errors import LimitError, TargetError
from cf_sbom.generate import describe
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.model import Digest
from cf_sbom.plugins import Registry
from cf_sbom.remote import Remote, is_url

STATED = (Digest(algorithm="sha256", value="ab" * 32),)


class Server(ThreadingHTTPServer):
    """Files by name; `lie` changes an answer before it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.sent = 0
        self.ranges = True
        self.lie: Callable[[int, dict[str, str], bytes], tuple[int, dict[str, str], bytes]] = lambda *answer: answer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        part = self.headers.get("Range", "")
        self.server.asked.append((self.path, part))
        data = self.server.files.get(self.path)
        status, headers, body = 200, {"ETag": '"1"'}, data or b""
        if data is None:
            status = 404
        elif part and self.server.ranges:
            first, last = re.fullmatch(r"bytes=(\d*)-(\d*)", part).groups()  # type: ignore[union-attr]
            begin = int(first) if first else max(0, len(data) - int(last))
            end = min(int(last), len(data) - 1) if first and last else len(data) - 1
            status, body = 206, data[begin : end + 1]
            headers["Content-Range"] = f"bytes {begin}-{end}/{len(data)}"
        headers["Content-Length"] = str(len(body))
        status, headers, body = self.server.lie(status, headers, body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.server.sent += len(body)
        if len(body) != int(headers["Content-Length"]):
            self.close_connection = True

    def log_message(self, *words: object) -> None:
        """Nothing on standard error."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def remote() -> Iterator[Remote]:
    found = Remote(Limits())
    yield found
    found.close()


def large() -> bytes:
    """A package whose info part is not in the last 64 KiB: the payload is random and lies behind it."""
    import random

    return conda(info_members(), {"lib/data.bin": random.Random(1).randbytes(300_000)})


@pytest.mark.parametrize("path", fixture_packages(), ids=lambda path: path.name)
def test_a_package_comes_whole(server: Server, remote: Remote, path: Path) -> None:
    server.files["/" + path.name] = path.read_bytes()
    with remote.package(f"{server.url}/{path.name}") as found:
        assert (found.name, found.read_bytes()) == (path.name, path.read_bytes())
    assert not found.exists()


@pytest.mark.parametrize("path", [p for p in fixture_packages() if p.suffix == ".conda"], ids=lambda path: path.name)
def test_its_metadata_alone_says_the_same(server: Server, remote: Remote, registry: Registry, path: Path) -> None:
    options = Options(metadata_only=True)
    server.files["/" + path.name] = path.read_bytes()
    with remote.package(f"{server.url}/{path.name}", metadata_only=True) as found:
        assert describe(found, options, registry, STATED) == describe(path, options, registry, STATED)


@pytest.mark.skipif(not REAL.is_dir(), reason="the optional folder of real packages is not there")
def test_of_real_packages_few_bytes_are_fetched(server: Server, remote: Remote, registry: Registry) -> None:
    options, sizes = Options(metadata_only=True), 0
    for path in (p for p in real_packages() if p.suffix == ".conda"):
        server.files["/" + path.name] = path.read_bytes()
        sizes += path.stat().st_size
        with remote.package(f"{server.url}/{path.name}", metadata_only=True) as found:
            assert describe(found, options, registry, STATED) == describe(path, options, registry, STATED)
    assert server.sent < sizes / 3


def test_only_the_metadata_is_fetched(server: Server, remote: Remote, registry: Registry) -> None:
    data = large()
    server.files["/demo-1.0-0.conda"] = data
    with remote.package(f"{server.url}/demo-1.0-0.conda", metadata_only=True) as found:
        sbom = describe(found, Options(metadata_only=True), registry, STATED).sbom
    assert (sbom.subject.size, sbom.subject.digests, sbom.subject.digests_stated) == (len(data), STATED, True)
    assert sbom.files == ()
    assert {(c.aspect, c.state, c.why) for c in sbom.completeness if c.ref == sbom.root} == {
        ("contents", "incomplete", "only the metadata was read"),
        ("dependencies", "unknown", "only the metadata was read"),
    }
    assert server.sent < 100_000


@pytest.mark.parametrize("status", [416, 501])
def test_a_server_that_refuses_ranges_is_asked_for_all(server: Server, remote: Remote, status: int) -> None:
    server.files["/a-1.0-0.conda"] = large()
    server.lie = lambda answer, headers, body: (
        (status, {"Content-Length": "0"}, b"") if answer == 206 else (answer, headers, body)
    )
    with remote.package(f"{server.url}/a-1.0-0.conda", metadata_only=True) as path:
        assert path.read_bytes() == large()
    assert [part for _, part in server.asked] == ["bytes=-65536", ""]


def test_a_server_without_ranges_sends_all(server: Server, remote: Remote) -> None:
    server.ranges = False
    server.files["/demo-1.0-0.conda"] = data = large()
    with remote.package(f"{server.url}/demo-1.0-0.conda", metadata_only=True) as found:
        assert found.read_bytes() == data
    assert len(server.asked) == 1, "what it sends for a part is all, and that is used"
    cut = iter((100,))
    server.lie = lambda status, headers, body: (status, headers, body[: next(cut, len(body))])
    with remote.package(f"{server.url}/demo-1.0-0.conda", metadata_only=True) as found:
        assert found.read_bytes() == data, "asked for again where it broke off"
    assert len(server.asked) == 3


def test_of_the_older_container_all_is_fetched_and_only_info_read(
    server: Server, remote: Remote, registry: Registry
) -> None:
    server.files["/demo-1.0-0.tar.bz2"] = tar_bz2({**info_members(), "lib/data.bin": b"x" * 100})
    with remote.package(f"{server.url}/demo-1.0-0.tar.bz2", metadata_only=True) as found:
        sbom = describe(found, Options(metadata_only=True), registry, STATED).sbom
    assert (sbom.root_component.name, sbom.files) == ("demo", ())


def _changed(status: int, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
    return status, headers | {"ETag": f'"{len(body)}"'}, body


def _longer(status: int, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
    return status, headers | {"Content-Length": str(len(body) + 9)}, body + b"x" * 9


def _elsewhere(status: int, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
    return status, headers | {"Content-Range": f"bytes 5-{len(body) + 4}/{10**15}"}, body


LIES = {
    "another file each time": (_changed, "changed while it was fetched"),
    "more than it said": (_longer, "more or fewer bytes"),
    "a part from elsewhere of a huge file": (_elsewhere, "limit total_size"),
    "no range": (lambda s, h, b: (s, {k: v for k, v in h.items() if k != "Content-Range"}, b), "which part"),
    "no such file": (lambda s, h, b: (404, h, b), "status 404"),
    "a zip of nothing": (lambda s, h, b: (s, h, bytes(len(b))), "zip directory is missing"),
}


@pytest.mark.parametrize(("lie", "reason"), LIES.values(), ids=LIES.keys())
def test_a_server_that_lies_is_refused_in_one_line(
    server: Server, remote: Remote, lie: Callable[..., tuple[int, dict[str, str], bytes]], reason: str
) -> None:
    server.files["/demo-1.0-0.conda"] = large()
    server.lie = lie
    with (
        pytest.raises(TargetError, match=reason),
        remote.package(f"{server.url}/demo-1.0-0.conda", metadata_only=True),
    ):
        pass


def test_what_breaks_off_is_asked_for_again(server: Server, remote: Remote) -> None:
    server.files["/a.conda"] = data = large()
    cut = iter((100, 200))

    def lie(status: int, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        return status, headers, body[: next(cut, len(body))]

    server.lie = lie
    with remote.package(f"{server.url}/a.conda") as found:
        assert found.read_bytes() == data
    assert len(server.asked) == 3


def test_the_size_is_bounded(server: Server, remote: Remote) -> None:
    server.files["/repodata.json"] = b"x" * 1000
    assert remote.read(f"{server.url}/repodata.json", 1000) == b"x" * 1000
    with pytest.raises(LimitError):
        remote.read(f"{server.url}/repodata.json", 999)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "http://127.0.0.1:9/..", "http://127.0.0.1:9/a%2Fb.conda", "http://[::"]
)
def test_an_address_without_a_file_is_refused(remote: Remote, url: str) -> None:
    with pytest.raises(TargetError, match="does not end in the name"), remote.package(url):
        pass


def test_a_secret_in_an_address_is_not_told(remote: Remote) -> None:
    with pytest.raises(TargetError) as told, remote.package("http://user:hunter2@127.0.0.1:9/t/tk-123/a.conda"):
        pass
    assert "hunter2" not in str(told.value)
    assert "tk-123" not in str(told.value)
    assert "refused" in str(told.value) or "new connection" in str(told.value)


def test_what_is_an_address() -> None:
    assert is_url("https://example.org/a.conda")
    assert not is_url("ftp://example.org/a.conda")
    assert not is_url("a.conda")


def test_a_digest_that_a_record_states_is_held_against_the_computed_one(
    registry: Registry, package: Callable[..., Path]
) -> None:
    description = describe(package(), Options(), registry, STATED)
    assert [p.reason for p in description.sbom.problems if p.severity == "conflict"] == [
        f"sha256 differs from the one that the channel's record states, {'ab' * 32}"
    ]
