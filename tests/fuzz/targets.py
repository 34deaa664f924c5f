"""What is fuzzed: a name, a function of bytes that must raise nothing, and the seeds it begins with.

Each function lets pass what the project raises on purpose where bytes are refused (TargetError, DocumentError,
ParseError) and nothing else. What a package could be described as must also be rendered, and no extractor may fail:
a Problem that says so would be a bug hidden from the fuzzer.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from banners.samples import SAMPLES
from conda_package_streaming.package_streaming import stream_conda_component
from packageurl import PackageURL
from support import (
    EXPECTED,
    FIXTURES,
    INDEX,
    conda,
    fixture_members,
    fixture_packages,
    info_members,
    link,
    tar,
    tar_bz2,
    zip_conda,
    zstd,
)
from wheels import wheels

from cf_sbom.answers.environment import merge_environment
from cf_sbom.answers.merge import merge_documents
from cf_sbom.assertions import state
from cf_sbom.attachers.package import Opened
from cf_sbom.banners.crates import find_crates
from cf_sbom.banners.finder import find_banners
from cf_sbom.binaries.archive import open_archives, open_objects
from cf_sbom.binaries.data_sections import data_sections
from cf_sbom.binaries.images import open_images
from cf_sbom.binaries.linkage import read_linkage
from cf_sbom.binaries.pe_version import file_version
from cf_sbom.binaries.symbols import find_symbols, returned, text_at
from cf_sbom.channel.channels import entries as channel_entries
from cf_sbom.channel.items import Item, Wanted
from cf_sbom.channel.repodata import FILES, records
from cf_sbom.documents import open_document, read_document, read_opened
from cf_sbom.embedded import place_inside
from cf_sbom.environments.locks import read_lock
from cf_sbom.environments.prefix import read_prefix
from cf_sbom.errors import AttachError, DocumentError, QueryError, SettingsError, TargetError
from cf_sbom.generate import describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.identity import licenses, matchspec, purl, upstream, urls
from cf_sbom.identity.packages import package_purl
from cf_sbom.identity.ranges import ORDERED, UndecidedError
from cf_sbom.joining.opened import Opened as OpenedDocument
from cf_sbom.joining.parts import of_document
from cf_sbom.limits import Limits
from cf_sbom.model import Document
from cf_sbom.oci import MANIFEST, parse_image, parse_manifest
from cf_sbom.oci import describe as describe_bytes
from cf_sbom.oci.manifests import listed, referrer
from cf_sbom.package_notes import read_note
from cf_sbom.parsing import ParseError, parse_json, parse_strict_json, parse_yaml
from cf_sbom.paths import member_path, resolve_link, unsafe
from cf_sbom.plugins import Registry, load
from cf_sbom.profiles import judge
from cf_sbom.profiles.tables import PROFILES
from cf_sbom.queries import Query
from cf_sbom.signing.statements import Signature, read_envelopes, read_statement, write_envelope, write_statement
from cf_sbom.syntaxes import maven
from cf_sbom.validate import validate
from fixtures.members import exporting, images, jars, linking

LIMITS = Limits()
EXPORTED = ("WebPGetDecoderVersion", "SharpYuvConvert", "avifVersion", "f")
OUTPUTS = ("cyclonedx-json", "cyclonedx-xml", "spdx-json", "spdx-tag-value", "spdx-xml", "spdx-yaml", "spdx3-json")
OPTIONS = Options(outputs=tuple((name, "") for name in OUTPUTS), list_files=True, build_packages="all")
MEMORY = Path("/dev/shm")
"""A folder kept in memory where the system has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """run takes any bytes; seeds are well-formed and small; weight is its share of the time of a run."""

    name: str
    run: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]]
    weight: int = 1


# Packages


