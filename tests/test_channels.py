"""Which packages a channel has: folders with and without repodata.json, web servers, filters, hostile records."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from channel_support import add, failures, files, go, list_all, record
from hypothesis import given
from hypothesis import strategies as st
from support import zstd

from cf_sbom.channel.channels import entries
from cf_sbom.channel.items import Item, Listed, Remark, Wanted
from cf_sbom.channel.repodata import records
from cf_sbom.errors import SbomError
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError


def found(place: Path | str, **wanted: object) -> list[Item | Remark]:
    told = entries(str(place), Wanted(**wanted), Limits())  # type: ignore[arg-type]
    return [entry for entry in told if not isinstance(entry, Listed)]


def listed(place: Path | str, **wanted: object) -> list[str]:
    """The folders of which all was told."""
    told = entries(str(place), Wanted(**wanted), Limits())  # type: ignore[arg-type]
    return [entry.path for entry in told if isinstance(entry, Listed)]


def paths(place: Path | str, **wanted: object) -> list[str]:
    return [entry.path for entry in found(place, **wanted) if isinstance(entry, Item)]


def remarks(place: Path | str, **wanted: object) -> list[tuple[str, str]]:
    return [(entry.path, entry.reason) for entry in found(place, **wanted) if isinstance(entry, Remark)]


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    """Two subdirs with repodata.json, and a loose package beside them."""
    place = tmp_path / "channel"
    add(place / "noarch", (1, 2))
    add(place / "linux-64", (3,))
    for subdir in ("noarch", "linux-64"):
        list_all(place / subdir)
    add(place, (9,))
    return place


def test_packages_come_in_a_fixed_order_with_what_their_records_state(channel: Path) -> None:
    items = found(channel)
    assert [item.path for item in items] == [
        "tiny009-1.0-0.conda",
        "linux-64/tiny003-1.0-0.conda",
        "noarch/tiny001-1.0-0.conda",
        "noarch/tiny002-1.0-0.conda",
    ]
    loose, listed = items[0], items[1]
    assert isinstance(loose, Item)
    assert isinstance(listed, Item)
    path = channel / "linux-64" / "tiny003-1.0-0.conda"
    assert (loose.digests, loose.stated_size) == ((), None)
    assert {d.algorithm: d.value for d in listed.digests} == {k: record(path)[k] for k in ("md5", "sha256")}
    assert (listed.location, listed.stated_size, listed.size) == (str(path), path.stat().st_size, path.stat().st_size)
    assert listed.changed == path.stat().st_mtime_ns


def test_the_compressed_list_is_read_where_there_is_no_other(channel: Path) -> None:
    before = found(channel)
    file = channel / "noarch" / "repodata.json"
    (channel / "noarch" / "repodata.json.zst").write_bytes(zstd.compress(file.read_bytes()))
    file.unlink()
    assert found(channel) == before


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({"subdirs": ("noarch",)}, [1, 2]),
        ({"matches": ("tiny001",)}, [1]),
        ({"matches": ("*2-1.0-*", "tiny003")}, [3, 2]),
        ({"most": 2}, [9, 3]),
        ({"since": 1_700_000_000}, [9, 3, 1, 2]),
        ({"since": 1_700_000_001}, [9]),
        ({"since": 4_000_000_000}, []),
    ],
)
def test_filters(channel: Path, wanted: dict[str, object], numbers: list[int]) -> None:
    assert [int(path.rpartition("/")[2][4:7]) for path in paths(channel, **wanted)] == numbers


def test_one_subdir_alone_is_a_channel_too(channel: Path) -> None:
    assert paths(channel / "noarch", subdirs=("noarch",)) == ["tiny001-1.0-0.conda", "tiny002-1.0-0.conda"]


def test_what_folder_and_list_disagree_about_is_said(channel: Path) -> None:
    (channel / "noarch" / "tiny001-1.0-0.conda").unlink()
    add(channel / "noarch", (5, 6))
    assert remarks(channel) == [
        ("noarch/tiny001-1.0-0.conda", "listed in repodata.json, but the file is not there"),
        (
            "noarch/repodata.json",
            "does not list 2 packages that are there: tiny005-1.0-0.conda, tiny006-1.0-0.conda",
        ),
    ]
    assert paths(channel / "noarch")[1:] == ["tiny005-1.0-0.conda", "tiny006-1.0-0.conda"]


HOSTILE = {
    "../../etc/passwd.conda": "listed under a name that no package file has",
    "/etc/x-1-0.conda": "listed under a name that no package file has",
    "a\\b-1-0.conda": "listed under a name that no package file has",
    "C:x-1-0.conda": "listed under a name that no package file has",
    "a b-1-0.conda": "listed under a name that no package file has",
    "a\x1b[31m-1-0.conda": "listed under a name that no package file has",
    "n" * 5000 + ".conda": "listed under a name that no package file has",
    "": "listed under a name that no package file has",
    ".conda": "listed, but by its name neither a .conda nor a .tar.bz2 file",
    "x-1-0.exe": "listed, but by its name neither a .conda nor a .tar.bz2 file",
}


@pytest.mark.parametrize(("name", "reason"), HOSTILE.items(), ids=range(len(HOSTILE)))
def test_a_hostile_name_is_refused_and_the_others_are_read(channel: Path, name: str, reason: str) -> None:
    list_all(channel / "noarch", **{name: {"size": 1}})
    ((path, told),) = remarks(channel / "noarch")
    assert told == f"{reason}; the entry is left out"
    assert len(path) < 200
    assert len(paths(channel / "noarch")) == 2


@pytest.mark.parametrize("tree", [1, [], "x", None])
def test_a_record_that_is_none_is_refused(channel: Path, tree: object) -> None:
    list_all(channel / "noarch", **{"x-1-0.conda": tree})
    assert remarks(channel / "noarch") == [("x-1-0.conda", "its record is not a mapping; the entry is left out")]


def test_odd_fields_of_a_record_are_as_if_they_were_not_there(channel: Path) -> None:
    path = channel / "noarch" / "tiny001-1.0-0.conda"
    list_all(channel / "noarch", **{path.name: record(path, size=-1, timestamp=10**30, sha256="zz", md5=["a"])})
    item = next(entry for entry in found(channel / "noarch") if entry.path == path.name)
    assert isinstance(item, Item)
    assert (item.digests, item.stated_size) == ((), None)


def test_a_name_listed_twice_counts_once(channel: Path) -> None:
    file = channel / "noarch" / "repodata.json"
    tree = json.loads(file.read_text())
    tree["packages"] = {"tiny001-1.0-0.conda": {}}
    file.write_text(json.dumps(tree))
    assert remarks(channel / "noarch") == [("tiny001-1.0-0.conda", "listed twice; the entry is left out")]
    assert len(paths(channel / "noarch")) == 2


def test_a_list_that_breaks_off_is_said_and_the_files_are_found(channel: Path) -> None:
    file = channel / "noarch" / "repodata.json"
    file.write_text(file.read_text()[:-150])
    told = remarks(channel / "noarch")
    assert told[0][0] == "repodata.json"
    assert told[0][1].startswith("cannot be read to its end: not JSON")
    assert len(paths(channel / "noarch")) == 2


def test_links_and_what_is_no_file(channel: Path) -> None:
    (channel / "noarch" / "loop").symlink_to(channel)
    (channel / "noarch" / "gone-1-0.conda").symlink_to("nowhere")
    (channel / "noarch" / "dir-1-0.conda").mkdir()
    (channel / "noarch" / "repodata.json").unlink()
    assert remarks(channel / "noarch") == [
        ("dir-1-0.conda", "not a regular file"),
        ("gone-1-0.conda", "a link to nothing"),
    ]
    assert len(paths(channel / "noarch")) == 2


def test_an_unreadable_folder_is_one_remark(channel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "linux-64":
            raise PermissionError(13, "Permission denied")
        return original(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert remarks(channel) == [("linux-64", "the folder cannot be read: Permission denied")]
    assert len(paths(channel)) == 3


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """Nothing on standard error."""


@pytest.fixture
def url(channel: Path) -> Iterator[str]:
    """The channel on a web server, which knows nothing of ranges."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(channel))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_channel_on_a_web_server(channel: Path, url: str) -> None:
    assert paths(url) == [path for path in paths(channel) if "/" in path]
    item = found(url)[0]
    assert isinstance(item, Item)
    assert item.location == f"{url}/linux-64/tiny003-1.0-0.conda"
    assert item.remote
    assert (item.size, item.changed) == (item.stated_size, 1_700_000_000 * 10**9)
    assert paths(f"{url}/noarch/") == ["noarch/tiny001-1.0-0.conda", "noarch/tiny002-1.0-0.conda"]
    assert paths(url, subdirs=("linux-64",), since=1_700_000_001) == []


