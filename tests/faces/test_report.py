"""`cf-sbom report` on the command line: what it writes where, and with which status it ends."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from reports import unpacked
from running import Ran
from support import FIXTURES

OLD = FIXTURES / "packages" / "linux-64" / "linkage-demo-0.4.0-2.conda"
NEW = FIXTURES / "packages" / "linux-64" / "linkage-demo-v1-0.4.0-hb0f4dca_2.conda"


def test_a_page_beside_where_one_stands(run: Callable[..., Ran]) -> None:
    assert run("report", OLD) == (0, "report.html\n", "")
    page = Path("report.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "<title>SBOM report: linkage-demo 0.4.0 2</title>" in page
    assert run("report", OLD, "--title", "For <review>").status == 0, "a page of ours is written anew"
    assert "<title>For &lt;review&gt;</title>" in Path("report.html").read_text()


def test_what_is_not_ours_stays(run: Callable[..., Ran]) -> None:
    Path("report.html").write_text("mine")
    assert run("report", OLD).status == 3
    assert Path("report.html").read_text() == "mine"
    assert run("report", "--force", OLD).status == 0


def test_several_targets_are_compared_each_with_the_one_before(run: Callable[..., Ran], tmp_path: Path) -> None:
    run("generate", "-o", f"cyclonedx-json={tmp_path / 'old.json'}", OLD)
    assert run("report", "--embed", "none", "-o", "sub/x.html", "old.json", OLD, NEW) == (0, "sub/x.html\n", "")
    told, documents = unpacked(Path("sub/x.html").read_bytes())
    assert [one["target"] for one in told["packages"]] == ["old.json", OLD.name, NEW.name]
    assert documents == [(tmp_path / "old.json").read_bytes()], "a document is its own"
    assert [(one["old"], one["new"]) for one in told["comparisons"]] == [(0, 1), (1, 2)]
    assert told["comparisons"][0]["skipped"]
    assert "Package" in [group["title"] for group in told["comparisons"][1]["groups"]]


def test_standard_output(run: Callable[..., Ran]) -> None:
    ran = run("report", "-o", "-", "--embed", "cyclonedx-json@1.6", OLD)
    assert ran.status == 0
    assert ran.out.startswith("<!DOCTYPE html>")
    assert not Path("report.html").exists()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["missing.conda"], 3, "missing.conda"),
        (["broken.conda"], 3, "broken.conda: "),
        (["broken.json"], 3, "broken.json: "),
        ([], 2, "Missing argument"),
        (["--embed", "nothing", OLD], 2, "nothing"),
        (["--embed", "cyclonedx-json@9", OLD], 2, "no version 9"),
        (["--embed", "none", "--embed", "spdx-json", OLD], 2, "leaves out every document"),
        (["--embed", "A B", OLD], 2, "is not FORMAT"),
        (["-o", "broken.json", "broken.json"], 2, "the place of a target"),
    ],
)
def test_status_and_reason(words: list[str], status: int, said: str, run: Callable[..., Ran]) -> None:
    Path("broken.conda").write_bytes(b"no archive")
    Path("broken.json").write_bytes(b"{}")
    ran = run("report", *words)
    assert ran.status == status
    assert said in ran.err
    assert not Path("report.html").exists()


def test_the_page_is_about_those_that_can_be_read(run: Callable[..., Ran]) -> None:
    Path("broken.conda").write_bytes(b"no archive")
    Path("broken.json").write_bytes(b"{}")
    ran = run("report", "--embed", "none", OLD, "broken.conda", "broken.json", "missing.conda", NEW)
    assert (ran.status, ran.out) == (3, "report.html\n")
    assert [name for name in ("broken.conda", "broken.json", "missing.conda") if name in ran.err] == [
        "broken.conda",
        "broken.json",
        "missing.conda",
    ]
    told, _ = unpacked(Path("report.html").read_bytes())
    assert [one["target"] for one in told["packages"]] == [OLD.name, NEW.name]
    assert [(one["old"], one["new"]) for one in told["comparisons"]] == [(0, 1)]
    ran = run("report", "-o", "-", "broken.conda", OLD)
    assert ran.status == 3
    assert ran.out.startswith("<!DOCTYPE html>")


def test_of_none_that_can_be_read_nothing_is_written(run: Callable[..., Ran]) -> None:
    Path("report.html").write_text("mine")
    ran = run("report", "--force", "a.conda", "b.conda")
    assert (ran.status, ran.out) == (3, "")
    assert "a.conda" in ran.err
    assert "b.conda" in ran.err
    assert Path("report.html").read_text() == "mine"


def test_the_same_package_makes_the_same_page(run: Callable[..., Ran], tmp_path: Path) -> None:
    shutil.copy(OLD, tmp_path)
    pages = []
    for _ in range(2):
        assert run("report", OLD.name).status == 0
        pages.append(Path("report.html").read_bytes())
    assert pages[0] == pages[1]