def read_package(data: bytes) -> None:
    """Describe the archive, and render what was found."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        path = Path(folder, "demo-1.0-0.conda")
        path.write_bytes(data)
        try:
            description = describe(path, OPTIONS, _registry())
        except TargetError:
            return
    failed = [p for p in description.sbom.problems if "extractor failed" in p.reason or "enricher failed" in p.reason]
    assert failed == []
    render(description, OPTIONS, _registry())


@cache
def _registry() -> Registry:
    return load()


def read_members(names: tuple[str, ...], data: bytes) -> None:
    """The bytes stand at each of the names in an otherwise sound package."""
    info = info_members() if "info/files" not in names else info_members(paths=None)
    read_package(conda(info | dict.fromkeys(names, data), {"lib/demo.txt": b"x", "bin/demo": b"#!"}))


def read_carried(path: str, data: bytes) -> None:
    """The bytes stand at the path in the payload."""
    read_package(conda(info_members(paths=None), {path: data}))


def carried(extractor: str, file_name: str) -> list[bytes]:
    """What fixtures/members/ has of these files for an extractor."""
    return [data for path, data in fixture_members(extractor).items() if path.rpartition("/")[2] == file_name]


def read_info(data: bytes) -> None:
    """The bytes are the tar archive of the metadata."""
    read_package(_parts(data, tar({"lib/demo.txt": b"x"})))


def read_payload(data: bytes) -> None:
    """The bytes are the tar archive of the payload."""
    read_package(_parts(tar(info_members()), data))


def _parts(info: bytes, payload: bytes) -> bytes:
    parts = {"pkg-demo-1.0-0.tar.zst": payload, "info-demo-1.0-0.tar.zst": info}
    entries = {name: zstd.compress(data) for name, data in parts.items()}
    return zip_conda({"metadata.json": b'{"conda_pkg_format_version": 2}'} | entries)


def archives() -> list[bytes]:
    small = [conda(info_members(), {"lib/demo.txt": b"x"}), tar_bz2(info_members() | {"lib/demo.txt": b"x"})]
    return small + [path.read_bytes() for path in fixture_packages()]


def tars() -> list[bytes]:
    files = info_members() | {"lib/a": b"x", "lib/b": link("lib/b", "a"), "lib/c": link("lib/c", "lib/a", b"1")}
    return [tar(files), tar({"info/licenses/LICENSE": b"MIT", "é" * 60: b"", "d/" * 70 + "x": b"x"})]


def members(*names: str) -> list[bytes]:
    """What the packages of fixtures/ have at these names, and what the tests write there."""
    found = {data for name, data in _fixture_info() if name in names}
    return sorted(found) + [data for name, data in info_members().items() if name in names]


@cache
def _fixture_info() -> tuple[tuple[str, bytes], ...]:
    found = []
    for path in (p for p in fixture_packages() if p.suffix == ".conda"):
        for archive, member in stream_conda_component(path.name, io.BytesIO(path.read_bytes()), "info"):
            if body := archive.extractfile(member) if member.isfile() else None:
                found.append((member.name, body.read()))
    return tuple(found)


# Programs


def read_program(data: bytes) -> None:
    """The bytes are a program of the package."""
    read_package(conda(info_members(), {"bin/demo": data}))


def read_linked(data: bytes) -> None:
    """The bytes are a program, a library or an archive."""
    remarks: list[str] = []
    for image in open_images(memoryview(data), remarks.append):
        read_linkage(image, LIMITS, remarks.append)
        for address in (find_symbols(image, EXPORTED) or {}).values():
            text_at(image, returned(image, address) or 0)
        file_version(image)
    for archive in open_archives(memoryview(data), LIMITS, remarks.append):
        assert sum(len(member.data) for member in archive.members) <= len(data)
        for _, image in open_objects(archive, remarks.append):
            data_sections(image)
            read_linkage(image, LIMITS, remarks.append)


def read_package_note(data: bytes) -> None:
    """The bytes are the note of a binary."""
    read_note(data.decode("utf-8", "backslashreplace"), LIMITS, lambda text: None)


def read_go_modules(data: bytes) -> None:
    """The bytes are the lines that Go's linker writes."""
    text = images.go_inline("go1.22.3", data.decode("latin-1"))
    read_program(images.elf({".go.buildinfo": text}))