@pytest.mark.parametrize("metadata_only", [False, True])
def test_a_run_over_a_web_server_makes_what_a_run_over_the_folder_makes(
    channel: Path, url: str, tmp_path: Path, metadata_only: bool
) -> None:
    (channel / "tiny009-1.0-0.conda").unlink()
    outs = [tmp_path / "near", tmp_path / "far"]
    for place, out in zip((channel, url), outs, strict=True):
        counts = go(place, out, metadata_only=metadata_only, channel="main")
        assert (counts.made, counts.failed) == (3, 0)
    assert files(outs[0]) == files(outs[1])
    assert go(url, outs[1], metadata_only=metadata_only, channel="main").kept == 3
    add(channel / "noarch", (1,), b"other")
    list_all(channel / "noarch")
    assert go(url, outs[1], metadata_only=metadata_only, channel="main").made == 1
    (channel / "noarch" / "tiny002-1.0-0.conda").unlink()
    go(url, outs[1], metadata_only=metadata_only, channel="other")
    assert failures(outs[1]) == [
        {"path": "noarch/tiny002-1.0-0.conda", "reason": "cannot be fetched: status 404 File not found"}
    ]


@pytest.mark.parametrize(
    ("stated", "location"),
    [
        ("../files", "/files/tiny003-1.0-0.conda"),
        ("https://files.example.org/a/", "https://files.example.org/a/tiny003-1.0-0.conda"),
        (7, "/linux-64/tiny003-1.0-0.conda"),
        ("", "/linux-64/tiny003-1.0-0.conda"),
        ("http://[", "/linux-64/tiny003-1.0-0.conda"),
    ],
)
def test_packages_may_be_elsewhere_on_the_web(channel: Path, url: str, stated: object, location: str) -> None:
    file = channel / "linux-64" / "repodata.json"
    tree = json.loads(file.read_text())
    tree["info"]["base_url"] = stated
    for keys in (list(tree), list(reversed(tree))):
        file.write_text(json.dumps({key: tree[key] for key in keys}))
        (item,) = found(url, subdirs=("linux-64",))
        assert isinstance(item, Item)
        assert item.path == "linux-64/tiny003-1.0-0.conda", "its place in the channel stays"
        assert item.location == (location if "://" in location else url + location)


