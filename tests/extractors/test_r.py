"""R packages: what DESCRIPTION says, R's licence language, and where a package came from."""

from __future__ import annotations

import pytest
from seeing import seen
from support import fixture_members

from cf_sbom import properties
from cf_sbom.extractors import r
from cf_sbom.testing import check_match

PATH = "lib/R/library/pearls/DESCRIPTION"
BASE = "Package: pearls\nVersion: 1.0\nBuilt: R 4.3.1\n"
PEARLS, THREADS, VELVET = "cran/pearls@1.4-2", "cran/threads@0.2.1", "bioconductor/velvet@2.10.0"
FRESH = "github/example/fresh@0123456789abcdef0123456789abcdef01234567"


def test_which_members() -> None:
    (extractor,) = r.cf_sbom_extractors()
    check_match(extractor, ["DESCRIPTION", PATH], ["lib/R/library/pearls/NAMESPACE", "info/DESCRIPTION"])


def test_a_library() -> None:
    found = seen(r, fixture_members("r"))
    assert {name: [lic.expression for lic in c.licenses] for name, c in found.components.items()} == {
        PEARLS: ["MIT"],
        THREADS: ["GPL-2.0-or-later OR BSD-3-Clause"],
        VELVET: ["Artistic-2.0"],
        FRESH: ["Apache-2.0"],
        "stats": ["LicenseRef-Part-of-R-4.3.1"],
    }
    assert found.edges == {
        (PEARLS, THREADS, "runtime", ("threads (>= 0.2)",)),
        (PEARLS, THREADS, "build", ("threads",)),
        (PEARLS, "stats", "runtime", ("stats",)),
        (VELVET, "stats", "runtime", ("stats (>= 4.0)",)),
        (VELVET, PEARLS, "runtime", ("pearls",)),
    }
    reason = "licence 'Part of R 4.3.1' is no SPDX licence expression; kept as a LicenseRef"
    assert found.problems == [("DESCRIPTION", "gap", reason)]
    pearls = found.components[PEARLS]
    assert pearls.description == "Strings of Pearls and Other Beads"
    assert [(k.kind, k.url) for k in pearls.links] == [
        ("website", "https://example.org/pearls"),
        ("website", "https://example.org/pearls/guide"),
    ]
    (evidence,) = pearls.occurrences[0].evidence
    assert (evidence.path, evidence.field, evidence.technique, evidence.confidence, evidence.detail) == (
        PATH,
        "Package",
        "manifest",
        1.0,
        "licence text: LICENSE",
    )
    assert (found.components["stats"].purl, found.components[FRESH].version) == ("", "0.0.0.9000")


@pytest.mark.parametrize(
    ("fields", "purl", "source"),
    [
        ("Repository: CRAN", "pkg:cran/pearls@1.0", ""),
        ("Repository: CRAN\nbiocViews: x", "pkg:cran/pearls@1.0", ""),
        ("Repository: CRAN\nRemoteType: standard\nRemoteSha: 1.0", "pkg:cran/pearls@1.0", ""),
        ("Repository: Bioconductor 3.18", "pkg:bioconductor/pearls@1.0", ""),
        ("biocViews: Software", "pkg:bioconductor/pearls@1.0", ""),
        ("Repository: https://example.org/universe", "", "https://example.org/universe"),
        ("Repository: RSPM", "", "RSPM"),
        (
            f"RemoteType: github\nRemoteUsername: a\nRemoteRepo: b\nRemoteSha: {'c' * 40}",
            f"pkg:github/a/b@{'c' * 40}",
            "",
        ),
        ("RemoteType: github\nRemoteUsername: a\nRemoteRepo: b\nRemoteSha: main", "", "github"),
        (f"RemoteType: github\nRemoteUsername: a\nRemoteRepo: b\nRemoteSha: {'c' * 40}\nRemoteSubdir: d", "", "github"),
        ("RemoteType: xgit\nRemoteUrl: https://example.org/b.git", "", "https://example.org/b.git"),
        ("Priority: base", "", ""),
        ("Priority: recommended\nRepository: CRAN", "pkg:cran/pearls@1.0", ""),
    ],
)
def test_where_it_came_from(fields: str, purl: str, source: str) -> None:
    found = seen(r, {PATH: f"{BASE}{fields}\n".encode()})
    (component,) = found.components.values()
    assert (component.purl, component.name, component.version) == (purl, "pearls", "1.0")
    assert dict(component.properties) == ({properties.PACKAGE_SOURCE: source} if source else {})
    assert found.problems == []