def read_banners(data: bytes) -> None:
    """The bytes are the data of a program, as one section and as two."""
    half = len(data) // 2
    view = memoryview(data)
    for sections in (((0, view),), ((0, view[:half]), (half, view[half:]))):
        for hit in find_banners(sections, lambda _: None):
            assert hit.text.isprintable()
            hit.library.cpe_name(hit.version)
            _sound(package_purl("generic", hit.library.name, hit.version))
        for crate in find_crates(sections):
            _sound(package_purl("cargo", crate.name, crate.version))


def banners() -> list[bytes]:
    """What was seen in binaries, some of it together, and a path of a crate."""
    pieces = [b"\0".join(sample) for *_, sample in SAMPLES]
    path = b"/registry/src/index.crates.io-6f17d22bba15001f/bead-1.0.2/src/lib.rs"
    return [b"\0".join(pieces[start : start + 8]) for start in range(0, len(pieces), 8)] + [path]


def read_crates(data: bytes) -> None:
    """The bytes are a list of crates before it is compressed."""
    read_program(images.elf({".dep-v0": zlib.compress(data, 1)}))


def write_anew(data: bytes) -> None:
    """The bytes are a package that gets a document. What comes out has all that went in, or nothing comes out."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "demo-1.0-0.conda")
        target.write_bytes(data)
        with suppress(TargetError, AttachError), Opened(target, LIMITS) as package:
            place = place_inside(package.stem, ".cdx.json")
            without = package.earlier([".cdx.json"]) | package.in_place_of([place], force=True)
            package.write(target, {place: b"{}"}, without)
            return
        assert target.read_bytes() == data


# Documents


def read_any_document(data: bytes) -> None:
    """Read the document back, and validate it."""
    try:
        opened = open_document(data, LIMITS)
        statement = state(opened.format, opened.version, opened.tree)
        for profile in PROFILES.values():
            judge(profile, statement)
        reading = read_opened(opened, LIMITS)
    except DocumentError:
        pass
    else:
        reading.sbom().check()
    with suppress(DocumentError):
        validate(data, LIMITS)


def documents(start: str, package: str = "") -> list[bytes]:
    """The expected documents of one format; of one package where reading takes long."""
    return [p.read_bytes() for p in sorted(EXPECTED.glob(f"{package}*.conda/{start}-*"))]


def read_lock_file(data: bytes) -> None:
    """A lock file of an environment; what it names can be merged."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        path = Path(folder, "lock")
        path.write_bytes(data)
        with suppress(TargetError, SettingsError):
            for environment in read_lock(path, LIMITS):
                render(merge_environment(environment, [], OPTIONS), OPTIONS, _registry())


def lock_files() -> list[bytes]:
    address = "https://example.org/c/linux-64/a-1.0-0.conda"
    return [
        f"version: 6\nenvironments: {{default: {{packages: {{linux-64: [{{conda: {address}}}]}}}}}}\npackages:\n"
        f"- conda: {address}\n  depends: [b, __glibc]\n  purls: ['pkg:pypi/a']\n".encode(),
        f"version: 1\nmetadata: {{}}\npackage:\n- name: a\n  manager: conda\n  platform: linux-64\n  url: {address}\n"
        "  dependencies: {b: '>=1'}\n- name: b\n  version: '1'\n  manager: pip\n  platform: linux-64\n".encode(),
        f"@EXPLICIT\n{address}#{'a' * 32}\n".encode(),
    ]


