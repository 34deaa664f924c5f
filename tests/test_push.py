"""cf-sbom push: which documents go along, what is printed, and that no credential ever is."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from registries import BASIC, PASSWORD, TOKENS, StandIn, serving
from support import FIXTURES, INDEX, conda, info_members, tar_bz2

from cf_sbom import oci
from cf_sbom.attachers.oci import attached
from cf_sbom.errors import AttachError, LimitError, TargetError
from cf_sbom.generate import generate
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.oci.layouts import Attached, read_layout
from cf_sbom.oci.manifests import package_manifest
from cf_sbom.plugins import Registry
from cf_sbom.pushing import push_to_layout
from cf_sbom.pushing.layers import package_layers

DEMO = FIXTURES / "packages" / "noarch" / "sources-demo-2.1.0-h5600cae_0.conda"


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    path = tmp_path / DEMO.name
    path.write_bytes(DEMO.read_bytes())
    return path


@pytest.fixture
def pushed(demo: Path, registry: Registry) -> Callable[..., tuple[tuple[Attached, ...], tuple[str, ...]]]:
    """Push the demo into a layout; what is attached there, and the remarks."""

    def run(*outputs: str, anew: bool = False) -> tuple[tuple[Attached, ...], tuple[str, ...]]:
        options = Options(outputs=tuple((name, "") for name in outputs or ("cyclonedx-json", "spdx-json")))
        done = push_to_layout(demo, demo.parent / "layout", options, registry, anew=anew)
        return read_layout(demo.parent / "layout", Limits()), done.remarks

    return run


def test_documents_are_made_where_none_lie_beside_the_package(demo: Path, pushed: Callable[..., object]) -> None:
    found, remarks = pushed()
    assert [one.title for one in found] == [f"{DEMO.name}.cdx.json", f"{DEMO.name}.spdx.json"]
    assert remarks == ()
    assert [path.name for path in demo.parent.glob(f"{DEMO.name}*")] == [DEMO.name]


def test_every_format_has_its_media_type(pushed: Callable[..., object], registry: Registry) -> None:
    found, _ = pushed(*(emitter.name for emitter in registry.emitters))
    assert {one.title.removeprefix(DEMO.name): one.artifact_type for one in found} == {
        ".cdx.json": "application/vnd.cyclonedx+json",
        ".cdx.xml": "application/vnd.cyclonedx+xml",
        ".spdx": "text/spdx",
        ".spdx.json": "application/spdx+json",
        ".spdx.rdf": "application/rdf+xml",
        ".spdx.xml": "application/spdx+xml",
        ".spdx.yaml": "application/spdx+yaml",
        ".spdx3.json": "application/spdx+json",
    }
    assert {one.artifact_type for one in found} < oci.DOCUMENTS
    assert all(one.media_type == one.artifact_type for one in found)


def test_a_sidecar_that_fits_goes_along_as_it_is(demo: Path, pushed: Callable[..., object], registry: Registry) -> None:
    options = Options(outputs=(("cyclonedx-json", ""),), timestamp="2001-01-01T00:00:00Z")
    (path,) = generate(demo, options, registry).paths
    found, remarks = pushed()
    assert found[0].data == path.read_bytes()
    assert remarks == ()
    found, _ = pushed(anew=True)
    assert b"2001-01-01" not in b"".join(one.data for one in found)


STALE = {
    "of another package": (lambda data: data.replace(DIGEST.encode(), b"0" * 64), "changed since it was made"),
    "of others": (lambda data: b'{"bomFormat": "CycloneDX"}', "not made by cf-sbom"),
    "not valid": (lambda data: data.replace(b'"components"', b'"odd"'), "schema: "),
    "changed": (lambda data: data.replace(b"CVE-2099-1234", b"CVE-2099-9999"), "changed since it was made"),
    "no document": (lambda data: b'"cf-sbom" "cf_sbom"', "not JSON"),
}
DIGEST = oci.digest_of(DEMO.read_bytes()).removeprefix("sha256:")


@pytest.mark.parametrize("case", STALE)
def test_a_sidecar_that_does_not_fit_is_said_and_made_anew(
    case: str, demo: Path, pushed: Callable[..., object], registry: Registry
) -> None:
    change, reason = STALE[case]
    (path,) = generate(demo, Options(outputs=(("cyclonedx-json", ""),)), registry).paths
    before = path.read_bytes()
    path.write_bytes(change(before))
    stale = path.read_bytes()
    found, remarks = pushed("cyclonedx-json")
    assert found[0].data == before
    assert path.read_bytes() == stale
    (remark,) = remarks
    assert remark.startswith(f"{path.name}: ")
    assert remark.endswith("; a new document was made")
    assert reason in remark


def statement(digest: str) -> bytes:
    payload = json.dumps({"_type": "x", "subject": [{"name": DEMO.name, "digest": {"sha256": digest}}]}).encode()
    envelope = {"payload": base64.b64encode(payload).decode(), "payloadType": oci.IN_TOTO, "signatures": []}
    return json.dumps(envelope).encode() + b"\n"


def test_statements_go_along(demo: Path, pushed: Callable[..., object]) -> None:
    data = statement("0" * 64) + statement(DIGEST)
    demo.with_name(f"{demo.name}.intoto.jsonl").write_bytes(data)
    found, _ = pushed()
    assert (found[-1].data, found[-1].artifact_type, found[-1].media_type) == (data, oci.IN_TOTO, oci.IN_TOTO_BUNDLE)
    assert found[-1].title == f"{demo.name}.intoto.jsonl"


def test_a_statement_about_something_else_is_refused(demo: Path, pushed: Callable[..., object]) -> None:
    demo.with_name(f"{demo.name}.intoto.jsonl").write_bytes(statement("0" * 64))
    with pytest.raises(AttachError, match="has no statement about this package"):
        pushed()


@pytest.mark.parametrize(
    "data", [b"", b"{}\n[]\n1\n", b'{"payload": 1}', statement(DIGEST) + b"not an envelope\n", b'{"payload": "e30="}']
)
def test_what_verify_would_not_read_is_not_pushed(data: bytes, demo: Path, pushed: Callable[..., object]) -> None:
    demo.with_name(f"{demo.name}.intoto.jsonl").write_bytes(data)
    with pytest.raises(AttachError, match="attest the package again"):
        pushed()
    assert not (demo.parent / "layout").exists()


# The package as the mirror lays it


def test_the_layers_of_info_are_those_of_the_package(registry: Registry) -> None:
    layers = package_layers(DEMO, registry.sources, Limits())
    assert layers.stem == "sources-demo-2.1.0-h5600cae_0"
    assert layers.package == oci.describe(DEMO.read_bytes(), oci.PACKAGES["conda"])
    with tarfile.open(fileobj=BytesIO(layers.info_archive)) as archive:
        members = archive.getmembers()
        index = archive.extractfile("index.json")
        assert index is not None
        assert index.read() == layers.index
    assert {"index.json", "about.json", "paths.json"} < {member.name for member in members}
    assert {(member.mtime, member.uid, member.uname) for member in members} == {(0, 0, "")}
    assert package_manifest(layers) == package_manifest(package_layers(DEMO, registry.sources, Limits()))


def test_both_containers(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "demo-1.0-0.tar.bz2"
    path.write_bytes(tar_bz2(info_members()))
    assert package_layers(path, registry.sources, Limits()).package.media_type == "application/vnd.conda.package.v1"


REFUSED = {
    "a name that climbs": (info_members(INDEX | {"name": "../x"}), "that a registry can hold"),
    "a name that is no text": (info_members(INDEX | {"name": 1}), "that a registry can hold"),
    "no build": (info_members({k: v for k, v in INDEX.items() if k != "build"}), "that a registry can hold"),
    "an index that is a list": (info_members([]), "that a registry can hold"),
    "no JSON": ({"info/index.json": b"{"}, "not JSON"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_package_that_no_registry_can_hold(case: str, tmp_path: Path, registry: Registry) -> None:
    members, reason = REFUSED[case]
    path = tmp_path / "x.conda"
    path.write_bytes(conda(members))
    with pytest.raises(TargetError, match=reason):
        package_layers(path, registry.sources, Limits())


def test_info_is_bounded_and_holds_no_path_that_climbs(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "x.conda"
    path.write_bytes(conda(info_members() | {"info/../../x": b"x", "info/big": b"x" * 5000}))
    with tarfile.open(fileobj=BytesIO(package_layers(path, registry.sources, Limits()).info_archive)) as archive:
        assert "big" in archive.getnames()
        assert not [name for name in archive.getnames() if ".." in name]
    for limit in (4000, 5100):
        with pytest.raises(LimitError, match="limit nested_size"):
            package_layers(path, registry.sources, Limits(nested_size=limit))


def test_a_folder_is_no_package_file(tmp_path: Path, registry: Registry) -> None:
    (tmp_path / "demo" / "info").mkdir(parents=True)
    (tmp_path / "demo" / "info" / "index.json").write_text(json.dumps(INDEX))
    with pytest.raises(TargetError, match="a folder is no package file"):
        package_layers(tmp_path / "demo", registry.sources, Limits())


# The command


@pytest.fixture
def stand_in(demo: Path, registry: Registry) -> Iterator[StandIn]:
    with serving(StandIn(auth="bearer")) as found:
        manifest, _ = package_manifest(package_layers(demo, registry.sources, Limits()))
        found.add_package("2.1.0-h5600cae_0", manifest)
        yield found


def run(folder: Path, *words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CF_SBOM") and "proxy" not in k.lower()}
    kept |= {"HOME": str(folder), "DOCKER_CONFIG": str(folder)} | environment
    command = [sys.executable, "-m", "cf_sbom", "push", *map(str, words)]
    return subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)


def login(folder: Path, host: str, auth: str = BASIC) -> None:
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": auth}}}))


def test_the_command_lists_what_it_pushed(demo: Path, stand_in: StandIn) -> None:
    login(demo.parent, stand_in.host)
    image = f"{stand_in.host}/linux-64/demo:2.1.0-h5600cae_0"
    done = run(demo.parent, demo.name, image, "-o", "cyclonedx-json@1.7", "-o", "spdx3-json")
    assert (done.returncode, done.stderr) == (0, "")
    places = done.stdout.splitlines()
    assert len(places) == 2
    assert all(place.startswith(f"{stand_in.host}/linux-64/demo@sha256:") for place in places)
    again = run(demo.parent, demo.name, image, "-o", "cyclonedx-json@1.6")
    assert "the registry still lists sha256:" in again.stderr
    assert again.stdout.splitlines()[0] not in places


def test_the_command_writes_a_layout(demo: Path) -> None:
    done = run(demo.parent, demo.name, "--layout", "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.partition("@")[0] for line in done.stdout.splitlines()] == ["out", "out"]
    assert len(read_layout(demo.parent / "out", Limits())) == 2


USAGE = {
    "neither": ([], "give IMAGE or --layout DIR"),
    "both": (["localhost:1/a:1", "--layout", "x"], "give IMAGE or --layout DIR"),
    "a format twice": (["--layout", "x", "-o", "spdx-json", "-o", "spdx-json@2.3"], "name each format once"),
    "no image": (["zlib"], "IMAGE is REGISTRY/REPOSITORY:TAG"),
    "a password": ([f"someone:{PASSWORD}@localhost/a:1"], "IMAGE is REGISTRY/REPOSITORY:TAG"),
    "a path": (["--layout", "x", "-o", "spdx-json=x"], "is not FORMAT[@VERSION]"),
    "no format": (["--layout", "x", "-o", "odd"], "no format is called"),
    "no version": (["--layout", "x", "-o", "spdx-json@9"], "has no version 9"),
}


@pytest.mark.parametrize("case", USAGE)
def test_usage(case: str, demo: Path) -> None:
    words, reason = USAGE[case]
    done = run(demo.parent, demo.name, *words)
    assert done.returncode == 2, done.stderr
    assert reason in done.stderr
    assert PASSWORD not in done.stderr
    assert not (demo.parent / "x").exists()


SECRETS = (PASSWORD, BASIC, *TOKENS.values(), base64.b64encode(PASSWORD.encode()).decode()[:-2])
LEAKS: dict[str, Callable[[StandIn, Path], object]] = {
    "refused": lambda one, folder: one.odd.update({("GET", "/token"): lambda handler: handler.answer(401)}),
    "a token with a line break": lambda one, folder: one.odd.update(
        {("GET", "/token"): lambda handler: handler.answer(200, json.dumps({"token": f"{PASSWORD}\nx"}).encode())}
    ),
    "a token that is no JSON": lambda one, folder: one.odd.update(
        {("GET", "/token"): lambda handler: handler.answer(200, PASSWORD.encode())}
    ),
    "told back": lambda one, folder: one.odd.update(
        {("PUT", "/v2/"): lambda handler: handler.answer(400, handler.headers["Authorization"].encode())}
    ),
    "no base64": lambda one, folder: login(folder, one.host, f"{BASIC}\n{PASSWORD}"),
    "no JSON": lambda one, folder: (folder / "config.json").write_text(f'{{"auths": {PASSWORD}'),
    "a helper that fails": lambda one, folder: helper(folder, f"print({PASSWORD!r}, file=sys.stderr); sys.exit(1)"),
    "a helper that says other things": lambda one, folder: helper(folder, f"print({PASSWORD!r})"),
    "a helper with a line break": lambda one, folder: helper(
        folder, f"print({json.dumps({'Username': 'x', 'Secret': PASSWORD * 30})!r})"
    ),
    "the connection ends": lambda one, folder: one.odd.update(
        {("POST", "/v2/"): lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)}
    ),
}


def helper(folder: Path, code: str) -> None:
    program = folder / "docker-credential-test"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.stdin.read()\n{code}\n")
    program.chmod(0o755)
    (folder / "config.json").write_text('{"credsStore": "test"}')


@pytest.mark.parametrize(
    ("case", "debug"), [*((case, True) for case in LEAKS), ("refused", False), ("a token with a line break", False)]
)
def test_no_credential_is_ever_printed(case: str, debug: bool, demo: Path, stand_in: StandIn) -> None:
    login(demo.parent, stand_in.host)
    LEAKS[case](stand_in, demo.parent)
    image = f"{stand_in.host}/linux-64/demo:2.1.0-h5600cae_0"
    words = [demo.name, image, *(["--debug"] if debug else [])]
    done = run(demo.parent, *words, PATH=f"{demo.parent}:{os.environ['PATH']}")
    assert done.returncode == (1 if debug else 3), done.stderr
    assert ("Traceback" in done.stderr) == debug
    assert debug or done.stderr.count("\n") == 1
    for secret in SECRETS:
        assert secret not in done.stdout + done.stderr


def test_the_registry_is_read_back(demo: Path, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(demo.parent))
    login(demo.parent, stand_in.host)
    image = f"{stand_in.host}/linux-64/demo:2.1.0-h5600cae_0"
    assert run(demo.parent, demo.name, image).returncode == 0
    found = attached(replace(Options(), image=image))
    assert {one.package for one in found} == {DIGEST}