@pytest.mark.parametrize(
    ("written", "expression"),
    [
        ("MIT + file LICENSE", "MIT"),
        ("GPL (>= 2)", "GPL-2.0-or-later"),
        ("GPL (>= 2.0)", "GPL-2.0-or-later"),
        ("GPL (== 2)", "GPL-2.0-only"),
        ("GPL-2 | GPL-3", "GPL-2.0-only OR GPL-3.0-only"),
        ("LGPL-2.1", "LGPL-2.1-only"),
        ("LGPL (>= 2)", "LGPL-2.0-or-later"),
        ("AGPL-3", "AGPL-3.0-only"),
        ("Apache License 2.0", "Apache-2.0"),
        ("Apache License (== 2.0)", "Apache-2.0"),
        ("Artistic-2.0 | BSD_3_clause + file LICENCE", "Artistic-2.0 OR BSD-3-Clause"),
        ("CC0", "CC0-1.0"),
        ("MPL-2.0", "MPL-2.0"),
        *((text, "") for text in ("GPL", "GPL-3 + file LICENSE", "GPL-2 | file LICENSE", "file LICENSE", "Unlimited")),
        *(
            (text, "")
            for text in ("GPL (>= 2.15.1)", "GPL-3+", "Apache License (>= 2.0)", "CC BY 4.0", "|", "", "None")
        ),
    ],
)
def test_licence_language(written: str, expression: str) -> None:
    assert r.spdx(written) == expression


@pytest.mark.parametrize(
    ("path", "text", "names", "reasons"),
    [
        (PATH, "", [], ["package: not the name of an R package"]),
        (PATH, "Package: a b\nVersion: 1.0", [], ["package: not the name of an R package"]),
        (PATH, "Package: pearls\nRepository: CRAN", ["cran/pearls"], ["version: missing"]),
        (
            PATH,
            "Package: pearls\nVersion: x\nRepository: CRAN",
            ["cran/pearls"],
            ["version: not the version of an R package"],
        ),
        (PATH, BASE, ["pearls"], ["says no repository that it came from, so it has no purl"]),
        (
            PATH,
            f"{BASE}Repository: CRAN\nVersion: 2.0",
            ["cran/pearls@1.0"],
            ["version: stands twice, with different values; the first is taken"],
        ),
        ("share/src/pearls/DESCRIPTION", "Package: pearls\nVersion: 1.0", [], []),
        ("share/src/pearls/DESCRIPTION", f"{BASE}Repository: CRAN", ["cran/pearls@1.0"], []),
        ("share/octave/DESCRIPTION", "Name: pearls\nVersion: 1.0", [], []),
    ],
)
def test_what_is_missing_or_broken(path: str, text: str, names: list[str], reasons: list[str]) -> None:
    found = seen(r, {path: text.encode()})
    assert list(found.components) == names
    assert [reason for _, _, reason in found.problems] == reasons


def test_an_encoding_that_is_declared_is_no_damage() -> None:
    text = f"{BASE}Repository: CRAN\nEncoding: latin1\nTitle: Perlen f\u00fcr Hals\n"
    found = seen(r, {PATH: text.encode("latin-1")})
    assert found.problems == []
    assert found.components["cran/pearls@1.0"].description == "Perlen f\u00fcr Hals"
    found = seen(r, {PATH: text.replace("Encoding", "Other").encode("latin-1")})
    assert [(severity, reason.partition(" at")[0]) for _, severity, reason in found.problems] == [
        ("damage", "not UTF-8")
    ]