def read_record(data: bytes) -> None:
    """A record of an installed package."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        (Path(folder) / "conda-meta").mkdir()
        (Path(folder) / "conda-meta" / "a-1-0.json").write_bytes(data)
        environment = read_prefix(Path(folder), "env", LIMITS)
        render(merge_environment(environment, [], OPTIONS), OPTIONS, _registry())


def conda_records() -> list[bytes]:
    found = INDEX | {"fn": "demo-1.0-0.conda", "url": "https://example.org/c/linux-64/demo-1.0-0.conda", "files": ["a"]}
    return [json.dumps(found | {"paths_data": {"paths": [{"_path": "a", "sha256": "0"}]}}).encode()]


def merge_document(data: bytes) -> None:
    """A document of anybody, merged: what comes out is valid."""
    try:
        part = of_document(read_document(data, LIMITS))
    except DocumentError:
        return
    render(merge_documents([OpenedDocument(part=part)], "all", OPTIONS), OPTIONS, _registry())


def merged_documents() -> list[bytes]:
    return [data for start in ("cyclonedx-json", "spdx-json", "spdx3-json") for data in documents(start, "hello")]


def read_embedded(data: bytes) -> None:
    """The bytes are a wheel's SBOM, and one of the package itself."""
    places = ("lib/python3.12/site-packages/x-1.dist-info/sboms/x", "share/sbom/demo.json")
    read_package(conda(info_members(), dict.fromkeys(places, data)))


