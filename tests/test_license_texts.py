"""Licence fields against licence texts and against each other, with a judgement made up here and with askalono."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from support import ROOT as HERE
from test_policies import ROOT, component, sbom

from cf_sbom import license_texts
from cf_sbom.errors import SettingsError
from cf_sbom.license_texts import Comparison, askalono, compare
from cf_sbom.model import Component, License, Occurrence, Sbom, Text

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
        f"{LICENSE}: the text reads like Zlib (93 % alike), the licence field says MIT",
        f"{LICENSE}: the licence field says MIT, the texts are those of Zlib alone",
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
    (first, _) = compare(sbom((crate, "contains"), texts=(text,)), tell).differences
    assert (first.component, first.place) == ("pkg:cargo/a@1", text.path)


def declared(*licenses: str, files: int) -> Component:
    one = component("pkg:npm/a@1", *licenses)
    seen = (replace(one.occurrences[0].evidence[0], path=f"f{n}") for n in range(files))
    return replace(one, occurrences=(Occurrence(path="f0", evidence=tuple(seen)),))


def test_sources_that_differ() -> None:
    differs = sbom((declared("MIT", "Zlib", files=2), "contains"))
    assert found(differs) == ["f0: declared as MIT and as Zlib, in f0, f1"]
    assert found(sbom((declared("MIT", "Zlib", files=1), "contains"))) == []  # one file declares both
    assert found(sbom((declared("GPL-2.0-only", "GPL-2.0-or-later", files=2), "contains"))) == []


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
    monkeypatch.setattr(license_texts, "MOST", 3)
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
    (first, _) = compare(package("MIT", LICENSE=written), askalono()).differences
    assert first.message.startswith("the text reads like BSD-3-Clause (")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="pyaskalono needs Python 3.11")
@pytest.mark.parametrize("text", ["", "\0", "(" * 100_000, "copyright " * 10_000, "\n" * 100_000, "𝕄𝕀𝕋 " * 1000])
def test_askalono_takes_any_text(text: str) -> None:
    assert found_none(package("MIT", LICENSE=text))


def found_none(of: Sbom) -> bool:
    return not compare(of, askalono()).differences
