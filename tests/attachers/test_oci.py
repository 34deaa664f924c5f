"""Referrers in a registry: a stand-in with and without the API, and Debian's docker-registry read back by skopeo."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import registries
from registries import BASIC, PASSWORD, TOKENS, Handler, StandIn, serving

from cf_sbom import oci
from cf_sbom.attachers.oci import attach, attached, push_documents
from cf_sbom.attachers.oci_layout import extend_layout
from cf_sbom.errors import AttachError, SettingsError, TargetError
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.model import Document
from cf_sbom.oci import transport
from cf_sbom.oci.layouts import read_layout
from cf_sbom.oci.manifests import PackageLayers, listed, package_manifest, referrer
from cf_sbom.plugins import load

NAME = "demo-1.0-0.conda"
PACKAGE = b"the bytes of a package"
LAYERS = PackageLayers(
    name="demo",
    version="1.0",
    build="0",
    package=oci.describe(PACKAGE, oci.PACKAGES["conda"]),
    md5="0" * 32,
    info_archive=b"archive",
    index=b"{}",
)
MANIFEST, _ = package_manifest(LAYERS)
SUBJECT = oci.describe(MANIFEST, oci.MANIFEST)
CYCLONEDX = Document(
    format="cyclonedx-json",
    version="1.6",
    media_type="application/vnd.cyclonedx+json",
    suffix=".cdx.json",
    data=b'{"bomFormat": "CycloneDX"}',
    sha256="",
)
SPDX = replace(
    CYCLONEDX, format="spdx-json", media_type="application/spdx+json", suffix=".spdx.json", data=b'{"spdxVersion": ""}'
)
BOTH = (CYCLONEDX, SPDX)
NEWER = replace(CYCLONEDX, data=b'{"bomFormat": "CycloneDX", "version": 2}')


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_bytes(PACKAGE)
    return path


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A docker configuration of the test's own; no proxy stands before this machine."""
    folder = tmp_path / "docker"
    folder.mkdir()
    for name in ("ORAS_USER", "ORAS_PASS", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    return folder / "config.json"


@pytest.fixture
def registry() -> Iterator[StandIn]:
    with serving(StandIn()) as found:
        yield found


def login(config: Path, host: str, auth: str = BASIC) -> None:
    config.write_text(json.dumps({"auths": {host: {"auth": auth}}}))


def titles(listing: list[dict[str, object]]) -> list[object]:
    return [entry["annotations"][oci.TITLE] for entry in listing]  # type: ignore[index]


# With and without the API


def test_a_referrer_is_what_the_specification_says(registry: StandIn, package: Path) -> None:
    done = push_documents(package, BOTH, Options(image=registry.add_package("1.0-0", MANIFEST)))
    assert [one.artifact_type for one in done.pushed] == [CYCLONEDX.media_type, SPDX.media_type]
    assert all(one.new for one in done.pushed)
    assert done.remarks == ()
    digest = done.pushed[0].place.rpartition("@")[2]
    assert done.pushed[0].place == f"{registry.host}/linux-64/demo@{digest}"
    kind, data = registry.manifests[digest]
    assert kind == oci.MANIFEST
    title = {oci.TITLE: f"{NAME}.cdx.json"}
    document = oci.describe(CYCLONEDX.data, CYCLONEDX.media_type)
    assert json.loads(data) == {
        "schemaVersion": 2,
        "mediaType": oci.MANIFEST,
        "artifactType": "application/vnd.cyclonedx+json",
        "config": {"mediaType": oci.EMPTY, "digest": oci.digest_of(b"{}"), "size": 2},
        "layers": [document.tree | {"annotations": title}],
        "subject": SUBJECT.tree,
        "annotations": title | {oci.FORMAT: "cyclonedx-json"},
    }
    assert registry.blobs[document.digest] == CYCLONEDX.data
    assert registry.blobs[oci.digest_of(b"{}")] == b"{}"


@pytest.mark.parametrize("says_subject", [True, False], ids=["says so", "lists it"])
def test_a_registry_with_the_api_keeps_the_list_itself(says_subject: bool, registry: StandIn, package: Path) -> None:
    registry.says_subject = says_subject
    push_documents(package, BOTH, Options(image=registry.add_package("1.0-0", MANIFEST)))
    assert oci.fallback_tag(SUBJECT.digest) not in registry.manifests
    assert titles(registry.referrers(SUBJECT.digest)) == [f"{NAME}.cdx.json", f"{NAME}.spdx.json"]


def test_without_the_api_the_list_is_kept_under_a_tag(registry: StandIn, package: Path) -> None:
    registry.api = False
    options = Options(image=registry.add_package("1.0-0", MANIFEST))
    push_documents(package, (CYCLONEDX,), options)
    push_documents(package, (SPDX,), options)
    kind, data = registry.manifests[oci.fallback_tag(SUBJECT.digest)]
    assert kind == oci.INDEX
    assert json.loads(data)["manifests"] == registry.referrers(SUBJECT.digest)
    assert len(json.loads(data)["manifests"]) == 2


@pytest.mark.parametrize("api", [True, False])
def test_what_is_pushed_twice_is_there_once(api: bool, registry: StandIn, package: Path) -> None:
    registry.api = api
    options = Options(image=registry.add_package("1.0-0", MANIFEST))
    first = push_documents(package, BOTH, options)
    before = dict(registry.manifests)
    again = push_documents(package, BOTH, options)
    assert registry.manifests == before
    assert [one.place for one in again.pushed] == [one.place for one in first.pushed]
    assert not any(one.new for one in again.pushed)


def test_a_newer_document_takes_the_place_of_ours_in_the_tagged_list(registry: StandIn, package: Path) -> None:
    """Others' entries stay, with fields that are not known here, and so do documents of ours in other formats."""
    registry.api = False
    options = Options(image=registry.add_package("1.0-0", MANIFEST))
    theirs = {"mediaType": oci.MANIFEST, "digest": f"sha512:{'0' * 128}", "size": 1, "odd": {"x": 1}}
    like_ours = referrer(CYCLONEDX, "theirs.json", SUBJECT).descriptor
    like_ours = replace(like_ours, digest=oci.digest_of(b"theirs"), annotations=())
    index = oci.encode({"schemaVersion": 2, "mediaType": oci.INDEX, "manifests": [theirs, like_ours.tree], "odd": 1})
    tag = oci.fallback_tag(SUBJECT.digest)
    registry.manifests[tag] = (oci.INDEX, index)
    first = push_documents(package, BOTH, options)
    done = push_documents(package, (NEWER,), options)
    tree = json.loads(registry.manifests[tag][1])
    assert tree["manifests"][:2] == [theirs, like_ours.tree]
    assert tree["odd"] == 1
    old, kept = (one.place.rpartition("@")[2] for one in first.pushed)
    assert [entry["digest"] for entry in tree["manifests"][2:]] == [kept, done.pushed[0].place.rpartition("@")[2]]
    assert done.remarks == (f"{old}, an earlier document of cf-sbom, is no longer listed",)


def test_where_the_registry_keeps_the_list_an_older_document_is_remarked(registry: StandIn, package: Path) -> None:
    registry.page = 1  # and the list has pages
    options = Options(image=registry.add_package("1.0-0", MANIFEST))
    old = push_documents(package, BOTH, options).pushed[0].place.rpartition("@")[2]
    done = push_documents(package, (NEWER,), options)
    assert done.remarks == (f"the registry still lists {old}, an earlier document of cf-sbom",)


@pytest.mark.parametrize("overwritten", [1, 9])
def test_a_list_that_another_writes_in_between_is_written_again(
    overwritten: int, registry: StandIn, package: Path
) -> None:
    registry.api = False
    tag, others = oci.fallback_tag(SUBJECT.digest), list(range(overwritten))

    def put(handler: Handler) -> None:
        handler.route()
        if others:
            other = replace(SUBJECT, digest=oci.digest_of(bytes([others.pop()])))
            data, _ = listed(b"", [other], Limits())
            registry.manifests[tag] = (oci.INDEX, data)

    registry.odd["PUT", f"/v2/linux-64/demo/manifests/{tag}"] = put
    options = Options(image=registry.add_package("1.0-0", MANIFEST))
    if overwritten > 5:
        with pytest.raises(AttachError, match="others keep changing; push again"):
            push_documents(package, BOTH, options)
        return
    push_documents(package, BOTH, options)
    assert len(json.loads(registry.manifests[tag][1])["manifests"]) == 3


def test_a_list_that_changed_since_it_was_read_is_not_overwritten(registry: StandIn, package: Path) -> None:
    """Where the registry has entity tags, the write says which list it means (412 where that is another)."""
    registry.api = False
    tag = oci.fallback_tag(SUBJECT.digest)
    options = Options(image=registry.add_package("1.0-0", MANIFEST))
    push_documents(package, (SPDX,), options)
    others = [oci.digest_of(b"1"), oci.digest_of(b"2")]

    def put(handler: Handler) -> None:
        if others:
            data, _ = listed(registry.manifests[tag][1], [replace(SUBJECT, digest=others.pop())], Limits())
            registry.manifests[tag] = (oci.INDEX, data)
        handler.route()

    registry.odd["PUT", f"/v2/linux-64/demo/manifests/{tag}"] = put
    push_documents(package, (CYCLONEDX,), options)
    assert len(json.loads(registry.manifests[tag][1])["manifests"]) == 4


@pytest.mark.parametrize("api", [True, False])
def test_what_was_pushed_is_read_back(api: bool, registry: StandIn, package: Path) -> None:
    registry.api = api
    options = Options(image=registry.add_package("1.0-0", MANIFEST))
    assert attached(options) == ()
    push_documents(package, BOTH, options)
    found = attached(options)
    assert [(one.data, one.media_type, one.title) for one in found] == [
        (CYCLONEDX.data, CYCLONEDX.media_type, f"{NAME}.cdx.json"),
        (SPDX.data, SPDX.media_type, f"{NAME}.spdx.json"),
    ]
    assert {one.package for one in found} == {LAYERS.package.digest.removeprefix("sha256:")}


def test_the_record_says_where_the_document_went(registry: StandIn, package: Path) -> None:
    where = attach(package, CYCLONEDX, Options(image=registry.add_package("1.0-0", MANIFEST)))
    assert str(where).startswith(f"{registry.host}/linux-64/demo@sha256:")


def test_the_record_is_one_that_needs_the_network() -> None:
    assert [one.network for one in load().attachers if one.name == "oci"] == [True]


def test_an_image_may_be_named_by_its_digest(registry: StandIn, package: Path) -> None:
    image = registry.add_package("1.0-0", MANIFEST).replace(":1.0-0", f"@{SUBJECT.digest}")
    assert push_documents(package, BOTH, Options(image=image)).pushed[0].new


# What is refused


def test_another_package_is_refused_and_nothing_is_written(registry: StandIn, package: Path) -> None:
    image = registry.add_package("1.0-0", MANIFEST)
    package.write_bytes(b"another package")
    with pytest.raises(AttachError, match="holds another package"):
        push_documents(package, BOTH, Options(image=image))
    assert {method for method, _, _ in registry.requests} == {"GET"}


def test_a_package_that_is_not_there_is_an_error(registry: StandIn, package: Path) -> None:
    with pytest.raises(AttachError, match="has no linux-64/demo:9; push the package there first"):
        push_documents(package, BOTH, Options(image=f"{registry.host}/linux-64/demo:9"))


@pytest.mark.parametrize("target", ["missing.conda", "."])
def test_what_is_no_file_is_no_package(target: str, registry: StandIn, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"no such file|not a file"):
        push_documents(tmp_path / target, BOTH, Options(image=registry.add_package("1.0-0", MANIFEST)))
    assert registry.requests == []


IMAGES = {
    "localhost:5000/linux-64/zlib:1.3-0": ("localhost:5000", "linux-64/zlib", "1.3-0"),
    "localhost/zlib:1": ("localhost", "zlib", "1"),
    "ghcr.io/a/b_c/d--e:V_1.x": ("ghcr.io", "a/b_c/d--e", "V_1.x"),
    "[::1]:5000/a:1": ("[::1]:5000", "a", "1"),
    f"example.org/a@sha256:{'0' * 64}": ("example.org", "a", f"sha256:{'0' * 64}"),
}
NO_IMAGES = (
    "",
    "zlib:1",
    "linux-64/zlib:1",
    "example.org/zlib",
    "example.org/Zlib:1",
    "example.org/zlib:",
    "example.org/../zlib:1",
    "example.org/zlib:../1",
    "example.org//zlib:1",
    "https://example.org/zlib:1",
    f"someone:{PASSWORD}@example.org/zlib:1",
    "example.org/zlib@sha256:0",
    "example.org:port/zlib:1",
    "example.org/zlib:1\n",
    "example.org/zlib:1?x=" + "y" * 2000,
)


@pytest.mark.parametrize("text", IMAGES)
def test_images(text: str) -> None:
    registry, repository, reference = IMAGES[text]
    assert oci.parse_image(text) == oci.Image(registry=registry, repository=repository, reference=reference)


@pytest.mark.parametrize("text", NO_IMAGES)
def test_what_is_no_image_is_refused_without_repeating_it(text: str, package: Path) -> None:
    with pytest.raises(SettingsError, match="IMAGE is REGISTRY/REPOSITORY:TAG") as error:
        push_documents(package, BOTH, Options(image=text))
    assert PASSWORD not in str(error.value)
    assert "\n" not in str(error.value)


def answer(status: int, data: bytes = b"", **headers: str) -> Callable[[Handler], object]:
    return lambda handler: handler.answer(status, data, {k.replace("_", "-"): v for k, v in headers.items()})


def endless(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", oci.MANIFEST)
    handler.end_headers()
    handler.close_connection = True
    chunk = b" " * (1 << 20)
    for _ in range(64):
        try:
            handler.wfile.write(chunk)
        except OSError:
            return


def cut_short(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"{")
    handler.close_connection = True


TAG = ("GET", "/v2/linux-64/demo/manifests/1.0-0")
UPLOAD = ("POST", "/v2/linux-64/demo/blobs/uploads/")
HOSTILE: dict[str, tuple[tuple[str, str], Callable[[Handler], object], str]] = {
    "endless": (TAG, endless, "answers with more than 4194304 bytes"),
    "cut short": (TAG, cut_short, "cannot be asked|cannot be reached|not JSON"),
    "no JSON": (TAG, answer(200, b"<html>", Content_Type=oci.MANIFEST), "not JSON"),
    "deeply nested": (TAG, answer(200, b"[" * 100_000, Content_Type=oci.MANIFEST), "nested deeper"),
    "a web page": (TAG, answer(200, b"{}", Content_Type="text/html"), "neither an image manifest nor an index"),
    "an index": (
        TAG,
        answer(200, oci.encode({"mediaType": oci.INDEX, "manifests": []}), Content_Type=oci.INDEX),
        "names an index there",
    ),
    "another digest": (
        TAG,
        answer(200, MANIFEST, Content_Type=oci.MANIFEST, Docker_Content_Digest=oci.digest_of(b"")),
        "sends other bytes than the digest of the manifest says",
    ),
    "compressed": (
        TAG,
        answer(200, b"\x1f\x8b" + b"\0" * 50, Content_Type=oci.MANIFEST, Content_Encoding="gzip"),
        "not UTF-8",
    ),
    "sent elsewhere": (TAG, answer(307, Location="http://127.0.0.2:1/v2/"), "sends us to another host"),
    "sent to a file": (TAG, answer(307, Location="file:///etc/passwd"), "sends us to another host"),
    "round and round": (TAG, answer(307, Location="/v2/linux-64/demo/manifests/1.0-0"), "round and round"),
    "status without a body": (TAG, answer(500), "answers GET with status 500"),
    "status with free text": (
        TAG,
        answer(429, b'{"errors": [{"code": "TOOMANYREQUESTS", "message": "\x1b[31m\\n buy"}]}'),
        r"answers GET with status 429 \(TOOMANYREQUESTS\)$",
    ),
    "a token from elsewhere, unencrypted": (
        TAG,
        answer(401, WWW_Authenticate='Bearer realm="http://192.0.2.1/token",service="x"'),
        "192.0.2.1 would be asked without encryption",
    ),
    "a token from a file": (
        TAG,
        answer(401, WWW_Authenticate='Bearer realm="file:///etc/passwd",service="x"'),
        "would be asked without encryption",
    ),
    "a challenge that is none": (TAG, answer(401, WWW_Authenticate="Bearer"), "does not let us do that"),
    "no challenge": (TAG, answer(403), "does not let us do that"),
    "upload elsewhere": (UPLOAD, answer(202, Location="http://127.0.0.2:1/v2/x"), "sends us to another host"),
    "upload nowhere": (UPLOAD, answer(202), "answers|sends us"),
    "upload to another path": (UPLOAD, answer(202, Location="/admin"), "sends us to another host"),
    "upload moved": (UPLOAD, answer(308, Location="/v2/linux-64/demo/blobs/uploads/2"), "moves what is sent to it"),
    "manifest refused": (
        ("PUT", "/v2/linux-64/demo/manifests/"),
        answer(400, b'{"errors": [{"code": "MANIFEST_INVALID"}]}'),
        r"answers PUT with status 400 \(MANIFEST_INVALID\)",
    ),
    "a list of referrers that is none": (
        ("GET", "/v2/linux-64/demo/referrers/"),
        answer(200, b"[]", Content_Type=oci.INDEX),
        "sends as the list of referrers: not a manifest",
    ),
    "pages without end": (
        ("GET", "/v2/linux-64/demo/referrers/"),
        answer(
            200,
            oci.encode({"mediaType": oci.INDEX, "manifests": []}),
            Content_Type=oci.INDEX,
            Link='</v2/linux-64/demo/referrers/x>; rel="next"',
        ),
        "on more than 50 pages",
    ),
    "pages elsewhere": (
        ("GET", "/v2/linux-64/demo/referrers/"),
        answer(
            200,
            oci.encode({"mediaType": oci.INDEX, "manifests": []}),
            Content_Type=oci.INDEX,
            Link='<http://127.0.0.2:1/v2/x>; rel="next"',
        ),
        "sends us to another host",
    ),
    "a list under the tag that is none": (
        ("GET", f"/v2/linux-64/demo/manifests/{oci.fallback_tag(SUBJECT.digest)}"),
        answer(200, MANIFEST, Content_Type=oci.MANIFEST),
        "what is no list of referrers",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_registry_ends_in_one_line(case: str, registry: StandIn, package: Path, config: Path) -> None:
    place, odd, reason = HOSTILE[case]
    login(config, registry.host)
    registry.api = "tag that" not in case
    registry.odd[place] = odd
    image = registry.add_package("1.0-0", MANIFEST)
    with pytest.raises(AttachError, match=reason) as error:
        push_documents(package, BOTH, Options(image=image))
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 300


def test_a_registry_that_is_not_there(package: Path) -> None:
    with pytest.raises(AttachError, match=r"^127\.0\.0\.1:1 cannot be reached$"):
        push_documents(package, BOTH, Options(image="127.0.0.1:1/linux-64/demo:1.0-0"))


def test_unencrypted_only_to_this_machine_unless_asked(registry: StandIn, package: Path) -> None:
    """A registry on this machine is asked without TLS; with --no-plain-http the same one is not."""
    image = registry.add_package("1.0-0", MANIFEST)
    with pytest.raises(AttachError, match="certificate that is not accepted, or speaks no TLS"):
        push_documents(package, BOTH, Options(image=image, plain_http=False))
    assert registry.requests == []
    push_documents(package, BOTH, Options(image=image))


def test_an_answer_has_an_end(registry: StandIn, package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = Options(image=registry.add_package("1.0-0", MANIFEST))
    monkeypatch.setattr(transport, "_LONGEST", -1)
    with pytest.raises(AttachError, match="takes more than -1 seconds for one answer"):
        push_documents(package, BOTH, options)
    silence = threading.Event()
    registry.odd[TAG] = lambda handler: silence.wait(20)
    monkeypatch.setattr(transport, "_LONGEST", 300)
    monkeypatch.setattr(transport, "_TIMEOUT", (5, 0.2))
    with pytest.raises(AttachError, match="gives no answer in time"):
        push_documents(package, BOTH, options)
    silence.set()


@pytest.mark.parametrize("library", ["oras.provider", "requests"])
def test_a_library_that_is_missing_is_named(
    library: str, registry: StandIn, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(AttachError, match=r"^pushing needs the library \w+: pip install 'cf_sbom\[oci\]'$"):
        push_documents(package, BOTH, Options(image=registry.add_package("1.0-0", MANIFEST)))


# Credentials


@pytest.mark.parametrize("auth", ["basic", "bearer"])
def test_credentials_of_the_docker_configuration_open_the_registry(
    auth: str, registry: StandIn, package: Path, config: Path
) -> None:
    registry.auth = auth
    login(config, registry.host)
    options = Options(image=registry.add_package("1.0-0", MANIFEST))
    assert len(push_documents(package, BOTH, options).pushed) == 2
    assert len(attached(options)) == 2
    to_registry = {given for _, path, given in registry.requests if given and not path.startswith("/token")}
    if auth == "basic":
        assert to_registry == {f"Basic {BASIC}"}
    else:  # a token to pull is exchanged for one to push when that is needed; the password goes to the token's realm
        assert to_registry == {f"Bearer {token}" for token in TOKENS.values()}


ENTRIES: dict[str, Callable[[str], object]] = {
    "with scheme and path": lambda host: {"auths": {f"https://{host}/v1/": {"auth": BASIC}}},
    "under the other name": lambda host: {"auths": {host.replace("127.0.0.1", "localhost"): {"auth": BASIC}}},
    "name and password apart": lambda host: {"auths": {host: {"username": "someone", "password": PASSWORD}}},
    "a helper of the host": lambda host: {"credHelpers": {host: "test"}},
    "a helper of all": lambda host: {"auths": {host: {}}, "credsStore": "test"},
}


@pytest.mark.parametrize("entry", ENTRIES)
def test_ways_to_keep_credentials(
    entry: str, registry: StandIn, package: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = config.parent / "docker-credential-test"
    secret = json.dumps({"Username": "someone", "Secret": PASSWORD})
    helper.write_text(
        f"#!{sys.executable}\nimport sys\nassert sys.argv[1] == 'get'\nsys.stdin.read()\nprint({secret!r})\n"
    )
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{config.parent}:/usr/bin:/bin")
    registry.auth = "basic"
    config.write_text(json.dumps(ENTRIES[entry](registry.host)))
    assert push_documents(package, BOTH, Options(image=registry.add_package("1.0-0", MANIFEST))).pushed


def test_the_configuration_in_the_home_folder_is_the_default(
    registry: StandIn, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOCKER_CONFIG")
    registry.auth = "basic"
    (tmp_path / ".docker").mkdir()
    login(tmp_path / ".docker" / "config.json", registry.host)
    assert push_documents(package, BOTH, Options(image=registry.add_package("1.0-0", MANIFEST))).pushed


def test_passwords_of_netrc_are_not_used(registry: StandIn, package: Path, tmp_path: Path) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text(f"machine 127.0.0.1 login someone password {PASSWORD}\n")
    netrc.chmod(0o600)
    push_documents(package, BOTH, Options(image=registry.add_package("1.0-0", MANIFEST)))
    assert {given for _, _, given in registry.requests} == {""}


@pytest.mark.parametrize("auth", ["basic", "bearer"])
@pytest.mark.parametrize("kept", ["nothing", "the wrong password"])
def test_a_registry_that_wants_a_login_says_so(
    auth: str, kept: str, registry: StandIn, package: Path, config: Path
) -> None:
    registry.auth = auth
    if kept != "nothing":
        login(config, registry.host, "d3Jvbmc6d3Jvbmc=")
    with pytest.raises(AttachError, match="log in with `docker login` or `oras login`"):
        push_documents(package, BOTH, Options(image=registry.add_package("1.0-0", MANIFEST)))


def test_a_blob_elsewhere_is_fetched_without_the_credential(registry: StandIn, package: Path, config: Path) -> None:
    registry.auth = "basic"
    login(config, registry.host)
    options = Options(image=registry.add_package("1.0-0", MANIFEST))
    push_documents(package, BOTH, options)
    with serving(StandIn(blobs=registry.blobs)) as store:
        where = f"http://{store.host}/v2/linux-64/demo/blobs/"
        registry.odd["GET", "/v2/linux-64/demo/blobs/"] = lambda handler: handler.answer(
            307, headers={"Location": where + handler.path.rpartition("/")[2]}
        )
        assert len(attached(options)) == 2
        assert {given for _, _, given in store.requests} == {""}


# A real registry without the API


@pytest.mark.skipif(bool(registries.MISSING), reason=registries.WHY_MISSING)
def test_docker_registry_and_skopeo(package: Path, tmp_path: Path) -> None:
    """The package goes there from a layout, as a mirror would bring it; all is read back by another program."""
    tag = oci.fallback_tag(SUBJECT.digest)
    extend_layout(tmp_path / "layout", package, LAYERS, BOTH, Limits(), force=False)
    with registries.docker_registry(tmp_path) as host:
        there = f"docker://{host}/linux-64/demo"
        registries.skopeo("copy", "--dest-tls-verify=false", f"oci:{tmp_path}/layout:1.0-0", f"{there}:1.0-0")
        assert registries.skopeo("inspect", "--raw", "--tls-verify=false", f"{there}:1.0-0") == MANIFEST
        options = Options(image=f"{host}/linux-64/demo:1.0-0")
        done = push_documents(package, BOTH, options)
        assert push_documents(package, BOTH, options).pushed[0].new is False
        listing = json.loads(registries.skopeo("inspect", "--raw", "--tls-verify=false", f"{there}:{tag}"))
        assert titles(listing["manifests"]) == [f"{NAME}.cdx.json", f"{NAME}.spdx.json"]
        for one, document in zip(done.pushed, BOTH, strict=True):
            digest = one.place.rpartition("@")[2]
            found = registries.skopeo("inspect", "--raw", "--tls-verify=false", f"{there}@{digest}")
            assert found == referrer(document, f"{NAME}{document.suffix}", SUBJECT).data
        assert [one.data for one in attached(options)] == [CYCLONEDX.data, SPDX.data]
        newer = push_documents(package, (NEWER,), options)
        assert len(newer.remarks) == 1
        # All of it as a layout again, and the layout's own list into another repository.
        for name in ("1.0-0", tag):
            back = f"oci:{tmp_path}/back:{name}"
            registries.skopeo("copy", "--all", "--src-tls-verify=false", f"{there}:{name}", back)
        assert {one.data for one in read_layout(tmp_path / "back", Limits())} == {NEWER.data, SPDX.data}
        other = f"docker://{host}/linux-64/other"
        for name in ("1.0-0", tag):
            source = f"oci:{tmp_path}/layout:{name}"
            registries.skopeo("copy", "--all", "--dest-tls-verify=false", source, f"{other}:{name}")
        assert len(attached(Options(image=f"{host}/linux-64/other:1.0-0"))) == 2


HTPASSWD = "someone:$2b$05$abcdefghijklmnopqrstuuoy9jEU/X1.oIG0mnHuTAiRVuOnNN4nS\n"
"""The test's own user and password, by bcrypt."""


@pytest.mark.skipif(bool(registries.MISSING), reason=registries.WHY_MISSING)
def test_docker_registry_with_a_login(package: Path, tmp_path: Path, config: Path) -> None:
    extend_layout(tmp_path / "layout", package, LAYERS, (), Limits(), force=False)
    with registries.docker_registry(tmp_path, HTPASSWD) as host:
        there = f"docker://{host}/linux-64/demo:1.0-0"
        given = f"--dest-creds={registries.USER}:{PASSWORD}"
        registries.skopeo("copy", "--dest-tls-verify=false", given, f"oci:{tmp_path}/layout:1.0-0", there)
        options = Options(image=f"{host}/linux-64/demo:1.0-0")
        with pytest.raises(AttachError, match="log in with"):
            push_documents(package, BOTH, options)
        login(config, host)
        push_documents(package, BOTH, options)
        assert [one.data for one in attached(options)] == [CYCLONEDX.data, SPDX.data]