def embedded() -> list[bytes]:
    """Documents of other tools, and one that is about the package; reading tag-value takes long."""
    folder = FIXTURES / "members" / "embedded_sboms"
    inner = [{"type": "library", "bom-ref": "in:lib/x#file:x", "name": "x"}]
    purl = f"pkg:conda/{INDEX['name']}@{INDEX['version']}"
    about = {"type": "library", "name": INDEX["name"], "purl": purl, "components": inner}
    own = {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": about}}
    return [p.read_bytes() for p in sorted(folder.glob("*.*")) if p.suffix != ".spdx"] + [json.dumps(own).encode()]


# Syntaxes


def read_manifest(data: bytes) -> None:
    """As a manifest, as an index that a document is added to, and as the name of an image."""
    with suppress(ParseError):
        parse_manifest(data, LIMITS)
    with suppress(ParseError):
        new = describe_bytes(data, MANIFEST)
        grown, _ = listed(data, [new], LIMITS)
        assert listed(grown, [new], LIMITS) == (grown, ())
    with suppress(SettingsError):
        parse_image(data.decode("utf-8", "replace"))


def oci_manifests() -> Iterable[bytes]:
    """Manifests as they are laid, and an index of one."""
    document = Document(format="f", version="1", media_type="text/spdx", suffix=".spdx", data=b"x", sha256="")
    made = referrer(document, "x.spdx", describe_bytes(b"subject", MANIFEST))
    yield made.data
    yield listed(b"", [made.descriptor], LIMITS)[0]
    yield b"localhost:5000/linux-64/zlib:1.3-0"


def read_statements(data: bytes) -> None:
    """Envelopes, bundles and bare statements, and what they state."""
    with suppress(DocumentError):
        for envelope in read_envelopes(data, LIMITS):
            read_statement(envelope.payload, LIMITS)


def statements() -> Iterable[bytes]:
    document = (EXPECTED / "hello-cb-1.2.3-1.conda" / "cyclonedx-json-1.6.json").read_bytes()
    bare = write_statement("hello-cb-1.2.3-1.conda", "0" * 64, "cyclonedx-json", document)
    signed = write_envelope(bare, (Signature(keyid="k", value=b"s"),))
    bundle = b'{"dsseEnvelope": %b, "verificationMaterial": {"certificate": {"rawBytes": "YQ=="}}}' % signed
    return bare, signed, b"\n".join((signed, bundle, bare))


def read_json(data: bytes) -> None:
    for parse in (parse_json, parse_strict_json):
        with suppress(ParseError):
            parse(data, LIMITS)


def read_repodata(data: bytes) -> None:
    for name in FILES:
        with tempfile.TemporaryDirectory() as folder, suppress(ParseError, TargetError):
            path = Path(folder, name)
            path.write_bytes(data)
            for key, _ in records(path, LIMITS):
                assert isinstance(key, str)
            for entry in channel_entries(folder, Wanted(), LIMITS):
                assert not unsafe(entry.path) or not isinstance(entry, Item)


def repodata() -> list[bytes]:
    record = {"name": "demo", "sha256": "ab" * 32, "size": 3, "timestamp": 1_700_000_000_000}
    packages = {"demo-1.0-0.conda": record, "../up-1-0.conda": record}
    tree = {"info": {"subdir": "noarch"}, "packages": {}, "packages.conda": packages, "removed": ["a"], "version": 1}
    data = json.dumps(tree).encode()
    return [data, zstd.compress(data)]


def read_yaml(data: bytes) -> None:
    with suppress(ParseError):
        json.dumps(parse_yaml(data, LIMITS), check_circular=True)


def read_pom(data: bytes) -> None:
    with suppress(ParseError):
        maven.read_project(data, LIMITS)


def read_jar_texts(data: bytes) -> None:
    maven.read_manifest(data)
    pom = maven.read_properties(data)
    maven.named(_text(data), pom)
    maven.differ(_text(data), pom.version)


def entries(*names: str) -> list[bytes]:
    """What the jars of fixtures/members hold under these names."""
    opened = [zipfile.ZipFile(io.BytesIO(data)) for data in jars.SAMPLES.values()]
    return sorted({z.read(name) for z in opened for name in z.namelist() if name.rpartition("/")[2] in names})


# Names


def read_spec(data: bytes) -> None:
    spec = matchspec.parse(_text(data))
    _sound(purl.conda_purl(spec.name, spec.version, spec.build, subdir=spec.subdir, archive="conda"))


def read_license(data: bytes) -> None:
    found = licenses.normalize(_text(data))
    assert licenses.normalize(found.expression).expression == found.expression


def read_url(data: bytes) -> None:
    text = _text(data)
    found = urls.clean_url(text).url
    assert urls.clean_url(found).url == found
    urls.withheld(text)
    urls.withheld_prose(text)


def read_source(data: bytes) -> None:
    """The first line is the address, of which only the cleaned form is ever looked up; name and version follow."""
    text, name, version, *_ = (*_text(data).split("\n"), "demo", "1.0")
    if url := urls.clean_url(text).url:
        _sound(upstream.release((url,), (name,), (version,), "ab" * 32).purl)
        _sound(upstream.commit_purl(url, "ab" * 20))


def read_query(data: bytes) -> None:
    """What somebody looks for, as a question, and the condition on each ecosystem's versions."""
    text = _text(data)
    with suppress(QueryError):
        query = Query.parse(text)
        for kind in (*ORDERED, "generic"):
            with suppress(UndecidedError):
                query.holds(kind, text.rpartition("@")[2], f"pkg:{kind}/x")
        query.admits(text)
        with suppress(UndecidedError):
            query.condition.admitted_by(text)


def read_purl(data: bytes) -> None:
    """A line a field of conda's purl."""
    name, version, build, subdir, channel, *_ = (*_text(data).split("\n"), "", "", "", "")
    channel = urls.clean_url(channel).url if "://" in channel else channel
    for style in ("spec", "cep159"):
        _sound(purl.conda_purl(name, version, build, subdir=subdir, channel=channel, archive="conda", style=style))


def read_path(data: bytes) -> None:
    name, target, *_ = (*data.decode("utf-8", "surrogateescape").split("\n"), "a")
    path = member_path(name)
    path.encode()
    if not unsafe(path):
        inside = resolve_link(path, member_path(target))
        assert not inside.startswith("/")
        assert ".." not in inside.split("/")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _sound(found: str) -> None:
    assert not found or PackageURL.from_string(found).to_string() == found


SPECS = ("python >=3.10", "conda-forge/linux-64::numpy=1.26=py312*", "a[version='1.0',build=b_0]", "a; if python <3.9")
LICENSES = ("MIT", "BSD 3-Clause", "LGPL-2.1 and GPL-2.0+", "LicenseRef-a WITH GCC-exception-2.0", "(MIT OR GPL)")
URLS = (
    f"https://{'.'.join(('pypi', 'org'))}/packages/source/d/demo/demo-2.0.tar.gz",
    "https://github.com/example/demo/archive/refs/tags/v1.0.tar.gz\ndemo\n1.0",
    "https://gitlab.com/example/group/demo/-/archive/v1/demo-v1.zip",
    "git@example.org:example/demo.git",
    "https://user:word@example.org/t/token/c?token=x#y",
    "see /home/x and C:\\x, file:///x",
    "https://cran.r-project.org/src/contrib/Archive/demo/demo_1.0.tar.gz\ndemo\n1.0",
    "http://[::1]:80/demo-1.0.zip\ndemo\n1.0",
)
QUERIES = (
    "openssl@<3",
    "pkg:npm/@babel/*@>=7,<7.23.2|=8.0.0-alpha.1",
    "pkg:pypi/jinja2@vers:pypi/>=2|<3.1.4|!=3",
    "pkg:conda/openssl@3.0.13?subdir=linux-64",
    "*ssl*@1:2.0~rc1-1.el9",
)
PURLS = ("demo\n1.0\n0\nlinux-64\nconda-forge", "demo\n1!2.0+a\npy_0\nnoarch\nhttps://example.org/a/b", "__glibc")
PATHS = ("info/./index.json\na", "a//b\\x41\n../b", "/etc/x\n/y", "C:\\x\n..\\y", "a/../../b\n../../c")


def encoded(texts: Iterable[str]) -> list[bytes]:
    return [text.encode() for text in texts]


def _member(name: str, *paths: str) -> Target:
    return Target(name=name, run=partial(read_members, paths), seeds=partial(members, *paths))


def _carried(name: str, extractor: str, path: str) -> Target:
    seeds = partial(carried, extractor, path.rpartition("/")[2])
    return Target(name=name, run=partial(read_carried, path), seeds=seeds)


def _document(name: str, package: str = "", weight: int = 1) -> Target:
    return Target(name=name, run=read_any_document, seeds=partial(documents, name, package), weight=weight)


TARGETS = {
    target.name: target
    for target in (
        Target(name="archive", run=read_package, seeds=archives, weight=2),
        Target(name="embed", run=write_anew, seeds=archives),
        Target(name="info-tar", run=read_info, seeds=tars),
        Target(name="payload-tar", run=read_payload, seeds=tars),
        _member("index-json", "info/index.json"),
        _member("about-json", "info/about.json"),
        _member("paths-json", "info/paths.json"),
        _member("meta-yaml", "info/recipe/meta.yaml"),
        _member("rendered-recipe", "info/recipe/rendered_recipe.yaml"),
        _member(
            "side-files",
            "info/hash_input.json",
            "info/link.json",
            "info/repodata_record.json",
            "info/run_exports.json",
            "info/used_build_tool.json",
        ),
        _member(
            "text-files",
            "info/files",
            "info/git",
            "info/has_prefix",
            "info/licenses/LICENSE",
            "info/recipe/conda_build_config.yaml",
        ),
        Target(name="program", run=read_program, seeds=images.SAMPLES.values),
        Target(name="linkage", run=read_linked, seeds=lambda: (*linking.SAMPLES.values(), *exporting.SAMPLES.values())),
        Target(name="package-note", run=read_package_note, seeds=lambda: [linking.NOTE.rstrip(b"\0")]),
        Target(name="lock-file", run=read_lock_file, seeds=lock_files),
        Target(name="conda-meta", run=read_record, seeds=conda_records),
        Target(name="merge", run=merge_document, seeds=merged_documents),
        Target(name="go-modules", run=read_go_modules, seeds=partial(encoded, [images.GO_TEXT])),
        Target(name="banners", run=read_banners, seeds=banners),
        Target(name="crates", run=read_crates, seeds=lambda: encoded([json.dumps({"packages": images.CRATES})])),
        _carried("r-description", "r", "lib/R/library/pearls/DESCRIPTION"),
        _carried("gemspec", "ruby", "share/specifications/bead-2.1.0.gemspec"),
        _carried("composer-installed", "php", "vendor/composer/installed.json"),
        _carried("cpanm-install", "perl", "lib/.meta/demo-1.0/install.json"),
        _carried("cpan-meta-json", "perl", "lib/.meta/demo-1.0/MYMETA.json"),
        _carried("cpan-meta-yaml", "perl", "share/META.yml"),
        _carried("packlist", "perl", "lib/auto/Bead/Counter/.packlist"),
        _carried("perl-module", "perl", "lib/Bead/Counter.pm"),
        _carried("julia-project", "julia", "share/Project.toml"),
        _carried("julia-manifest", "julia", "share/Manifest.toml"),
        _carried("rockspec", "lua", "lib/beads-1.2-1.rockspec"),
        _carried("package-json", "npm", "lib/node_modules/demo/package.json"),
        _carried("package-lock", "npm", "lib/package-lock.json"),
        _carried("npm-shrinkwrap", "npm", "lib/npm-shrinkwrap.json"),
        _carried("yarn-lock", "npm", "lib/yarn.lock"),
        _carried("pnpm-lock", "npm", "lib/pnpm-lock.yaml"),
        _carried("deps-json", "dotnet", "share/desk/Desk.deps.json"),
        _carried("runtimeconfig-json", "dotnet", "share/desk/Desk.runtimeconfig.json"),
        Target(name="jar", run=partial(read_carried, "lib/demo-1.0.jar"), seeds=jars.SAMPLES.values),
        Target(name="pom", run=read_pom, seeds=partial(entries, "pom.xml")),
        Target(name="jar-texts", run=read_jar_texts, seeds=partial(entries, "MANIFEST.MF", "pom.properties")),
        _carried("cargo-licenses-json", "license_lists", "lib/THIRDPARTY.json"),
        _carried("cargo-licenses-toml", "license_lists", "lib/THIRDPARTY.toml"),
        _carried("cargo-licenses-yaml", "license_lists", "lib/THIRDPARTY.yml"),
        _carried("json-licenses", "license_lists", "lib/third-party-licenses.json"),
        _carried("maven-licenses", "license_lists", "lib/THIRD-PARTY.txt"),
        _carried("core-metadata", "python", "site-packages/pear-1.2.dist-info/METADATA"),
        _carried("record", "python", "site-packages/pear-1.2.dist-info/RECORD"),
        _carried("direct-url", "python", "site-packages/pear-1.2.dist-info/direct_url.json"),
        _carried("requires", "python", "site-packages/plum-0.3-py3.10.egg-info/requires.txt"),
        _carried("vendor-list", "python", "site-packages/pear/_vendor/vendor.txt"),
        Target(name="wheel", run=partial(read_carried, "share/pear-1.2-py3-none-any.whl"), seeds=wheels),
        _document("cyclonedx-json"),
        _document("cyclonedx-xml"),
        _document("spdx-json"),
        _document("spdx-tag-value", "linkage", weight=3),
        _document("spdx-yaml"),
        _document("spdx-xml"),
        _document("spdx-rdf", "linkage", weight=2),
        _document("spdx3-json"),
        Target(name="embedded-sboms", run=read_embedded, seeds=embedded),
        Target(name="oci", run=read_manifest, seeds=oci_manifests),
        Target(name="statements", run=read_statements, seeds=statements),
        Target(name="json", run=read_json, seeds=lambda: encoded([json.dumps(INDEX), "[NaN, -0, 1.10, 1e9]"])),
        Target(name="repodata", run=read_repodata, seeds=repodata),
        Target(name="yaml", run=read_yaml, seeds=partial(members, "info/recipe/meta.yaml")),
        Target(name="matchspec", run=read_spec, seeds=partial(encoded, SPECS)),
        Target(name="licenses", run=read_license, seeds=partial(encoded, LICENSES)),
        Target(name="urls", run=read_url, seeds=partial(encoded, URLS)),
        Target(name="upstream", run=read_source, seeds=partial(encoded, URLS)),
        Target(name="purl", run=read_purl, seeds=partial(encoded, PURLS)),
        Target(name="query", run=read_query, seeds=partial(encoded, QUERIES)),
        Target(name="paths", run=read_path, seeds=partial(encoded, PATHS)),
    )
}
