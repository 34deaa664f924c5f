"""Licence fields against licence texts and against each other, with a judgement made up here and with askalono."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from support import ROOT as HERE
from support import conda, info_members
from test_policies import ROOT, component, sbom

from cf_sbom.errors import SettingsError
from cf_sbom.generate import describe
from cf_sbom.hookspecs import Options
from cf_sbom.license_texts import Comparison, Payload, askalono, compare, telling
from cf_sbom.license_texts.payload import Stated, is_license_file
from cf_sbom.model import Component, License, Occurrence, Problem, Sbom, Text
from cf_sbom.plugins import load

LICENSE = "info/licenses/LICENSE"


def tell(text: str) -> tuple[str, float]:
    """A text names its licence and how alike it is: `MIT 0.99`."""
    name, _, alike = text.partition(" ")
    return (name, float(alike.split()[0])) if alike else ("MIT", 0.1)


def texts(**written: str) -> tuple[Text, ...]:
    found = (Text(path=f"info/licenses/{n}", media_type="text/plain", data=t.encode()) for n, t in written.items())
    return tuple(sorted(found, key=lambda text: text.path))


def package(field: str, **written: str) -> Sbom:
    root = replace(component(str(ROOT)), licenses=(License(expression=field),) if field else ())
    return sbom(root=root, texts=texts(**written))


def found(of: Sbom) -> list[str]:
    return [f"{one.place}: {one.message}" for one in compare(of, tell).differences]


AGREE = {
    "the same": package("MIT", LICENSE="MIT 0.99"),
    "or later": package("GPL-3.0-or-later", COPYING="GPL-3.0-only 0.99"),
    "with an exception": package("Apache-2.0 WITH LLVM-exception", LICENSE="Apache-2.0 0.95"),
    "a choice, of which one text is there": package("MIT OR Apache-2.0", LICENSE="Apache-2.0 0.99"),
    "both": package("MIT AND Zlib", MIT="MIT 0.99", ZLIB="Zlib 0.99"),
    "the text that Apache's is taken for": package("Apache-2.0", LICENSE="Pixar 0.98"),
    "the LGPL with the GPL beside it": package("LGPL-3.0-or-later", A="LGPL-3.0-only 0.99", B="GPL-3.0-only 0.99"),
    "a text that is no licence": package("MIT", AUTHORS="nothing"),
    "too little alike": package("MIT", LICENSE="Zlib 0.89"),
    "a text that is not told says nothing of what lacks": package("MIT AND Zlib", MIT="MIT 0.99", OTHER="nothing"),
    "no field": package("", LICENSE="MIT 0.99"),
    "a field that is no expression": package("LicenseRef-x", LICENSE="MIT 0.99"),
}


@pytest.mark.parametrize("name", AGREE)
def test_texts_that_agree(name: str) -> None:
    assert found(AGREE[name]) == []


def test_a_text_that_the_field_does_not_name() -> None:
    assert found(package("MIT", LICENSE="Zlib 0.93")) == [
        f"{LICENSE}: the text reads like Zlib (93 % alike), the licence field says MIT"
    ]


def test_a_licence_without_its_text() -> None:
    assert found(package("MIT AND Zlib", LICENSE="MIT 0.99")) == [
        f"{LICENSE}: the licence field says MIT AND Zlib, the texts are those of MIT alone"
    ]


BUNDLED = "lib/pip-1.dist-info/licenses/src/pip/_vendor"


@pytest.mark.parametrize(
    ("folder", "differs"),
    [
        (f"{BUNDLED}/cache_control/LICENSE.txt", []),
        (f"{BUNDLED}/cache_control.LICENSE", []),
        (f"{BUNDLED}/six.LICENSE", ["pkg:pypi/six@1"]),
        ("lib/pip-1.dist-info/licenses/third_party/unknown/LICENSE", []),
        ("lib/pip-1.dist-info/licenses/src/LICENSE", ["pkg:pypi/pip@1"]),
    ],
)
def test_a_text_that_a_wheel_keeps_for_what_it_bundles_is_that_of_the_bundled(folder: str, differs: list[str]) -> None:
    """A wheel lists it among its own (PEP 639); it says nothing of the field of the wheel."""
    text = Text(path=folder, media_type="text/plain", data=b"Zlib 0.99")
    own = Text(path="lib/pip-1.dist-info/licenses/A", media_type="text/plain", data=b"MIT 0.99")
    licenses = (License(expression="MIT", texts=(own.path, text.path)),)
    parts = (
        replace(component("pkg:pypi/pip@1"), licenses=licenses),
        component("pkg:pypi/cache-control@1", "Zlib"),
        component("pkg:pypi/six@1", "MIT"),
    )
    compared = compare(sbom(*((one, "contains") for one in parts), texts=(own, text)), tell)
    assert sorted({one.component for one in compared.differences}) == differs
    assert (compared.told, compared.untold) == (2, 0)  # each is looked at, whatever it belongs to


def test_what_is_carried_is_compared_with_its_own_texts() -> None:
    crate = replace(
        component("pkg:cargo/a@1"), licenses=(License(expression="MIT", texts=("info/licenses/LIST.json#/0",)),)
    )
    text = Text(path="info/licenses/LIST.json#/0", media_type="text/plain", data=b"Zlib 0.99")
    (first,) = compare(sbom((crate, "contains"), texts=(text,)), tell).differences
    assert (first.component, first.place) == ("pkg:cargo/a@1", text.path)


def beside(path: str, written: str) -> Payload:
    return Payload(texts={path: Text(path=path, media_type="text/plain", data=written.encode())})


NPM = replace(
    component("pkg:npm/ev@1.0", "MIT"),
    occurrences=(Occurrence(path="share/node_modules/ev/package.json", evidence=()),),
)
READS = "the text reads like GPL-3.0 (99 % alike), "
SAYS_MIT = f"{READS}the licence field says MIT"
NOBODY = f"{READS}and nothing tells what it is the licence of"


@pytest.mark.parametrize(
    ("path", "owner", "message"),
    [
        ("share/node_modules/ev/LICENSE", "pkg:npm/ev@1.0", SAYS_MIT),
        ("share/node_modules/ev/licenses/GPL", "pkg:npm/ev@1.0", SAYS_MIT),
        ("share/node_modules/ev/lib/LICENSE", "", NOBODY),
        ("LICENSE", ROOT, SAYS_MIT),
        ("share/demo/LICENSE", ROOT, SAYS_MIT),
        ("share/doc/demo-1.0/COPYING", ROOT, SAYS_MIT),
        ("Library/share/licenses/demo/COPYING", ROOT, SAYS_MIT),
        ("share/other/LICENSE", "", NOBODY),
        ("share/demo-extras/LICENSE", "", NOBODY),
    ],
)
def test_a_text_in_the_payload_is_of_what_it_lies_beside(path: str, owner: str, message: str) -> None:
    of = replace(sbom((NPM, "contains")), texts=())
    compared = compare(of, tell, payload=beside(path, "GPL-3.0-only 0.99"))
    (one,) = compared.differences or compared.uncompared
    assert (one.component, one.message, one.place) == (str(owner), message, path)
    assert bool(compared.differences) == bool(owner)
    assert not compare(of, tell, payload=beside(path, "MIT 0.99")).differences


def test_a_manifest_of_what_is_no_component_is_held_against_the_text_beside_it() -> None:
    payload = beside("share/vendor/foo/LICENSE", "GPL-3.0-only 0.99")
    payload.stated["share/vendor/foo"] = Stated("Cargo.toml: foo 1.0.0", "MIT OR Apache-2.0")
    (one,) = compare(sbom(), tell, payload=payload).differences
    assert one.component == "Cargo.toml: foo 1.0.0"
    assert one.message == f"{READS}the licence field says MIT OR Apache-2.0"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("LICENSE", True),
        ("LICENCE.txt", True),
        ("license-mit", True),
        ("COPYING.LESSER", True),
        ("UNLICENSE", True),
        ("LICENSE.APACHE-2.0", True),
        ("license.py", False),
        ("licenses.json", False),
        ("licensing.txt", False),
        ("copying.h", False),
        ("LICENSE\n.txt", False),
    ],
)
def test_names_of_licence_files(name: str, wanted: bool) -> None:
    assert is_license_file(name) is wanted


@pytest.mark.parametrize(
    ("members", "texts", "stated", "left"),
    [
        ({"a/LICENSE": b"x", "a/license.py": b"y"}, ["a/LICENSE"], {}, 0),
        ({"a/LICENSE": b"x", "b/COPYING.txt": b"y", "c/LICENSE": b"z"}, ["a/LICENSE", "b/COPYING.txt"], {}, 1),
        ({"a/Cargo.toml": b'[package]\nname="f"\nversion="1"\nlicense="MIT/Zlib"'}, [], {"a": "MIT OR Zlib"}, 0),
        ({"a/Cargo.toml": b"[package]\nlicense.workspace = true"}, [], {}, 0),
        ({"a/Cargo.toml": b"[", "b/Cargo.toml": b"package = 1", "c/package.json": b"[]"}, [], {}, 0),
        ({"a/package.json": b'{"name": "f", "license": "MIT"}'}, [], {"a": "MIT"}, 0),
        ({"a/package.json": b'{"license": {"type": "MIT"}}'}, [], {}, 0),
    ],
)
def test_what_is_read_of_the_payload(
    members: dict[str, bytes], texts: list[str], stated: dict[str, str], left: int, tmp_path: Path
) -> None:
    path = tmp_path / "demo-1.0-0.conda"
    path.write_bytes(conda(info_members(), members))
    payload = Payload()
    registry = load()
    registry = replace(registry, extractors=(*registry.extractors, payload.extractor()))
    options = Options(limits=replace(Options().limits, texts=2))
    found = describe(path, options, registry).sbom
    assert found == describe(path, options, load()).sbom  # nothing of it goes into a document
    assert sorted(payload.texts) == texts
    assert {folder: one.license for folder, one in payload.stated.items()} == stated
    assert payload.left == left


def test_lists_of_others_are_no_text_of_the_package() -> None:
    """What they name is: and where a list cannot be read, that is said."""
    path = "info/licenses/THIRDPARTY.yml"
    problem = Problem(path=path, reason="not YAML", by="license_lists", severity="damage")
    whole = package("MIT", **{"THIRDPARTY.yml": "GPL-3.0-only 0.99"})
    assert compare(whole, tell) == Comparison(differences=(), told=0, untold=0)
    (one,) = compare(replace(whole, problems=(problem,)), tell).uncompared
    assert (one.place, one.message) == (path, "the licences of what is bundled cannot be read: not YAML")


def test_a_field_that_names_all_has_the_texts_of_what_is_bundled_too() -> None:
    entry = Text(path="info/licenses/THIRDPARTY.json#/0", media_type="text/plain", data=b"Zlib 0.99")
    whole = package("MIT AND Zlib", LICENSE="MIT 0.99")
    assert len(found(whole)) == 1
    assert found(replace(whole, texts=(*whole.texts, entry))) == []


def test_the_two_fields_of_a_package() -> None:
    reason = "license: GPL-3.0-only differs from MIT of info/index.json"
    problem = Problem(path="info/about.json", reason=reason, by="conda", severity="conflict")
    assert found(replace(package("MIT"), problems=(problem,))) == [f"info/about.json: {reason}"]


UNCOMPARED = {
    "a field that is none of SPDX": (
        package("LicenseRef-x", EULA="MIT 0.99"),
        "the text reads like MIT (99 % alike), and the licence field says LicenseRef-x, which is none of SPDX",
    ),
    "no field": (
        package("", LICENSE="MIT 0.99"),
        "the text reads like MIT (99 % alike), and no licence is stated to hold it against",
    ),
}


@pytest.mark.parametrize("name", UNCOMPARED)
def test_what_cannot_be_compared_is_said(name: str) -> None:
    of, message = UNCOMPARED[name]
    compared = compare(of, tell)
    assert compared.differences == ()
    assert [one.message for one in compared.uncompared] == [message]


def test_a_text_of_a_document_that_its_licences_hold_too_is_one() -> None:
    whole = package("MIT", LICENSE="Zlib 0.99")
    copy = Text(path="cyclonedx-json: licenses of demo: text 1", media_type="text/plain", data=b"Zlib  0.99")
    compared = compare(whole, tell, {whole.root_component.purl: (copy,)})
    assert (len(compared.differences), compared.told) == (1, 1)
    other = replace(copy, data=b"Apache-2.0 0.99")
    assert len(compare(whole, tell, {whole.root_component.purl: (other,)}).differences) == 2


PAD = "word " * 50


@pytest.mark.parametrize(
    ("written", "field", "expected"),
    [
        (f"Zlib {PAD}\n\nApache License\n{PAD}", "Zlib", ["Zlib (96 % alike) and Apache-2.0 (96 % alike)"]),
        (f"Zlib {PAD}\n\nApache License\n{PAD}", "Zlib AND Apache-2.0", []),
        (f"Zlib {PAD}\n\nA notice\n{PAD}", "MIT", []),  # a text that is none, with no other in it
    ],
)
def test_one_file_with_several_texts(written: str, field: str, expected: list[str]) -> None:
    def judge(text: str) -> tuple[str, float]:
        both = "Zlib" in text and "Apache" in text
        return (
            ("Apache-2.0", 0.91)
            if both
            else ("Apache-2.0" if "Apache" in text else "Zlib", 0.96)
            if ("notice" not in text)
            else ("Zlib", 0.3)
        )

    compared = compare(package(field, LICENSE=written), judge)
    assert [one.message for one in compared.differences] == [
        f"the text reads like {one}, the licence field says {field}" for one in expected
    ]


@pytest.mark.parametrize(("field", "shown"), [("MIT", "Apache-2.0"), ("MIT AND Pixar", "Pixar")])
def test_of_ids_with_one_text_the_one_is_shown_that_is_meant(field: str, shown: str) -> None:
    (one,) = compare(package(field, LICENSE="Pixar 0.98"), tell).differences
    assert f" {shown} " in f"{one.message} ".replace(" (98", " ")
    assert " or " not in one.message


def declared(*licenses: str, files: int) -> Component:
    one = component("pkg:npm/a@1", *licenses)
    seen = (replace(one.occurrences[0].evidence[0], path=f"f{n}") for n in range(files))
    return replace(one, occurrences=(Occurrence(path="f0", evidence=tuple(seen)),))


def test_sources_that_differ() -> None:
    differs = sbom((declared("MIT", "Zlib", files=2), "contains"))
    assert found(differs) == ["f0: declared as MIT and as Zlib, in f0, f1"]
    assert found(sbom((declared("MIT", "Zlib", files=1), "contains"))) == []  # one file declares both
    differs = sbom((declared("GPL-2.0-only", "GPL-2.0-or-later", files=2), "contains"))
    assert found(differs) == ["f0: declared as GPL-2.0-only and as GPL-2.0-or-later, in f0, f1"]
    assert found(sbom((declared("LGPL-2.1", "LGPL-2.1-only", files=2), "contains"))) == []  # one id, as SPDX says


def test_a_recipe_states_no_licence_of_its_source() -> None:
    one = declared("MIT", "Zlib", files=1)
    (seen,) = one.occurrences
    recipe = replace(seen.evidence[0], path="info/recipe/meta.yaml")
    one = replace(one, occurrences=(Occurrence(path=recipe.path, evidence=(recipe,)), seen))
    assert found(sbom((one, "contains"))) == []


@pytest.mark.parametrize(
    ("own", "theirs", "differ"),
    [
        ("LGPL-2.1-only", "LGPL-2.1-or-later", True),
        ("LGPL-2.1", "LGPL-2.1-or-later", True),
        ("LGPL-2.1", "LGPL-2.1-only", False),
        ("LGPL-2.1+", "LGPL-2.1-or-later", False),
        ("Apache-2.0", "Apache-2.0 WITH LLVM-exception", True),
        ("MIT OR Zlib", "Zlib OR MIT", False),
    ],
)
def test_fields_are_held_against_each_other_to_the_letter(own: str, theirs: str, differ: bool) -> None:
    upstream = component("pkg:pypi/demo@1.0", theirs)
    whole = sbom((upstream, "contains"), root=replace(component(str(ROOT), own), occurrences=()))
    relation = replace(whole.relations[0], source=upstream.ref, kind="upstream_of", target=ROOT)
    relations = tuple(sorted((*whole.relations, relation), key=lambda r: (r.source, r.kind, r.target, r.scope)))
    message = f"lib/demo: info/index.json says {own}, pkg:pypi/demo@1.0 says {theirs}"
    assert found(replace(whole, relations=relations)) == ([message] if differ else [])


def test_a_text_is_called_without_what_it_does_not_tell() -> None:
    (one,) = compare(package("MIT", LICENSE="LGPL-2.1-only 0.99"), tell).differences
    assert one.message == "the text reads like LGPL-2.1 (99 % alike), the licence field says MIT"
    (one,) = compare(package("MIT AND GPL-2.0-or-later", LICENSE="GPL-2.0-only 0.99"), tell).differences
    assert one.message == "the licence field says MIT AND GPL-2.0-or-later, the texts are those of GPL-2.0 alone"


def test_the_upstream_that_is_inside() -> None:
    upstream = component("pkg:pypi/demo@1.0", "Zlib")
    whole = sbom((upstream, "contains"))
    relation = replace(whole.relations[0], source=upstream.ref, kind="upstream_of", target=ROOT)
    relations = tuple(sorted((*whole.relations, relation), key=lambda r: (r.source, r.kind, r.target, r.scope)))
    assert found(replace(whole, relations=relations)) == [
        "lib/demo: info/index.json says MIT, pkg:pypi/demo@1.0 says Zlib"
    ]


def test_a_text_is_looked_at_once_and_not_more_than_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def noting(text: str) -> tuple[str, float]:
        asked.append(text)
        return tell(text)

    same = {f"L{n}": f"MIT 0.99\nCopyright {n} somebody\n" for n in range(5)}
    assert compare(package("MIT", **same), noting) == Comparison(differences=(), told=5, untold=0)
    assert len(asked) == 1
    monkeypatch.setattr(telling, "MOST", 3)
    counted = compare(package("MIT", **{f"L{n}": f"MIT 0.99 {n}" for n in range(5)}), noting)
    assert (counted.told, counted.untold) == (3, 2)


def test_a_text_that_a_limit_cut_is_not_told() -> None:
    cut = package("MIT", LICENSE="Zlib 0.99")
    assert found(replace(cut, texts=(replace(cut.texts[0], truncated=True),))) == []


def test_without_the_library_it_is_said_how_to_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "askalono", None)
    with pytest.raises(SettingsError, match=r"pip install 'cf_sbom\[licenses\]'"):
        askalono()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="pyaskalono needs Python 3.11")
def test_askalono_tells_the_licence_of_this_project() -> None:
    written = (HERE / "LICENSE").read_text()
    assert compare(package("BSD-3-Clause", LICENSE=written), askalono()).told == 1
    (first,) = compare(package("MIT", LICENSE=written), askalono()).differences
    assert first.message.startswith("the text reads like BSD-3-Clause (")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="pyaskalono needs Python 3.11")
@pytest.mark.parametrize("text", ["", "\0", "(" * 100_000, "copyright " * 10_000, "\n" * 100_000, "𝕄𝕀𝕋 " * 1000])
def test_askalono_takes_any_text(text: str) -> None:
    assert found_none(package("MIT", LICENSE=text))


def found_none(of: Sbom) -> bool:
    return not compare(of, askalono()).differences
