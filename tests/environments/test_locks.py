"""Lock files of each kind and version -> the packages of each platform."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom import properties as names
from cf_sbom.environments import Environment
from cf_sbom.environments.conda import Artifact, artifact
from cf_sbom.environments.locks import read_lock
from cf_sbom.errors import SettingsError, TargetError
from cf_sbom.limits import Limits

BASE = "https://conda.anaconda.org/conda-forge"
SHA, MD5 = "a" * 64, "b" * 32
LIBZ = "pkg:conda/libz@1.3?build=h1_0&channel=conda-forge&subdir=linux-64&type=conda"
TOOL = "pkg:conda/tool@2.0?build=py_0&channel=conda-forge&subdir=noarch&type=tar.bz2"

HEAD = f"""environments:
  default:
    channels:
    - url: {BASE}/
    packages:
      linux-64:
      - conda: {BASE}/linux-64/libz-1.3-h1_0.conda
      - conda: {BASE}/noarch/tool-2.0-py_0.tar.bz2
      - pypi: https://files.example.org/wheel_one-1.5-py3-none-any.whl
      osx-arm64:
      - conda: {BASE}/osx-arm64/libz-1.3-h2_0.conda
  docs:
    packages:
      linux-64:
      - conda: {BASE}/noarch/tool-2.0-py_0.tar.bz2
"""
OLD = f"""packages:
- kind: conda
  name: libz
  version: '1.3'
  build: h1_0
  subdir: linux-64
  url: {BASE}/linux-64/libz-1.3-h1_0.conda
  sha256: {SHA}
  md5: {MD5}
  depends:
  - __glibc >=2.17,<3.0.a0
  license: Zlib
  size: 77
  timestamp: 1727963148474
- kind: conda
  name: libz
  version: '1.3'
  build: h2_0
  subdir: osx-arm64
  url: {BASE}/osx-arm64/libz-1.3-h2_0.conda
- kind: conda
  name: tool
  version: '2.0'
  build: py_0
  subdir: noarch
  noarch: python
  url: {BASE}/noarch/tool-2.0-py_0.tar.bz2
  depends:
  - libz >=1.2
  - absent
  license: MIT
- kind: pypi
  name: wheel-one
  version: '1.5'
  url: https://files.example.org/wheel_one-1.5-py3-none-any.whl
  sha256: {SHA}
  requires_dist:
  - tool>=2 ; python_version < '3'
  requires_python: '>=3.8'
"""
NEW = f"""packages:
- conda: {BASE}/linux-64/libz-1.3-h1_0.conda
  sha256: {SHA}
  md5: {MD5}
  depends:
  - __glibc >=2.17,<3.0.a0
  license: Zlib
  purls: []
  size: 77
  timestamp: 1727963148474
- conda: {BASE}/osx-arm64/libz-1.3-h2_0.conda
- conda: {BASE}/noarch/tool-2.0-py_0.tar.bz2
  noarch: python
  depends:
  - libz >=1.2
  - absent
  license: MIT
  purls:
  - pkg:pypi/tool?source=hash-mapping
- pypi: https://files.example.org/wheel_one-1.5-py3-none-any.whl
  name: wheel-one
  version: '1.5'
  sha256: {SHA}
  requires_dist:
  - tool>=2 ; python_version < '3'
  requires_python: '>=3.8'
"""
PLATFORMS = """platforms:
- name: linux-64
  virtual-packages:
  - __glibc=2.28
- name: osx-arm64
"""
PIXI = {
    "4": f"version: 4\n{HEAD}{OLD}",
    "5": f"version: 5\n{HEAD}{OLD}",
    "6": f"version: 6\n{HEAD}{NEW}",
    "7": f"version: 7\n{PLATFORMS}{HEAD}{NEW}",
}
CONDA_LOCK = f"""version: 1
metadata:
  content_hash:
    linux-64: x
  platforms:
  - linux-64
  - osx-arm64
package:
- name: libz
  version: '1.3'
  manager: conda
  platform: linux-64
  dependencies:
    __glibc: '>=2.17,<3.0.a0'
  url: {BASE}/linux-64/libz-1.3-h1_0.conda
  hash:
    md5: {MD5}
    sha256: {SHA}
  category: main
  optional: false
