"""Registries on this machine: a small one made here with every way of being difficult, and docker-registry."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cf_sbom.oci import INDEX, MANIFEST, digest_of, encode

USER, PASSWORD = "someone", "a-password-that-nobody-may-see"
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
TOKENS = {"pull": "token-to-pull-that-nobody-may-see", "pull,push": "token-to-push-that-nobody-may-see"}


@dataclass
class StandIn:
    """A registry in memory. api: whether it keeps lists of referrers; auth: "", basic or bearer; says_subject: whether
    it says so when a referrer is put; odd: answers that take the place of its own, by method and start of the path."""

    api: bool = True
    says_subject: bool = True
    auth: str = ""
    odd: dict[tuple[str, str], Callable[[Handler], object]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    page: int = 1000
    host: str = ""

    def add_package(self, tag: str, manifest: bytes) -> str:
        """Store a manifest; returns the image's name."""
        self.manifests[tag] = self.manifests[digest_of(manifest)] = (MANIFEST, manifest)
        return f"{self.host}/linux-64/demo:{tag}"

    def referrers(self, digest: str) -> list[dict[str, Any]]:
        found = []
        for reference, (kind, data) in self.manifests.items():
            tree = json.loads(data)
            if reference.startswith("sha256:") and tree.get("subject", {}).get("digest") == digest:
                entry = {"mediaType": kind, "digest": reference, "size": len(data)}
                found.append(entry | {name: tree[name] for name in ("artifactType", "annotations") if name in tree})
        return found


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    registry: StandIn

    def do(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        given = self.headers.get("Authorization", "")
        self.registry.requests.append((self.command, self.path, given))
        for (method, start), answer in self.registry.odd.items():
            if method == self.command and self.path.startswith(start):
                answer(self)
                return
        if self.path.startswith("/token"):
            self.token(given)
        elif self.allowed(given):
            self.route()

    do_GET = do_HEAD = do_POST = do_PUT = do

    def allowed(self, given: str) -> bool:
        if not self.registry.auth:
            return True
        if self.registry.auth == "basic":
            if given == f"Basic {BASIC}":
                return True
            self.answer(401, headers={"WWW-Authenticate": 'Basic realm="a realm"'})
            return False
        rights = "pull" if self.command in ("GET", "HEAD") else "pull,push"
        if given in {f"Bearer {token}" for name, token in TOKENS.items() if name.startswith(rights)}:
            return True
        scope = f"repository:linux-64/demo:{rights}"
        challenge = f'Bearer realm="http://{self.registry.host}/token",service="stand-in",scope="{scope}"'
        self.answer(401, headers={"WWW-Authenticate": challenge})
        return False

    def token(self, given: str) -> None:
        if given != f"Basic {BASIC}":
            self.answer(401, b'{"errors": []}')
            return
        rights = "pull,push" if "push" in self.path else "pull"
        self.answer(200, json.dumps({"token": TOKENS[rights]}).encode(), {"Content-Type": "application/json"})

    def route(self) -> None:
        kind, _, rest = self.path.removeprefix("/v2/linux-64/demo/").partition("/")
        if self.path == "/v2/":
            self.answer(200, b"{}")
        elif kind == "referrers" and self.registry.api:
            self.list(rest)
        elif kind == "manifests" and self.command == "PUT":
            self.put_manifest(rest)
        elif kind == "manifests" and rest in self.registry.manifests:
            media_type, data = self.registry.manifests[rest]
            etag = f'"{digest_of(data)}"'
            self.answer(200, data, {"Content-Type": media_type, "Docker-Content-Digest": digest_of(data), "ETag": etag})
        elif kind == "blobs" and self.command == "POST":
            self.answer(202, headers={"Location": "/v2/linux-64/demo/blobs/uploads/1?state=x"})
        elif kind == "blobs" and self.command == "PUT":
            digest = self.path.partition("digest=")[2]
            assert digest == digest_of(self.body)
            self.registry.blobs[digest] = self.body
            self.answer(201)
        elif kind == "blobs" and rest in self.registry.blobs:
            self.answer(200, self.registry.blobs[rest])
        else:
            self.answer(404, b'{"errors": [{"code": "NAME_UNKNOWN", "message": "free text"}]}')

    def put_manifest(self, reference: str) -> None:
        tree = json.loads(self.body)
        assert all(
            d["digest"] in self.registry.blobs for d in (*tree.get("layers", ()), *filter(None, [tree.get("config")]))
        )
        kept = self.registry.manifests.get(reference)
        if "If-Match" in self.headers and kept and self.headers["If-Match"] != f'"{digest_of(kept[1])}"':
            self.answer(412)
            return
        for name in (reference, digest_of(self.body)):
            self.registry.manifests[name] = (self.headers["Content-Type"], self.body)
        subject = tree.get("subject")
        says = subject and self.registry.api and self.registry.says_subject
        self.answer(201, headers={"OCI-Subject": subject["digest"]} if says else {})

    def list(self, rest: str) -> None:
        digest, _, last = rest.partition("?from=")
        found, start = self.registry.referrers(digest), int(last or 0)
        some = found[start : start + self.registry.page]
        headers = {"Content-Type": INDEX}
        if start + len(some) < len(found):
            headers["Link"] = f'</v2/linux-64/demo/referrers/{digest}?from={start + len(some)}>; rel="next"'
        self.answer(200, encode({"schemaVersion": 2, "mediaType": INDEX, "manifests": some}), headers)

    def answer(self, status: int, data: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *words: object) -> None:
        """Nothing is printed."""


@contextmanager
def serving(registry: StandIn) -> Iterator[StandIn]:
    """The stand-in at a free port of this machine."""
    handler = type("OneHandler", (Handler,), {"registry": registry})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    registry.host = f"127.0.0.1:{server.server_address[1]}"
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


MISSING = [program for program in ("docker-registry", "skopeo") if shutil.which(program) is None]
WHY_MISSING = f"not installed: {' '.join(MISSING)} (Debian packages; `make test` installs them where it may)"


@contextmanager
def docker_registry(folder: Path, htpasswd: str = "") -> Iterator[str]:
    """Debian's docker-registry at a free port; gives its host."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    settings: dict[str, Any] = {
        "version": 0.1,
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "store")}},
        "http": {"addr": host, "secret": hashlib.sha256(host.encode()).hexdigest()},
    }
    if htpasswd:
        (folder / "htpasswd").write_text(htpasswd)
        settings["auth"] = {"htpasswd": {"realm": "tests", "path": str(folder / "htpasswd")}}
    (folder / "registry.yml").write_text(json.dumps(settings))
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen(
            ["docker-registry", "serve", str(folder / "registry.yml")], stdout=log, stderr=log, cwd=folder
        )
        try:
            _wait(host, process)
            yield host
        finally:
            process.terminate()
            process.wait(10)


def _wait(host: str, process: subprocess.Popen[bytes]) -> None:
    name, _, port = host.partition(":")
    for _ in range(200):
        assert process.poll() is None, "docker-registry ended"
        try:
            socket.create_connection((name, int(port)), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("docker-registry does not listen")


def skopeo(*words: str) -> bytes:
    """What skopeo prints."""
    done = subprocess.run(["skopeo", "--insecure-policy", *words], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
