"""What changed between two inventories: each kind of change, documents against packages, and text that is hostile."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running import Run
from sboms import STAMP, sboms
from support import INDEX, ROOT, conda, fixture_packages, info_members, link

from cf_sbom import properties as names
from cf_sbom import side_by_side
from cf_sbom.answers.diff import KINDS, MEANING, Change, ChangeKind, diff
from cf_sbom.comparable import side
from cf_sbom.documents import read_document
from cf_sbom.errors import TargetError
from cf_sbom.faces.cli.changes import TITLES, markdown_text
from cf_sbom.faces.markdown import cell
from cf_sbom.generate import Description
from cf_sbom.hookspecs import Options
from cf_sbom.inventories import document_inventory, inventory
from cf_sbom.limits import Limits
from cf_sbom.model import (
    Binary,
    Component,
    Digest,
    Evidence,
    File,
    License,
    Occurrence,
    Part,
    Party,
    Patch,
    Ref,
    Relation,
    Sbom,
    Scope,
    Subject,
    Text,
)
from cf_sbom.plugins import Registry

SCHEMA = json.loads((ROOT / "schemas" / "diff.schema.json").read_bytes())


def sbom(*components: Component, relations: tuple[Relation, ...] = (), **changes: object) -> Sbom:
    """A package that contains all components that no relation places."""
    root = Component(ref=Ref("pkg:conda/demo@1"), kind="library", name="demo", version="1", purl="pkg:conda/demo@1")
    root = replace(root, **changes.pop("root", {}))  # type: ignore[arg-type]
    placed = {relation.target for relation in relations}
    relations += tuple(
        Relation(source=root.ref, kind="contains", target=c.ref) for c in components if c.ref not in placed
    )
    subject = Subject(
        filename="demo-1-0.conda",
        container="conda",
        size=1,
        digests=(),
        name="demo",
        version="1",
        build="0",
        subdir="noarch",
    )
    return Sbom(
        subject=replace(subject, **changes.pop("subject", {})),  # type: ignore[arg-type]
        root=root.ref,
        components=tuple(sorted((root, *components), key=lambda c: c.ref)),
        relations=tuple(sorted(relations, key=lambda r: (r.source, r.kind, r.target, r.scope))),
        **changes,  # type: ignore[arg-type]
    )


def npm(name: str, version: str, *paths: str, technique: str = "manifest", license: str = "") -> Component:
    purl = f"pkg:npm/{name}@{version}"
    seen = (
        Occurrence(path=path, evidence=(Evidence(path=path, technique=technique),))  # type: ignore[arg-type]
        for path in paths or (f"lib/{name}/package.json",)
    )
    licenses = (License(expression=license),) if license else ()
    return Component(
        ref=Ref(purl), kind="library", name=name, version=version, purl=purl, occurrences=tuple(seen), licenses=licenses
    )


def package(name: str, *specs: str) -> tuple[Component, Relation]:
    component = Component(ref=Ref(f"pkg:conda/{name}"), kind="library", name=name, purl=f"pkg:conda/{name}")
    return component, Relation(source=Ref("pkg:conda/demo@1"), kind="depends_on", target=component.ref, specs=specs)


def needing(name: str, *specs: str, version: str = "") -> Sbom:
    component, relation = package(name, *specs)
    return sbom(replace(component, version=version), relations=(relation,))


def depending(*components: Component, scope: Scope = "runtime", through: str = "") -> Sbom:
    """A package beside which these stand, needed by it or by what it needs."""
    root, first = Ref("pkg:conda/demo@1"), npm(through, "1") if through else None
    relations = [Relation(source=root, kind="depends_on", target=first.ref)] if first else []
    source = first.ref if first else root
    relations += (Relation(source=source, kind="depends_on", target=c.ref, scope=scope) for c in components)
    return sbom(*components, *([first] if first else []), relations=tuple(relations))


def changes(old: Sbom, new: Sbom) -> list[tuple[str, str, str, str, str]]:
    return [(c.kind, c.name, c.action, c.before, c.after) for c in diff(old, new).changes]


def patch(text: bytes) -> Patch:
    path = "info/recipe/fix.patch"
    return Patch(path=path, text=Text(path=path, media_type="text/x-diff", data=text))


def linked(name: str, kind: str) -> Sbom:
    component = npm(name, "1", "lib/x.so", technique="binary")
    return sbom(component, relations=(Relation(source=Ref("pkg:conda/demo@1"), kind=kind, target=component.ref),))  # type: ignore[arg-type]


TABLE = {
    "a version": (
        sbom(npm("a", "1")),
        sbom(npm("a", "2")),
        [("component", "pkg:npm/a", "changed", "1", "2")],
    ),
    "one of two versions": (
        sbom(npm("a", "1", "x/package.json"), npm("a", "2", "y/package.json")),
        sbom(npm("a", "2", "y/package.json"), npm("a", "3", "x/package.json")),
        [("component", "pkg:npm/a", "changed", "1", "3")],
    ),
    "two versions at their places": (
        sbom(npm("a", "1", "x"), npm("a", "2", "y")),
        sbom(npm("a", "3", "y"), npm("a", "4", "x")),
        [("component", "pkg:npm/a", "changed", "1", "4"), ("component", "pkg:npm/a", "changed", "2", "3")],
    ),
    "two gone, one come": (
        sbom(npm("a", "1", "x"), npm("a", "2", "y")),
        sbom(npm("a", "3", "z")),
        [
            ("component", "pkg:npm/a", "added", "", "3"),
            ("component", "pkg:npm/a", "removed", "1", ""),
            ("component", "pkg:npm/a", "removed", "2", ""),
        ],
    ),
    "added and removed": (
        sbom(npm("a", "1")),
        sbom(npm("b", "1")),
        [("component", "pkg:npm/a", "removed", "1", ""), ("component", "pkg:npm/b", "added", "", "1")],
    ),
    "a licence of what is carried": (
        sbom(npm("a", "1", license="MIT")),
        sbom(npm("a", "2", license="GPL-3.0-only")),
        [
            ("license", "pkg:npm/a", "changed", "MIT", "GPL-3.0-only"),
            ("component", "pkg:npm/a", "changed", "1", "2"),
        ],
    ),
    "bundled": (
        sbom(),
        sbom(npm("a", "1", "lib/a.so", technique="binary")),
        [("bundled", "pkg:npm/a", "added", "", "1")],
    ),
    "static": (sbom(), linked("a", "static_link"), [("static", "pkg:npm/a", "added", "", "1")]),
    "candidate": (sbom(), linked("a", "static_candidate"), [("candidate", "pkg:npm/a", "added", "", "1")]),
    "a match spec": (
        needing("zlib", "zlib >=1.2"),
        needing("zlib", "zlib >=1.3", "zlib <2"),
        [("dependency", "zlib", "changed", "zlib >=1.2", "zlib <2 and zlib >=1.3")],
    ),
    "a dependency": (sbom(), needing("zlib", "zlib"), [("dependency", "zlib", "added", "", "zlib")]),
    "a version beside the package": (
        depending(npm("a", "1", license="MIT")),
        depending(npm("a", "9", license="GPL-3.0-only")),
        [
            ("license", "pkg:npm/a", "changed", "MIT", "GPL-3.0-only"),
            ("dependency", "pkg:npm/a", "changed", "1", "9"),
        ],
    ),
    "a version that is reached through another": (
        depending(npm("a", "1"), through="b"),
        depending(npm("a", "2"), through="b"),
        [("dependency", "pkg:npm/a", "changed", "1", "2")],
    ),
    "another in its place": (
        depending(npm("a", "1")),
        depending(npm("b", "1")),
        [("dependency", "pkg:npm/a", "removed", "1", ""), ("dependency", "pkg:npm/b", "added", "", "1")],
    ),
    "the scope of a dependency": (
        depending(npm("a", "1"), scope="optional"),
        depending(npm("a", "1")),
        [("dependency", "pkg:npm/a", "changed", "1 (optional)", "1")],
    ),
    "what only the build needed": (
        depending(npm("a", "1", "info/a"), scope="build"),
        depending(npm("a", "2", "info/a"), scope="build"),
        [("dependency", "pkg:npm/a", "changed", "1 (build)", "2 (build)")],
    ),
    "the version that was found for a spec": (
        needing("zlib", "zlib >=1", version="1.2.11"),
        needing("zlib", "zlib >=1", version="1.3.1"),
        [("dependency", "pkg:conda/zlib", "changed", "1.2.11", "1.3.1")],
    ),
    "a spec and the version that was found for it": (
        needing("zlib", "zlib >=1", version="1.2.11"),
        needing("zlib", "zlib >=1.3", version="1.3.1"),
        [
            ("dependency", "pkg:conda/zlib", "changed", "1.2.11", "1.3.1"),
            ("dependency", "zlib", "changed", "zlib >=1", "zlib >=1.3"),
        ],
    ),
    "an exact spec is told once": (
        needing("zlib", "zlib ==1.2.11", version="1.2.11"),
        needing("zlib", "zlib 1.3.1 h4ab18f5_1", version="1.3.1"),
        [("dependency", "zlib", "changed", "zlib ==1.2.11", "zlib 1.3.1 h4ab18f5_1")],
    ),
    "a dependency with the version that was found": (
        sbom(),
        needing("zlib", "zlib", version="1.3.1"),
        [("dependency", "zlib", "added", "", "zlib")],
    ),
    "the order of licences is none": (
        sbom(npm("a", "1", license="MIT OR Apache-2.0"), root={"licenses": (License(expression="MIT AND Zlib"),)}),
        sbom(npm("a", "1", license="Apache-2.0 OR MIT"), root={"licenses": (License(expression="Zlib AND MIT"),)}),
        [],
    ),
    "the same licences in another expression": (
        sbom(npm("a", "1", license="MIT OR Zlib AND ISC")),
        sbom(npm("a", "1", license="(MIT OR Zlib) AND ISC")),
        [("license", "pkg:npm/a", "changed", "MIT OR Zlib AND ISC", "(MIT OR Zlib) AND ISC")],
    ),
    "a licence text that has moved": (
        sbom(texts=(Text(path="info/LICENSE", media_type="text/plain", data=b"a"),)),
        sbom(texts=(Text(path="info/licenses/LICENSE", media_type="text/plain", data=b"a"),)),
        [],
    ),
    "the licence of a package that has another name": (
        sbom(root={"licenses": (License(expression="MIT"),), "name": "old"}),
        sbom(root={"licenses": (License(expression="MIT"),)}),
        [("package", "name", "changed", "old", "demo")],
    ),
    "the blanks around a patch": (
        sbom(patches=(patch(b"--- a"),)),
        sbom(patches=(patch(b"--- a\n"),)),
        [],
    ),
    "a patch": (
        sbom(patches=(patch(b"--- a"),)),
        sbom(patches=(patch(b"--- b"),)),
        [("patch", "fix.patch", "changed", "7acac2fe91e2", "8e4fb39b9e8b")],
    ),
    "a library without a known provider": (
        sbom(),
        sbom(root={"properties": ((names.LINKED_UNKNOWN, "libcurl.so.4"),)}),
        [("linkage", "libcurl.so.4", "added", "", "provider unknown")],
    ),
    "a virtual package": (
        sbom(),
        sbom(root={"properties": (("conda:package:virtual-depends", "__glibc >=2.17"),)}),
        [("dependency", "__glibc", "added", "", "__glibc >=2.17")],
    ),
    "run_exports": (
        sbom(root={"properties": (("conda:package:run-exports:weak", "zlib >=1.2"),)}),
        sbom(root={"properties": (("conda:package:run-exports:weak", "zlib >=1.3"),)}),
        [("run_exports", "zlib (weak)", "changed", "zlib >=1.2", "zlib >=1.3")],
    ),
    "an entry point": (
        sbom(),
        sbom(root={"properties": (("conda:package:entry-point", "demo = demo:main"),)}),
        [("program", "demo", "added", "", "entry point demo:main")],
    ),
    "the package itself": (
        sbom(root={"licenses": (License(expression="MIT"),)}),
        sbom(root={"supplier": Party(name="Example")}, subject={"build": "1"}),
        [
            ("package", "build", "changed", "0", "1"),
            ("package", "supplier", "added", "", "Example"),
            ("license", "demo", "changed", "MIT", "not declared"),
        ],
    ),
    "a licence text": (
        sbom(texts=(Text(path="info/licenses/LICENSE", media_type="text/plain", data=b"a"),)),
        sbom(texts=(Text(path="info/licenses/LICENSE", media_type="text/plain", data=b"b"),)),
        [("license", "info/licenses/LICENSE", "changed", "ca978112ca1b", "3e23e8160039")],
    ),
}


@pytest.mark.parametrize(("old", "new", "expected"), TABLE.values(), ids=TABLE.keys())
def test_each_kind_of_change(old: Sbom, new: Sbom, expected: list[tuple[str, ...]]) -> None:
    assert changes(old, new) == expected
    mirrored = {"added": "removed", "removed": "added", "changed": "changed"}
    assert sorted(changes(new, old)) == sorted((k, n, mirrored[a], after, b) for k, n, a, b, after in expected)
    assert diff(old, old).changes == ()


FILES = {
    "bin/.demo-post-link.sh": ("script", "post-link script"),
    "Scripts/.demo-pre-unlink.bat": ("script", "pre-unlink script"),
    "etc/conda/activate.d/demo.sh": ("script", "activation script"),
    "etc/conda/deactivate.d/demo.sh": ("script", "deactivation script"),
    "etc/conda/env_vars.d/demo.json": ("script", "variables set at activation"),
    "etc/conda/env_vars.d/demo.txt": (None, ""),
    "site-packages/demo.pth": ("script", "run at start of Python"),
    "lib/python3.12/site-packages/demo.pth": ("script", "run at start of Python"),
    "lib/python3.12/site-packages/demo/data.pth": (None, ""),
    "Lib/site-packages/sitecustomize.py": ("script", "run at start of Python"),
    "lib/python3.12/site-packages/usercustomize/__init__.py": ("script", "run at start of Python"),
    "Menu/demo.json": ("script", "menu entry"),
    "bin/demo": ("program", ""),
    "Scripts/demo.exe": ("program", ""),
    "Library/bin/demo.exe": ("program", ""),
    "lib/libdemo.so.1": (None, ""),
    "Library/bin/demo.dll": (None, ""),
    "share/demo.txt": (None, ""),
}


@pytest.mark.parametrize(("path", "called_out"), FILES.items(), ids=FILES.keys())
def test_what_runs_or_can_be_called_is_called_out(path: str, called_out: tuple[str | None, str]) -> None:
    old = sbom(files=(File(path="a", kind="file", size=1),))
    new = sbom(
        files=tuple(
            sorted((File(path="a", kind="file", size=1), File(path=path, kind="file", size=2)), key=lambda f: f.path)
        )
    )
    found = diff(old, new).changes
    kind, note = called_out
    expected = [Change(kind="file", name=path, action="added", after="2 bytes, unexplained")]
    if kind:
        expected.insert(0, Change(kind=kind, name=path, action="added", after="2 bytes, unexplained", note=note))  # type: ignore[arg-type]
    assert list(found) == expected


def payload(*files: File, **root: object) -> Sbom:
    told = ((f"{names.COVERAGE}{role}", "1") for role in ("data", "unexplained"))
    return sbom(files=files, root={"properties": tuple(told)} if root.get("coverage", True) else {})


def file(path: str = "share/a", data: bytes = b"one", **more: object) -> File:
    digest = Digest(algorithm="sha256", value=sha256(data).hexdigest())
    return File(path=path, **{"kind": "file", "size": len(data), "mode": 0o644, "digests": (digest,)} | more)  # type: ignore[arg-type]


def to(target: str) -> File:
    return File(path="bin/a", kind="softlink", size=0, link_target=target)


PAYLOADS = {
    "becomes executable": (
        file(),
        file(mode=0o755, executable=True),
        [("program", "3 bytes, unexplained", "3 bytes, unexplained, executable"), "file"],
    ),
    "a program becomes executable": (
        file("bin/a"),
        file("bin/a", mode=0o755),
        [("program", "3 bytes, unexplained", "3 bytes, unexplained, executable"), "file"],
    ),
    "a library that becomes executable is no program": (
        file("lib/a.so"),
        file("lib/a.so", mode=0o755, executable=True),
        [("file", "3 bytes, unexplained", "3 bytes, unexplained, executable")],
    ),
    "setuid": (
        file("lib/a.so"),
        file("lib/a.so", mode=0o6644),
        [("program", "3 bytes, unexplained", "3 bytes, unexplained, setuid, setgid"), "file"],
    ),
    "who may write": (file(), file(mode=0o664), []),
    "attribution": (file(role="data"), file(), [("file", "3 bytes, data", "3 bytes, unexplained")]),
    "other bytes as many": (
        file(),
        file(data=b"two"),
        [
            (
                "file",
                "3 bytes, unexplained, sha256 7692c3ad3540",
                "3 bytes, unexplained, sha256 3fc4ccfe7458",
            )
        ],
    ),
    "another target": (to("one"), to("two"), [("file", "link to one", "link to two")]),
    "a file becomes a link": (
        file("share/a"),
        replace(to("one"), path="share/a"),
        [("file", "3 bytes, unexplained", "link to one")],
    ),
    "the size is not stated": (file(), file(size=0), []),
}


@pytest.mark.parametrize(("old", "new", "expected"), PAYLOADS.values(), ids=PAYLOADS.keys())
def test_what_is_said_of_a_file(old: File, new: File, expected: list[tuple[str, str, str] | str]) -> None:
    """What is told of a program is told of the file, too."""
    found = diff(payload(old), payload(new))
    first = next(iter(expected), ())
    wanted = [(one, *first[1:]) if isinstance(one, str) else one for one in expected]
    assert [(c.kind, c.before, c.after) for c in found.changes] == wanted
    assert found.skipped == ()
    assert diff(payload(old), payload(old)).changes == ()


RECIPE = json.dumps({"requirements": {"host": ["zlib 1.3.1 0"]}}).encode()
FILES_ONLY = ("binary", "script", "program", "file")
SKIPPED = {
    "files": (sbom(), payload(file()), FILES_ONLY),
    "links": (replace(payload(file()), unlisted=("links",)), payload(to("one"), file()), FILES_ONLY[1:]),
    "permissions of files": (payload(file(mode=None)), payload(file(mode=0o755)), FILES_ONLY[2:]),
    "attribution of files": (payload(file(), coverage=False), payload(file(role="data")), ("file",)),
    "build packages": (sbom(of_document=True), linked("a", "host"), ("build",)),
    "licence texts": (
        sbom(of_document=True),
        sbom(texts=(Text(path="info/licenses/LICENSE", media_type="text/plain", data=b"a"),)),
        ("license",),
    ),
    "resolved versions of dependencies": (
        needing("zlib", "zlib"),
        needing("zlib", "zlib", version="1"),
        ("dependency", "license"),
    ),
}


@pytest.mark.parametrize(("what", "one", "other", "kinds"), [(k, *v) for k, v in SKIPPED.items()], ids=SKIPPED.keys())
def test_what_is_skipped_leaves_its_kinds_unanswered(
    what: str, one: Sbom, other: Sbom, kinds: tuple[ChangeKind, ...]
) -> None:
    for old, new in ((one, other), (other, one)):
        found = diff(old, new)
        assert found.changes == ()
        told = {skipped.what: asked for skipped, asked in found.unanswered(KINDS).items()}
        assert told.pop(what) == list(kinds)
        assert told.keys() <= {"files", "what binaries say of themselves"}  # of what is no payload here
        assert what not in [skipped.what for skipped in found.unanswered(set(KINDS) - set(kinds))]


def test_two_documents_of_others_do_not_tell_what_may_be_done_with_a_file() -> None:
    one = payload(file(mode=None), coverage=False)
    told = {skipped.what: kinds for skipped, kinds in diff(one, one).unanswered(KINDS).items()}
    assert told == {
        "permissions of files": ["program", "file"],
        "attribution of files": ["file"],
        "what binaries say of themselves": ["binary"],
    }


def test_of_a_package_that_lists_none_it_is_known_that_it_has_none(package: Callable[..., Path], run: Run) -> None:
    told = {"info/licenses/license.txt": b"Do as you like.", "info/recipe/meta.yaml": RECIPE}
    old = package(info_members() | told, name="old.conda")
    new = package(info_members(), name="new.conda")
    for args, sign in (((old, new), "-"), ((new, old), "+")):
        ran = run("diff", "-v", "--fail-on", "license", *args)
        assert ran.status == 1
        assert {("-", "info/licenses/license.txt"), ("-", "pkg:conda/zlib")} <= {
            (row[0].replace(sign, "-"), row[1]) for line in ran.out.splitlines() if len(row := line.split()) > 1
        }
        told_of = json.loads(run("diff", "--json", *args).out)["not_compared"]
        assert not [one for one in told_of if "licence" in one or "build" in one]


@pytest.mark.parametrize("license_", ["MIT", "MIT OR Zlib", "LicenseRef-Ours", "Our own licence"])
@pytest.mark.parametrize("form", ["cyclonedx-json@1.6", "cyclonedx-json@1.7", "cyclonedx-xml"])
@pytest.mark.parametrize("count", [1, 2])
def test_a_licence_text_is_compared_wherever_a_document_has_it(
    package: Callable[..., Path], run: Run, tmp_path: Path, license_: str, form: str, count: int
) -> None:
    for name, text in (("old", b"Do as you like.\n"), ("new", b"Do as we like.\n")):
        told = {"info/licenses/0.txt": text, "info/licenses/1.txt": b"No warranty."}
        members = info_members(INDEX | {"license": license_}) | dict(list(told.items())[:count])
        path = package(members, name=f"{name}.conda")
        assert run("generate", "--quiet", "-o", f"{form}={name}.cdx", path).status == 0
    digests = [sha256(text).hexdigest()[:12] for text in (b"Do as you like.\n", b"Do as we like.\n")]
    for old_end, new_end in (("conda", "conda"), ("conda", "cdx"), ("cdx", "conda"), ("cdx", "cdx")):
        old, same, new = (tmp_path / name for name in (f"old.{old_end}", f"old.{new_end}", f"new.{new_end}"))
        told = json.loads(run("diff", "--json", old, same).out)
        assert (told["changes"], [one for one in told["not_compared"] if "licence" in one]) == ([], [])
        (change,) = json.loads(run("diff", "--json", old, new).out)["changes"]
        assert (change["kind"], change["before"], change["after"]) == ("license", *digests)
        if (old_end, new_end) != ("cdx", "cdx") or count == 2:
            assert change["name"] == "info/licenses/0.txt"


@pytest.mark.parametrize("part", ["build packages", "licence texts"])
def test_two_documents_that_say_so_are_not_compared_in_what_they_leave_out(part: Part) -> None:
    one = replace(sbom(), unlisted=(part,))
    assert f"{part}: both list none" in map(str, diff(one, one).skipped)
    assert part not in [skipped.what for skipped in diff(sbom(), sbom()).skipped]


def test_every_component_is_compared(fixture: Callable[..., Description]) -> None:
    """None has a place where nothing looks: with another version each is a change."""
    for path in fixture_packages():
        described = fixture(path.name).sbom
        for number, component in enumerate(described.components):
            if component.ref == described.root or not component.version:
                continue
            other = list(described.components)
            other[number] = replace(component, version="0.0.0.other", purl=component.purl.split("@")[0])
            assert diff(described, replace(described, components=tuple(other))).changes, (path.name, component.ref)


def test_what_one_document_leaves_out_is_not_compared() -> None:
    with_files = sbom(files=(File(path="bin/demo", kind="file", size=1),))
    found = diff(sbom(), with_files)
    assert found.changes == ()
    assert list(map(str, found.skipped)) == ["files: the old one lists none"]


PACKAGES = [p for p in fixture_packages() if p.name.startswith(("linkage-demo", "sources-demo", "pear"))]


def test_another_target_of_a_link_is_seen_though_it_is_withheld(run: Run, tmp_path: Path) -> None:
    for name, target in (("old", "/home/alice/tool"), ("new", "/home/mallory/tool")):
        path = tmp_path / f"{name}.conda"
        path.write_bytes(conda(info_members(), {"bin/tool": link("bin/tool", target)}))
        for form in ("cyclonedx-json", "spdx3-json"):
            assert run("generate", "--quiet", "--files", "all", "-o", f"{form}={name}.{form}", path).status == 0
            assert "/home" not in (tmp_path / f"{name}.{form}").read_text()
    for end in ("conda", "cyclonedx-json", "spdx3-json"):
        old, new = tmp_path / f"old.{end}", tmp_path / f"new.{end}"
        told = {c["kind"]: c for c in json.loads(run("diff", "--json", old, new).out)["changes"]}
        assert told.keys() == {"file"}
        assert told["file"]["before"] == f"link to [withheld] sha256:{sha256(b'/home/alice/tool').hexdigest()[:8]}"
        assert told["file"]["before"] != told["file"]["after"]
        assert json.loads(run("diff", "--json", tmp_path / "old.conda", old).out)["changes"] == []


def test_what_a_format_cannot_carry_is_no_change_of_the_package(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "demo.conda"
    members = info_members(INDEX | {"license": "MIT"}) | {"info/licenses/L": b"a\x0cb"}
    meta = {"source": {"url": "https://example.org/d.zip", "patches": ["a.patch"]}}
    members |= {"info/recipe/meta.yaml": json.dumps(meta).encode(), "info/recipe/a.patch": b"--- a\n+++ b\n\x0c\n"}
    path.write_bytes(conda(members))
    policy = tmp_path / "policy.toml"
    policy.write_text('[problems]\nfail = ["damage"]')
    assert run("check", "--policy", policy, path).status == 0
    for form in ("cyclonedx-xml", "spdx-xml"):
        assert run("generate", "--quiet", "-o", f"{form}={form}", path).status == 0
        assert "they are replaced in that document" in (tmp_path / form).read_text()
        assert json.loads(run("diff", "--json", path, tmp_path / form).out)["changes"] == []
        assert run("check", "--policy", policy, tmp_path / form).status == 0


SOURCES = {
    "revision": ({"git_url": "https://example.org/d.git", "git_rev": "v1"}, {"git_rev": "v2"}, ("v1 ", "v2 ")),
    "first revision": ({"git_url": "https://example.org/d.git"}, {"git_rev": "v2"}, ("", "v2 ")),
    "revision of a local one": ({"git_url": "../d", "git_rev": "v1"}, {"git_rev": "v2"}, ("v1", "v2")),
    "of Subversion": ({"svn_url": "https://example.org/d", "svn_rev": 1}, {"svn_rev": 2}, ("1 ", "2 ")),
    "md5": ({"url": "https://example.org/d.zip", "md5": "a" * 32}, {"md5": "b" * 32}, ("md5:aaa", "md5:bbb")),
    "md5 beside sha256": (
        {"url": "https://example.org/d.zip", "md5": "a" * 32, "sha256": "c" * 64},
        {"md5": "b" * 32},
        None,
    ),
}


@pytest.mark.parametrize(("source", "other", "told"), SOURCES.values(), ids=SOURCES.keys())
def test_a_source_of_the_recipe_that_changes(
    run: Run, tmp_path: Path, source: dict[str, object], other: dict[str, object], told: tuple[str, str] | None
) -> None:
    """Between packages, and between their documents in any format."""
    for name, one in (("old", source), ("new", source | other)):
        meta = {"package": {"name": "demo", "version": "1.0"}, "source": one}
        path = tmp_path / f"{name}.conda"
        path.write_bytes(conda(info_members() | {"info/recipe/meta.yaml": json.dumps(meta).encode()}))
        for form in ("cyclonedx-json", "spdx-json", "spdx3-json"):
            assert run("generate", "--quiet", "-o", f"{form}={name}.{form}", path).status == 0
    for end in ("conda", "cyclonedx-json", "spdx-json", "spdx3-json"):
        old, new = tmp_path / f"old.{end}", tmp_path / f"new.{end}"
        changes = json.loads(run("diff", "--json", old, new).out)["changes"]
        found = [(c["before"], c["after"]) for c in changes if c["kind"] == "source"]
        assert len(found) == (told is not None), end
        for before, after in found:
            assert told is not None
            assert (told[0] in before, told[1] in after) == (True, True), end
        assert not json.loads(run("diff", "--json", tmp_path / "old.conda", old).out)["changes"], end


FORMS = ("cyclonedx-json@1.6", "cyclonedx-json@1.7", "cyclonedx-xml", "spdx3-json")
FORMS += ("spdx-json", "spdx-rdf", "spdx-tag-value", "spdx-xml", "spdx-yaml")
WHOLE = ("--files", "all", "--build-packages", "all")


@pytest.mark.parametrize("options", [WHOLE, (), ("--build-packages", "none")], ids=["whole", "default", "no build"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", PACKAGES, ids=lambda path: path.name)
def test_a_package_and_its_own_document_differ_in_nothing(
    run: Run, fixture: Callable[..., Description], tmp_path: Path, path: Path, form: str, options: tuple[str, ...]
) -> None:
    assert run("generate", *options, "-o", f"{form}=out", path).status == 0
    described, read = fixture(path.name).sbom, document_inventory(tmp_path / "out", Limits())
    found = diff(described, read)
    assert found.changes == ()
    left_out = {skipped.what for skipped in found.skipped}
    is_spdx, is_spdx2 = form.startswith("spdx"), form.startswith("spdx-")
    built = bool(diff(described, described).old.build_packages)
    assert ("files" in left_out) == (options != WHOLE)
    assert ("build packages" in left_out) == (built and options != WHOLE and (is_spdx2 or bool(options)))
    links = any(f.kind == "softlink" for f in described.files)
    assert left_out - {"files", "build packages"} <= {"licence texts", *(["links"] if links and is_spdx2 else [])}
    assert ("licence texts" in left_out) <= (is_spdx or not diff(read, read).old.license_texts)


@settings(max_examples=25, deadline=None)
@given(sboms(), st.sampled_from(["cyclonedx-json", "spdx-json", "spdx3-json"]))
def test_any_inventory_and_its_own_document_differ_in_nothing(registry: Registry, whole: Sbom, form: str) -> None:
    stated = tuple(sorted(((names.BUILD, whole.subject.build), (names.SUBDIR, whole.subject.subdir))))
    of_root = {c: replace(c, properties=stated) for c in whole.components if c.ref == whole.root}
    whole = replace(whole, components=tuple(of_root.get(c, c) for c in whole.components))
    emitter = next(one for one in registry.emitters if one.name == form)
    read = read_document(emitter.emit(whole, STAMP, emitter.versions[0]), Limits()).sbom()
    assert diff(whole, read).changes == ()
    assert diff(read, whole).changes == ()
    assert diff(read, read).changes == ()


@given(st.text(max_size=40))
def test_text_is_no_markup_in_markdown(text: str) -> None:
    written = cell(text)
    assert not set("|>`*_[]@\n\r") & set(written.replace("<wbr>", ""))


def test_a_comment_is_bounded_and_says_what_is_left_out() -> None:
    many = [npm(f"n{number}" + "x" * 100, "1") for number in range(2000)]
    text = markdown_text(diff(sbom(), sbom(*many)), called=("", ""), verbose=True)
    assert len(text) < 65_536
    assert "more do not fit here" in text


def test_command(run: Run, tmp_path: Path) -> None:
    index = {**INDEX, "depends": ["zlib >=1.3"]}
    old, new = tmp_path / "demo-1.0-0.conda", tmp_path / "new.conda"
    old.write_bytes(conda(info_members(), {"lib/a.txt": b"a"}))
    new.write_bytes(conda(info_members(index), {"lib/a.txt": b"a", "bin/.demo-post-link.sh": b"#!/bin/sh\nrm -rf /\n"}))
    ran = run("diff", old, new, "--fail-on", "script")
    assert ran.status == 1
    assert "post-link" in ran.out
    assert "zlib >=1.3" in ran.out
    assert run("diff", old, new, "--fail-on", "static").status == 0
    ran = run("diff", old, old, "--fail-on", "any")
    assert (ran.status, "no change in what was compared" in ran.out) == (0, True)
    assert run("generate", "--quiet", "-o", "cyclonedx-json=listing", "--files", "all", new).status == 0
    assert run("generate", "--quiet", "-o", "cyclonedx-json=without", new).status == 0
    ran = run("diff", new, tmp_path / "listing", "--fail-on", "any")
    assert (ran.status, ran.err) == (0, "")
    for kind in ("script", "program", "file", "binary", "any"):
        ran = run("diff", new, tmp_path / "without", "--fail-on", kind)
        assert (ran.status, "no change in what was compared" in ran.out) == (1, True)
        reason = f"files were not compared: the new one lists none; --fail-on {kind} cannot be answered"
        assert ran.err.splitlines() == [f"{reason} (generate --files all makes documents that can be compared)"]
    assert run("diff", new, tmp_path / "without", "--fail-on", "component", "--fail-on", "license").status == 0
    told = json.loads(run("diff", new, tmp_path / "without", "--json").out)
    jsonschema_rs.validator_for(SCHEMA).validate(told)
    assert told["not_compared"] == ["files: the new one lists none"]
    told = json.loads(run("diff", old, new, "--json").out)
    jsonschema_rs.validator_for(SCHEMA).validate(told)
    assert {"kind": "dependency", "name": "zlib", "action": "added", "after": "zlib >=1.3"} in told["changes"]
    assert "post-link script" in run("diff", old, new, "--format", "markdown").out
    assert run("diff", old, tmp_path / "none.conda").status == 3
    assert run("diff", old).status == 2


def test_output_says_no_more_than_there_is(run: Run, package: Callable[..., Path], tmp_path: Path) -> None:
    """Sizes that are the same are not told, lines end without blanks, and the two sides are told apart."""
    members = {"share/a.txt": b"a" * 2000}
    old = package(info_members(), members, name="old.conda")
    new = package(info_members(), members, name="new.conda")
    ran = run("diff", old, new)
    assert ran.out.splitlines() == [
        "demo 1.0 0 linux-64 (old.conda)  →  demo 1.0 0 linux-64 (new.conda)",
        "no change in what was compared",
    ]
    assert "Payload" not in run("diff", "--format", "markdown", old, new).out
    depends = {"depends": [f"{'long-name-' * 9}{n} >=1" for n in range(3)]}
    more = package(info_members(INDEX | depends), members | {"share/b.txt": b"b" * 3000}, name="more.conda")
    for form in ("table", "markdown"):
        told = run("diff", "--format", form, old, more).out
        assert "Payload" in told
        assert not [line for line in told.splitlines() if line.endswith(" ")]
        assert told.endswith("\n")
        assert "old.conda" in told
    again = tmp_path / "again" / "old.conda"
    again.parent.mkdir()
    again.write_bytes(old.read_bytes())
    assert str(again) in "".join(run("diff", old, again).out.split("\n"))


def test_binaries_are_told_apart_from_their_paths() -> None:
    def built(release: str, gcc: str, *, glibc: str, cxx: tuple[str, ...], defined: tuple[str, ...]) -> Sbom:
        path = f"lib/libdemo.so.{release}"
        asked = (("libc.so.6", ("GLIBC_2.4",)), ("libstdc++.so.6", cxx), ("libodd.so", ("odd", f"ODD_{'9' * 5000}")))
        binary = Binary(
            path=path, machine="x86_64", toolchain=(gcc,), imported_versions=asked, exported_versions=defined
        )
        root = {"properties": ((names.GLIBC, glibc),)}
        file = File(path=path, kind="file", size=1, executable=False)
        return sbom(root=root, binaries=(binary,), files=(file,))

    old = built("1.2", "GCC 11", glibc="2.17", cxx=("GLIBCXX_3.4.9", "GLIBCXX_3.4.10"), defined=("DEMO_1",))
    new = built("1.3", "GCC 12", glibc="2.28", cxx=("GLIBCXX_3.4.9",), defined=("DEMO_1", "DEMO_2", "DEMO_3"))
    told = [(c.name, c.action, c.before, c.after) for c in diff(old, new).changes if c.kind == "binary"]
    assert told == [
        ("GLIBCXX asked for", "changed", ">=3.4.10", ">=3.4.9"),
        ("glibc", "changed", ">=2.17", ">=2.28"),
        ("libdemo.so defines", "added", "", "DEMO_2, DEMO_3"),
        ("toolchain", "changed", "GCC 11", "GCC 12"),
    ]
    listing_none = replace(new, files=(), binaries=())
    found = diff(old, listing_none)
    assert [c.name for c in found.changes if c.kind == "binary"] == ["glibc"]
    assert list(map(str, found.skipped)) == ["files: the new one lists none"]
    assert list(map(str, diff(listing_none, listing_none).skipped)) == ["files: both list none"]


def test_kinds_are_told_everywhere_alike() -> None:
    assert tuple(SCHEMA["$defs"]["change"]["properties"]["kind"]["enum"]) == KINDS
    assert set(KINDS) == set(MEANING) == set(TITLES)


@pytest.mark.parametrize("forks", [True, False])
def test_both_sides_are_read_alike_wherever_they_are_read(
    forks: bool, tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_by_side, "_LEAST", 0)
    monkeypatch.setattr(side_by_side, "_forks", lambda: forks)
    one, other = fixture_packages()[:2]
    wanted = tuple(inventory(path, Options(), registry) for path in (one, other))
    assert side_by_side.inventories(one, other, Options(), registry) == wanted
    assert side_by_side.inventories(one, other, Options(), registry, side) == tuple(map(side, wanted))
    broken = [tmp_path / name for name in ("a-1-0.conda", "b-1-0.conda")]
    for path in broken:
        path.write_bytes(b"PK\3\4 but no more")
    for old, new, named in ((broken[0], one, "a-1-0"), (one, broken[1], "b-1-0"), (*broken, "a-1-0")):
        with pytest.raises(TargetError, match=named):
            side_by_side.inventories(old, new, Options(), registry)