- name: tool
  version: '2.0'
  manager: conda
  platform: linux-64
  dependencies:
    libz: '>=1.2'
    absent: ''
  url: {BASE}/noarch/tool-2.0-py_0.tar.bz2
  hash:
    md5: {MD5}
- name: libz
  version: '1.3'
  manager: conda
  platform: osx-arm64
  dependencies: {{}}
  url: {BASE}/osx-arm64/libz-1.3-h2_0.conda
  hash: {{}}
- name: wheel-one
  version: '1.5'
  manager: pip
  platform: linux-64
  dependencies:
    tool: '>=2'
  url: https://files.example.org/wheel_one-1.5-py3-none-any.whl
  hash:
    sha256: {SHA}
"""
EXPLICIT = f"""# This file may be used to create an environment using:
# platform: linux-64
@EXPLICIT
{BASE}/linux-64/libz-1.3-h1_0.conda#{MD5}
{BASE}/noarch/tool-2.0-py_0.tar.bz2#sha256:{SHA}
"""


def read(tmp_path: Path, text: str, called: str = "pixi.lock", **options: object) -> tuple[Environment, ...]:
    path = tmp_path / called
    path.write_text(text)
    limits = options.pop("limits", Limits())
    return read_lock(path, limits, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("version", PIXI)
def test_pixi_lock(tmp_path: Path, version: str) -> None:
    linux, mac = read(tmp_path, PIXI[version])
    assert [linux.platform, mac.platform] == ["linux-64", "osx-arm64"]
    assert [e.component.ref for e in linux.entries] == [LIBZ, TOOL, "pkg:pypi/wheel-one@1.5"]
    assert [e.component.version for e in mac.entries] == ["1.3"]
    libz, tool, wheel = linux.entries
    assert {d.algorithm: d.value for d in libz.component.digests} == {"md5": MD5, "sha256": SHA}
    assert [lic.expression for lic in libz.component.licenses] == ["Zlib"]
    told = dict(libz.component.properties)
    assert told[names.SIZE] == "77"
    assert told[names.CHANNEL] == "conda-forge"
    assert told[names.VIRTUAL_DEPENDS] == "__glibc >=2.17,<3.0.a0"
    assert libz.needs == ()
    assert [(n.name, n.spec) for n in tool.needs] == [("conda:libz", "libz >=1.2"), ("conda:absent", "absent")]
    assert [d.value for d in wheel.component.digests] == [SHA]
    assert linux.built == 1727963148
    assert [value for name, value in linux.properties if name == names.VIRTUAL_PACKAGE] == (
        ["__glibc=2.28"] if version == "7" else []
    )
    assert ("pypi:tool" in tool.names) == (version > "5")  # purls say which distribution it is


def test_conda_lock(tmp_path: Path) -> None:
    linux, mac = read(tmp_path, CONDA_LOCK, "conda-lock.yml")
    assert [e.component.ref for e in linux.entries] == [LIBZ, TOOL, "pkg:pypi/wheel-one@1.5"]
    assert [e.component.ref for e in mac.entries] == [LIBZ.replace("h1_0", "h2_0").replace("linux-64", "osx-arm64")]
    libz, tool, wheel = linux.entries
    assert {d.algorithm: d.value for d in libz.component.digests} == {"md5": MD5, "sha256": SHA}
    assert [(n.name, n.spec) for n in tool.needs] == [("conda:libz", "libz >=1.2"), ("conda:absent", "absent")]
    assert [(n.name, n.spec) for n in wheel.needs] == [("conda:tool", "tool >=2")]
    assert (linux.name, linux.problems) == ("conda-lock", ())


def test_explicit(tmp_path: Path) -> None:
    (found,) = read(tmp_path, EXPLICIT, "explicit.txt")
    assert (found.platform, found.name) == ("linux-64", "explicit")
    assert [e.component.ref for e in found.entries] == [LIBZ, TOOL]
    assert [[d.value for d in e.component.digests] for e in found.entries] == [[MD5], [SHA]]
    assert [p.reason for p in found.problems] == [
        "a list of addresses does not say what the packages need; no dependencies are known"
    ]


def test_an_environment_and_a_platform_can_be_chosen(tmp_path: Path) -> None:
    (docs,) = read(tmp_path, PIXI["6"], environment="docs")
    assert (docs.name, [e.component.name for e in docs.entries]) == ("docs", ["tool"])
    (mac,) = read(tmp_path, PIXI["6"], platforms=["osx-arm64"], name="mine")
    assert (mac.name, mac.platform) == ("mine", "osx-arm64")


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (PIXI["6"], {"environment": "test"}, "has no environment 'test'; there are: default, docs"),
        (PIXI["6"], {"platforms": ["win-64"]}, "no packages for the platform 'win-64'; there are: linux-64, osx-arm64"),
        (CONDA_LOCK, {"environment": "test"}, "--environment is for a pixi.lock"),
        (EXPLICIT, {"environment": "test"}, "--environment is for a pixi.lock"),
    ],
)
def test_what_is_not_there_is_said(tmp_path: Path, text: str, options: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read(tmp_path, text, **options)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "neither a pixi.lock"),
        ("a: [", "not YAML"),
        ("version: 3\nenvironments: {}\n", "version '3' of pixi.lock is not known"),
        ("version: 99\nenvironments: {}\n", "version '99' of pixi.lock is not known"),
        ("version: 6\nenvironments:\n  default:\n    packages: {}\n", "names no package"),
        ("version: 1\nmetadata: {}\npackage: []\n", "names no package"),
        ("@EXPLICIT\n", "names no package"),
        ("\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), "neither a pixi.lock"),
    ],
)
def test_what_is_no_lock_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(TargetError, match=said):
        read(tmp_path, text)


@pytest.mark.parametrize(("limit", "value"), [("lock_size", 10), ("lock_nodes", 10)])
def test_limits_of_lock_files_act(tmp_path: Path, limit: str, value: int) -> None:
    with pytest.raises(TargetError, match=rf"\(limit {limit}\)"):
        read(tmp_path, PIXI["6"], limits=Limits().with_settings([(limit, value)]))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("  - conda: https://example.org/x.zip", "no record of this package"),
        ("  - conda_source: mine[1234] @ ./recipes/mine", "mine is built from source"),
        ("  - nothing: at all", "no record of this package"),
        ("  - conda: https://user:secret@example.org/c/linux-64/x-1-0.conda", "no record of this package"),
    ],
)
def test_odd_entries_of_a_pixi_lock(tmp_path: Path, line: str, said: str) -> None:
    text = f"version: 6\nenvironments:\n  default:\n    packages:\n      linux-64:\n    {line}\n"
    (found,) = read(tmp_path, text)
    assert any(said in p.reason for p in found.problems)
    assert "secret" not in str(found)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("https://example.org/linux-64/x-1-0.zip", "line 2: no address of a conda package; left out"),
        ("https://example.org/linux-64/x-1-0.conda#zz", "line 2: what stands behind # is no MD5 or SHA-256; left out"),
        (
            "https://example.org/win-64/x-1-0.conda",
            "x-1-0.conda is for win-64, the environment for linux-64: nothing of it is linked",
        ),
        ("/home/somebody/linux-64/x-1-0.conda", ""),
        ("\x1b[31mred", "line 2: no address of a conda package; left out"),
    ],
)
def test_odd_lines_of_a_list(tmp_path: Path, line: str, said: str) -> None:
    (found,) = read(tmp_path, f"@EXPLICIT\n{line}\n{BASE}/linux-64/a-1-0.conda\n# platform: linux-64\n", "list.txt")
    assert not said or any(p.reason.startswith(said) for p in found.problems)
    assert "somebody" not in str(found)


@pytest.mark.parametrize(
    ("comment", "purl", "digest"),
    [
        (f"# pip foo_bar @ https://example.org/foo_bar-1.5-py3-none-any.whl#sha256={SHA}", "foo-bar@1.5", SHA),
        (f"# pip Foo @ https://example.org/foo-1.5.tar.gz#sha256={SHA}", "foo@1.5", SHA),
        (f"# pip foo === 1.5 --hash=sha256:{SHA}", "foo@1.5", SHA),
        ("# pip foo @ git+https://example.org/foo.git@main", "foo", ""),
        ("# pip foo @ https://example.org/other-2.0-py3-none-any.whl", "foo", ""),
        ("# pip foo @ https://example.org/foo-main.tar.gz", "foo", ""),
        (f"# pypi: https://example.org/foo-1.5-py3-none-any.whl#sha256={SHA}", "foo@1.5", SHA),
        (f"# pypi: foo[extra]==1.5 --python-version 3.12 --record-checksum=sha256:{SHA}", "foo@1.5", ""),
        ("# pypi: foo --python-version 3.12", "foo", ""),
        ("#pypi: foo==1.5", "foo@1.5", ""),
    ],
)
def test_python_distributions_in_comments_of_a_list(tmp_path: Path, comment: str, purl: str, digest: str) -> None:
    (found,) = read(tmp_path, f"{EXPLICIT}{comment}\n", "list.txt")
    *_, entry = found.entries
    assert entry.component.purl == f"pkg:pypi/{purl}"
    assert [d.value for d in entry.component.digests] == [digest] * bool(digest)
    assert len(found.problems) == 1  # that needs are not known


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("# pip install foo", "a comment names a package, which is not read from there; left out"),
        ("# pip foo>=1", "names no Python distribution; left out"),
        (
            f"# {BASE}/linux-64/x-1-0.conda#{MD5}",
            "a comment names a package, which is not read from there; left out",
        ),
        ("#x-1-0.tar.bz2", "a comment names a package, which is not read from there; left out"),
        ("# pypi:", "names no Python distribution; left out"),
        ("# pypi: https://example.org/foo.git", "names no Python distribution; left out"),
        (
            "# pip foo @ https://example.org/foo-1-py3-none-any.whl#sha256=abc",
            "sha256: not a hash of this kind; left out",
        ),
        ("# input_hash: abc", ""),
        ("# $ conda create --name <env> --file <this file>", ""),
        ("# Generated by conda-lock.", ""),
        ("# created-by: conda 24.1.0", ""),
    ],
)
def test_other_comments_of_a_list(tmp_path: Path, comment: str, said: str) -> None:
    (found,) = read(tmp_path, f"{EXPLICIT}{comment}\n", "list.txt")
    assert [p.reason for p in found.problems if "dependencies" not in p.reason] == [f"line 6: {said}"] * bool(said)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            f"{BASE}/linux-64/lib-z-1.3-h1_0.conda",
            Artifact(
                file_name="lib-z-1.3-h1_0.conda",
                name="lib-z",
                version="1.3",
                build="h1_0",
                subdir="linux-64",
                channel="conda-forge",
            ),
        ),
        (
            "https://example.org/t/tk-abc/private/noarch/x-1!2-0.tar.bz2",
            Artifact(
                file_name="x-1!2-0.tar.bz2",
                name="x",
                version="1!2",
                build="0",
                subdir="noarch",
                channel="https://example.org/private",
            ),
        ),
        ("https://example.org/x-1-0.zip", Artifact()),
        ("x-1.conda", Artifact()),
        ("http://[", Artifact()),
        ("", Artifact()),
    ],
)
def test_what_an_address_says(url: str, expected: Artifact) -> None:
    assert artifact(url) == expected


@given(st.sampled_from([*PIXI.values(), CONDA_LOCK, EXPLICIT]), st.data())
def test_a_damaged_lock_file_is_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, text: str, data: st.DataObject
) -> None:
    lines = text.splitlines()
    place = data.draw(st.integers(0, len(lines) - 1))
    lines[place] = data.draw(st.sampled_from(["", "- ", "  []", "x: {}", lines[place][:-3], lines[place] * 2]))
    with suppress(TargetError, SettingsError):
        read(tmp_path_factory.mktemp("lock"), "\n".join(lines))