def test_packages_elsewhere_are_fetched_from_the_web_alone(channel: Path, url: str) -> None:
    file = channel / "linux-64" / "repodata.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"info": {"base_url": "file:///etc"}}))
    assert remarks(url, subdirs=("linux-64",)) == [("linux-64/repodata.json", "its base_url is no http(s) URL")]


def test_what_a_web_server_has_not_is_said(url: str) -> None:
    assert remarks(url, subdirs=("win-64",)) == [("win-64", "the server has no repodata.json of this subdir")]
    assert remarks(f"{url}/elsewhere") == [
        (".", "the server has no repodata.json of any subdir; is it the URL of a channel?")
    ]


def _read(path: Path, data: bytes, limits: Limits | None = None) -> list[tuple[str, object]]:
    path.write_bytes(data)
    return list(records(path, limits or Limits()))


TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(), TREES, max_size=5), st.dictionaries(st.text(), TREES, max_size=5), TREES, st.booleans()
)
def test_records_are_those_of_a_plain_reader(
    tmp_path_factory: pytest.TempPathFactory,
    first: dict[str, object],
    second: dict[str, object],
    more: object,
    wide: bool,
) -> None:
    tree = {"info": more, "packages": first, "removed": more, "packages.conda": second, "version": 1}
    data = json.dumps(tree, indent=2 if wide else None).encode()
    path = tmp_path_factory.mktemp("repodata") / "repodata.json"
    assert _read(path, data) == [*first.items(), *second.items()]


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes, packed: bool) -> None:
    path = tmp_path_factory.mktemp("repodata") / ("repodata.json.zst" if packed else "repodata.json")
    with contextlib.suppress(ParseError, SbomError):
        _read(path, data)


def test_values_that_lie_across_what_is_read_at_once(tmp_path: Path) -> None:
    tree = {"packages": {f"é{n}": {"depends": ["x" * 1000] * 5} for n in range(300)}}
    data = json.dumps(tree, ensure_ascii=False).encode()
    assert dict(_read(tmp_path / "repodata.json", data)) == tree["packages"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"packages": {"a": }}',
        b'{"packages": {"a" 1}}',
        b'{"packages": {1: 1}}',
        b'{"packages": {"a": 1',
        b'{"packages": {"a": ' + b"[" * 100_000,
        b'{"packages": {"a": "' + b"x" * 2000 + b'"}}',
    ],
)
def test_what_is_no_repodata_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ParseError):
        _read(tmp_path / "repodata.json", data, Limits(embedded_size=1000))


def test_which_folders_are_told_whole(tmp_path: Path) -> None:
    for subdir in ("linux-64", "noarch"):
        add(tmp_path / subdir, (1,))
    (tmp_path / "osx-64").symlink_to(tmp_path / "linux-64")
    assert listed(tmp_path) == ["", "linux-64", "noarch"]
    assert listed(tmp_path, subdirs=("noarch",)) == ["noarch"]
