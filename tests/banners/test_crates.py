"""Crates by the paths of their sources."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.banners import crates
from cf_sbom.banners.crates import find_crates

NEW, OLD = b"index.crates.io-6f17d22bba15001f", b"github.com-1ecc6299db9ec823"
HOME = b"/root/.cargo/registry/src/" + NEW + b"/"


def told(*sections: bytes) -> list[tuple[str, str]]:
    return [(hit.name, hit.version) for hit in find_crates((0, memoryview(data)) for data in sections)]


@pytest.mark.parametrize(
    ("data", "crate"),
    [
        (HOME + b"regex-automata-0.4.18/src/dfa/accel.rs", ("regex-automata", "0.4.18")),
        (b"text before /cargo/registry/src/" + OLD + b"/phf_shared-0.13.1/src/lib.rs", ("phf_shared", "0.13.1")),
        (rb"C:\Users\x\.cargo\registry\src" + b"\\" + NEW + rb"\aes-0.8.4\src\lib.rs", ("aes", "0.8.4")),
        (HOME + b"time-0.1.45+wasi-1/src/lib.rs", ("time", "0.1.45+wasi-1")),
        (HOME + b"sha-1-0.10.0/src/lib.rs", ("sha-1", "0.10.0")),
        (HOME + b"base-x-2.0.0-rc.1/src/lib.rs", ("base-x", "2.0.0-rc.1")),
        (HOME + b"wasi-0.11.0+wasi-snapshot-preview1/src/lib.rs", ("wasi", "0.11.0+wasi-snapshot-preview1")),
    ],
)
def test_a_path_of_the_registry(data: bytes, crate: tuple[str, str]) -> None:
    assert told(data) == [crate]


@pytest.mark.parametrize(
    "data",
    [
        b"/rustc/82e1608dfa6e0b5569232559e3d385fea5a93112/library/core/src/fmt/mod.rs",
        b"/root/.cargo/git/checkouts/ruff-1a2b3c/regex-1.0.0/src/lib.rs",
        b"/build/vendor/regex-1.10.2/src/lib.rs",
        b"registry/src/example.org-6f17d22bba15001f/regex-1.10.2/src/lib.rs",  # not crates.io
        b"registry/src/" + NEW + b"/regex-1.10/src/lib.rs",
        b"registry/src/" + NEW + b"/regex/src/lib-1.0.0.rs",
        b"registry/src/" + NEW + b"/1regex-1.0.0/src/lib.rs",
        b"registry/src/" + NEW + b"/regex-1.10.2",  # cut off
        b"registry/src/index.crates.io-short/regex-1.10.2/src/lib.rs",
    ],
)
def test_other_paths_tell_nothing(data: bytes) -> None:
    assert told(data) == []


def test_each_crate_once_with_its_first_place(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = HOME + b"b-1.0.0/src/lib.rs", HOME + b"a-2.0.0/src/lib.rs"
    hits = find_crates([(10, memoryview(one + one)), (500, memoryview(other))])
    place = one.index(b"registry")
    assert [(hit.name, hit.offset) for hit in hits] == [("a", 500 + place), ("b", 10 + place)]
    monkeypatch.setattr(crates, "MOST_CRATES", 1)
    assert told(one + other) == [("b", "1.0.0")]


@given(st.lists(st.sampled_from((HOME, b"a-1.0.0", b"/src/", b"-", b".", b"1.0.0", b"\0")) | st.binary(), max_size=20))
def test_any_bytes_are_read(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    for hit in find_crates([(0, memoryview(data))]):
        assert data[hit.offset :].startswith(b"registry")
        assert f"{hit.name}-{hit.version}".encode() in data
