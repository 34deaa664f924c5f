"""An installed environment -> what it holds; nothing outside of the prefix is read."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest
from prefixes import dist, make_prefix, record

from cf_sbom import properties as names
from cf_sbom.environments.prefix import read_prefix
from cf_sbom.errors import TargetError
from cf_sbom.limits import Limits

SITE = "lib/python3.12/site-packages"


def test_a_record_is_kept_exactly(tmp_path: Path) -> None:
    found = read_prefix(make_prefix(tmp_path / "env", [record("libz", ["__glibc >=2.17", "a >=1"])]), "", Limits())
    (entry,) = found.entries
    assert (found.name, found.platform, found.container, found.built) == (
        "env",
        "linux-64",
        "environment",
        1_700_000_000,
    )
    component = entry.component
    assert component.purl == "pkg:conda/libz@1.0?build=h0_0&channel=conda-forge&subdir=linux-64&type=conda"
    assert component.properties == (
        (names.BUILD, "h0_0"),
        (names.BUILD_NUMBER, "0"),
        (names.CHANNEL, "conda-forge"),
        (names.DEPENDS, "a >=1"),
        (names.FILENAME, "libz-1.0-h0_0.conda"),
        (names.SIZE, "1234"),
        (names.SUBDIR, "linux-64"),
        (names.VIRTUAL_DEPENDS, "__glibc >=2.17"),
    )
    assert [d.algorithm for d in component.digests] == ["md5", "sha256"]
    assert [link.url for link in component.links] == [record("libz")["url"]]
    assert [(need.name, need.field) for need in entry.needs] == [("conda:a", "depends[1]")]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"channel": "file:///home/somebody/channel", "url": "file:///home/somebody/channel/linux-64/x.conda"}, ""),
        (
            {"url": "https://user:secret@example.org/c/linux-64/libz-1.0-h0_0.conda"},
            "a credential stands in the address",
        ),
        ({"sha256": "xyz"}, "sha256: not a hash of this kind; left out"),
        ({"license": "contract in blood"}, "is no SPDX licence expression"),
        ({"depends": ["a", 3]}, "depends[1]: not a string"),
        ({"depends": "a"}, ""),
        ({"name": "__glibc"}, "is no name of a conda package"),
        ({"name": "Ev il\x1b[31m\n"}, "is no name of a conda package"),
        ({"name": None, "fn": None, "url": None}, "names no package"),
        ({"timestamp": 10**30}, ""),
        ({"fn": "/etc/passwd"}, ""),
    ],
)
def test_odd_records(tmp_path: Path, fields: dict[str, object], said: str) -> None:
    prefix = make_prefix(tmp_path / "env", [record("libz")])
    (prefix / "conda-meta" / "libz-1.0-h0_0.json").write_text(json.dumps(record("libz") | fields))
    found = read_prefix(prefix, "", Limits())
    assert not said or any(said in p.reason for p in found.problems), found.problems
    for word in ("secret", "somebody", "/etc/passwd"):
        assert word not in str(found.entries)
    assert all("\n" not in str(p) for p in found.problems)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "not JSON"),
        (b"[]", "not a mapping"),
        (b"\xff", "not UTF-8"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "nested deeper"),
        (b" " * 2000, "larger than 1000 bytes (limit json_size)"),
    ],
)
def test_a_broken_record_is_one_problem(tmp_path: Path, data: bytes, said: str) -> None:
    prefix = make_prefix(tmp_path / "env", [record("libz", files=None)])
    (prefix / "conda-meta" / "bad-1-0.json").write_bytes(data)
    limits = Limits(json_size=1000) if len(data) == 2000 else Limits()
    found = read_prefix(prefix, "", limits)
    assert [e.component.name for e in found.entries] == ["libz"]
    (problem,) = found.problems
    assert problem.path == "conda-meta/bad-1-0.json"
    assert said in problem.reason


def test_links_out_of_the_prefix_are_never_followed(tmp_path: Path) -> None:
    outside = make_prefix(tmp_path / "outside", [record("secret")], dist("hidden", "1.0"))
    prefix = make_prefix(tmp_path / "env", [record("libz")])
    (prefix / "conda-meta" / "secret.json").symlink_to(outside / "conda-meta" / "secret-1.0-h0_0.json")
    (prefix / "conda-meta" / "loop.json").symlink_to("loop.json")
    (prefix / "lib" / "python3.12").mkdir(parents=True)
    (prefix / SITE).symlink_to(outside / SITE)
    found = read_prefix(prefix, "", Limits())
    assert [e.component.name for e in found.entries] == ["libz"]
    assert {p.path: p.reason for p in found.problems}["conda-meta/secret.json"] == (
        "a link out of the prefix; not followed"
    )
    assert any(p.path == "conda-meta/loop.json" for p in found.problems)


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path / "env", [record("libz")])
    os.mkfifo(prefix / "conda-meta" / "pipe.json")
    found = read_prefix(prefix, "", Limits())
    assert [(p.path, p.reason) for p in found.problems] == [("conda-meta/pipe.json", "not a file")]


def test_two_records_of_one_name_are_a_conflict(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path / "env", [record("libz"), record("libz", version="2.0")])
    found = read_prefix(prefix, "", Limits())
    assert [(p.severity, p.reason) for p in found.problems] == [
        ("conflict", "a second record of libz, besides conda-meta/libz-1.0-h0_0.json")
    ]


def test_more_records_than_the_limit_are_said(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path / "env", [record(f"a{n}") for n in range(5)])
    found = read_prefix(prefix, "", Limits(packages=3))
    assert any("(limit packages)" in p.reason for p in found.problems)


def test_an_empty_prefix_is_said_and_no_prefix_refused(tmp_path: Path) -> None:
    assert read_prefix(make_prefix(tmp_path / "env", []), "", Limits()).problems
    with pytest.raises(TargetError, match="it has no folder conda-meta"):
        read_prefix(tmp_path, "", Limits())


class TestPython:
    """What pip installed, and what conda packages hold."""

    def entries(self, tmp_path: Path, records: list[dict[str, object]], files: dict[str, str]) -> dict[str, object]:
        found = read_prefix(make_prefix(tmp_path / "env", records, files), "", Limits())
        self.problems = found.problems
        return {e.component.name: e for e in found.entries}

    def test_what_no_record_owns_was_installed_beside(self, tmp_path: Path) -> None:
        files = dist("numpy", "2.0", installer="conda") | dist(
            "Flask.App", "3.0", "Requires-Dist: numpy>=1; extra == 'x'", "Requires-Dist: werkzeug"
        )
        owned = [path for path in files if "numpy" in path]
        found = self.entries(tmp_path, [record("numpy", files=owned)], files)
        assert set(found) == {"numpy", "Flask.App"}
        flask = found["Flask.App"]
        assert flask.component.purl == "pkg:pypi/flask-app@3.0"
        assert flask.component.occurrences[0].path == f"{SITE}/Flask.App-3.0.dist-info/METADATA"
        assert [(n.name, n.scope) for n in flask.needs] == [("pypi:numpy", "optional"), ("pypi:werkzeug", "runtime")]
        assert found["numpy"].names == ("conda:numpy", "pypi:numpy")
        assert self.problems == ()

    @pytest.mark.parametrize(
        ("digest", "names_", "conflict"),
        [
            (sha256(b"conda\n").hexdigest(), {"numpy", "NumPy"}, True),  # the record had another INSTALLER
            (sha256(b"pip\n").hexdigest(), {"numpy"}, False),  # as it was packaged
            (None, {"numpy"}, False),  # not known
        ],
    )
    def test_pip_over_a_conda_package(
        self, tmp_path: Path, digest: str | None, names_: set[str], conflict: bool
    ) -> None:
        files = dist("NumPy", "2.0", installer="pip")
        paths = [{"_path": path, "sha256": digest} for path in files if path.endswith("INSTALLER")]
        found = self.entries(tmp_path, [record("numpy", files=list(files), paths_data={"paths": paths})], files)
        assert set(found) == names_
        assert any("pip installed it over" in p.reason for p in self.problems) == conflict

    def test_windows_and_eggs_and_origins(self, tmp_path: Path) -> None:
        site = "Lib/site-packages"
        files = dist("a", "1", site=site) | {
            f"{site}/a-1.dist-info/direct_url.json": '{"url": "file:///home/somebody/a", "dir_info": {}}',
            f"{site}/b-2-py3.12.egg-info/PKG-INFO": "Metadata-Version: 1.0\nName: b\nVersion: 2\n",
            f"{site}/c-3.egg-info": "Metadata-Version: 1.0\nName: c\nVersion: 3\n",
        }
        found = self.entries(tmp_path, [], files)
        assert set(found) == {"a", "b", "c"}
        assert names.PACKAGE_SOURCE in dict(found["a"].component.properties)
        assert "somebody" not in str(found)

    def test_metadata_that_cannot_be_read_is_said(self, tmp_path: Path) -> None:
        found = self.entries(tmp_path, [record("a")], {f"{SITE}/x-1.dist-info/RECORD": ""})
        assert set(found) == {"a"}
        assert [p.path for p in self.problems] == [f"{SITE}/x-1.dist-info/METADATA"]
