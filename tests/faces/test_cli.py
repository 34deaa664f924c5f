"""The command line: what it prints where, and with which status it ends."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema_rs
import pytest
from running import Ran
from support import FIXTURES, INDEX, ROOT, conda, info_members

from cf_sbom import __version__
from cf_sbom.faces.cli import COMMANDS, main
from cf_sbom.faces.cli.markdown import markdown
from cf_sbom.hookspecs import INTERFACE
from cf_sbom.testing.packages import make_conda
from fixtures.members.linking import NEEDED, linked_elf

DEMO = FIXTURES / "packages" / "noarch" / "sources-demo-2.1.0-h5600cae_0.conda"
LINKED = FIXTURES / "packages" / "linux-64" / "linkage-demo-0.4.0-2.conda"
RESULT = jsonschema_rs.validator_for(json.loads((ROOT / "schemas" / "result.schema.json").read_bytes()))


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    path = tmp_path / DEMO.name
    path.write_bytes(DEMO.read_bytes())
    return path


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A package with problems."""
    path = tmp_path / "demo-1.0-0.conda"
    path.write_bytes(conda(info_members(INDEX | {"depends": ["python", []], "constrains": ["a\x1b[31m\u202e >1"]})))
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.conda"
    path.write_bytes(b"no archive")
    return path


def names(text: str) -> list[str]:
    return [Path(line).name for line in text.splitlines()]


def test_two_documents_beside_the_package_and_their_paths_on_standard_output(
    run: Callable[..., Ran], demo: Path
) -> None:
    ran = run("generate", demo)
    assert ran == (0, f"{demo}.cdx.json\n{demo}.spdx.json\n", "")
    assert all(Path(line).is_file() for line in ran.out.splitlines())


def test_problems_are_told_one_a_line_and_escaped(run: Callable[..., Ran], odd: Path) -> None:
    ran = run("generate", odd)
    assert ran.status == 0
    assert "demo-1.0-0.conda: info/index.json: depends[1]: not a string [dependencies]" in ran.err.splitlines()
    assert "\x1b" not in ran.err
    assert "\u202e" not in ran.err
    assert run("generate", "--strict", odd).status == 1
    assert run("generate", "--quiet", odd).err == ""


def test_what_cannot_be_read_is_told_and_the_others_are_done(run: Callable[..., Ran], demo: Path, broken: Path) -> None:
    ran = run("generate", broken, "absent.conda", demo)
    assert ran.status == 3
    assert names(ran.out) == [f"{demo.name}.cdx.json", f"{demo.name}.spdx.json"]
    assert len(ran.err.splitlines()) == 2
    assert ran.err.startswith("broken.conda: not a conda package: ")
    assert "absent.conda: cannot be read: No such file or directory" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("-o", "cyclonedx-json=-", "--summary", "-", "DEMO"),
        ("-o", "cyclonedx-json=-", "-o", "spdx-json=-", "DEMO"),
        ("-o", "cyclonedx-json=x", "DEMO", "DEMO"),
        ("-o", "cyclonedx-json=-", "DEMO", "DEMO"),
        ("-o", "nonsense", "DEMO"),
        ("-o", "cyclonedx-json@9", "DEMO"),
        ("-o", "", "DEMO"),
        ("--nonsense", "DEMO"),
        ("--timestamp", "yesterday", "DEMO"),
        ("--timestamp", "2026-13-01T00:00:00Z", "DEMO"),
        ("--limit", "members", "DEMO"),
        ("--limit", "nonsense=1", "DEMO"),
        ("--limit", "members=-1", "DEMO"),
        ("--disable", "nonsense", "DEMO"),
        ("--supplier", "<>", "DEMO"),
        ("--supplier", "A <not an address>", "DEMO"),
        ("--channel", "file:///home/me", "DEMO"),
        ("--channel", "/home/me", "DEMO"),
        ("--config", "absent.toml", "DEMO"),
        ("--native-threshold", "2", "DEMO"),
    ],
)
def test_usage_errors(run: Callable[..., Ran], demo: Path, words: tuple[str, ...]) -> None:
    ran = run("generate", *(demo if word == "DEMO" else word for word in words))
    assert (ran.status, ran.out) == (2, "")
    assert "Error:" in ran.err
    assert "Traceback" not in ran.err
    assert not list(demo.parent.glob("*.json"))


def test_a_bad_epoch_is_a_usage_error(run: Callable[..., Ran], demo: Path) -> None:
    assert run("generate", demo, SOURCE_DATE_EPOCH="soon").status == 2


def test_outputs_go_where_they_are_sent(run: Callable[..., Ran], demo: Path, tmp_path: Path) -> None:
    ran = run("generate", "-o", "cyclonedx-json@1.7=a.json", "-o", "spdx-json", "--output-dir", "out", demo)
    assert ran.out == f"a.json\nout/{demo.name}.spdx.json\n"
    assert json.loads((tmp_path / "a.json").read_bytes())["specVersion"] == "1.7"
    to_stdout = run("generate", "-o", "spdx-json=-", demo)
    assert json.loads(to_stdout.out)["spdxVersion"] == "SPDX-2.3"


def test_a_list_of_targets_on_standard_input(run: Callable[..., Ran], demo: Path, odd: Path) -> None:
    ran = run("generate", "-o", "spdx-json", "-", stdin=f"{demo}\n\n{odd}\n")
    assert names(ran.out) == [f"{demo.name}.spdx.json", f"{odd.name}.spdx.json"]


def test_the_summary_is_as_its_schema_says(run: Callable[..., Ran], demo: Path, odd: Path, broken: Path) -> None:
    ran = run("generate", "--summary", "-", demo, odd, broken)
    assert ran.status == 3
    summary = json.loads(ran.out)
    RESULT.validate(summary)
    assert [r["status"] for r in summary["results"]] == ["done", "done", "failed"]
    first = summary["results"][0]
    assert first["counts"] == {
        "carried": 0,
        "required": 2,
        "candidate": 0,
        "source": 3,
        "build": 1,
        "constrained": 2,
        "files": 4,
    }
    assert [Path(d["path"]).name for d in first["documents"]] == [f"{demo.name}.cdx.json", f"{demo.name}.spdx.json"]
    ran = run("generate", "--summary", "result.json", demo)
    assert names(ran.out) == [f"{demo.name}.cdx.json", f"{demo.name}.spdx.json"]
    RESULT.validate(json.loads((demo.parent / "result.json").read_bytes()))


@pytest.mark.parametrize("words", [("--markdown", "-"), ("--markdown", "r.md")])
def test_the_result_for_people_goes_where_it_is_sent(
    run: Callable[..., Ran], demo: Path, words: tuple[str, ...]
) -> None:
    ran = run("generate", "--summary", "r.json", *words, demo)
    assert ran.status == 0
    text = ran.out if words[1] == "-" else (demo.parent / "r.md").read_text()
    assert text.encode() == markdown(json.loads((demo.parent / "r.json").read_bytes())["results"])
    assert words[1] == "-" or ran.out.splitlines() == [f"{demo}.cdx.json", f"{demo}.spdx.json"]
    assert run("generate", *words, demo).status == 0, "its own is overwritten"


def test_the_result_for_people_takes_no_place_of_others(run: Callable[..., Ran], demo: Path) -> None:
    (demo.parent / "README.md").write_text("# mine\n")
    for words in (
        ("--markdown", "README.md"),
        ("--markdown", demo),
        ("--markdown", "x", "--summary", "x"),
        ("--markdown", "-", "--summary", "-"),
        ("--markdown", "-", "-o", "spdx-json=-"),
    ):
        assert run("generate", *words, demo).status == 2, words
    assert (demo.parent / "README.md").read_text() == "# mine\n"
    assert not list(demo.parent.glob("*.json"))
    assert run("generate", "--markdown", f"{demo}.cdx.json", demo).status == 3


def test_a_document_of_others_is_not_overwritten(run: Callable[..., Ran], demo: Path) -> None:
    other = demo.with_name(f"{demo.name}.cdx.json")
    other.write_text('{"bomFormat": "CycloneDX"}')
    ran = run("generate", demo)
    assert ran.status == 3
    assert "--force overwrites it" in ran.err
    assert other.read_text() == '{"bomFormat": "CycloneDX"}'
    assert run("generate", "--force", demo).status == 0


def test_settings_come_from_file_environment_and_options(run: Callable[..., Ran], demo: Path, tmp_path: Path) -> None:
    def purl(*words: str, **environment: str) -> str:
        ran = run("generate", "-o", "cyclonedx-json=-", *words, demo, **environment)
        return str(json.loads(ran.out)["metadata"]["component"]["purl"])

    settings = tmp_path / "cf-sbom.toml"
    settings.write_text('channel = "from-file"\n[limit]\nmembers = 1000\n')
    assert "channel=from-file" in purl()
    assert "channel=from-environment" in purl(CF_SBOM_CHANNEL="from-environment")
    assert "channel=from-option" in purl("--channel", "from-option")
    os.environ.pop("CF_SBOM_CHANNEL")
    assert "channel" not in purl("--strict")
    assert "channel=from-file" in purl("--strict", "--config", "cf-sbom.toml")
    settings.unlink()
    (tmp_path / "pyproject.toml").write_text('[tool.cf-sbom]\nchannel = "from-project"\n')
    assert "channel=from-project" in purl()


def test_a_strict_run_says_that_it_leaves_settings_aside(run: Callable[..., Ran], demo: Path, tmp_path: Path) -> None:
    (tmp_path / "cf-sbom.toml").write_text('output = ["spdx-json"]\nforce = true\n')
    ran = run("generate", "--strict", demo)
    assert names(ran.out) == [f"{demo.name}.cdx.json", f"{demo.name}.spdx.json"]
    assert "not used with --strict" in ran.err


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nonsense = 1", "nonsense"),
        ('files = "some"', "files"),
        ("= broken", "cf-sbom.toml"),
        ("[limit]\nmembers = -1", "limit.members"),
    ],
)
def test_settings_that_make_no_sense_are_told(
    run: Callable[..., Ran], demo: Path, tmp_path: Path, text: str, reason: str
) -> None:
    (tmp_path / "cf-sbom.toml").write_text(text)
    ran = run("generate", demo)
    assert ran.status == 2
    assert reason in ran.err
    assert "Traceback" not in ran.err


def test_a_broken_pyproject_of_others_is_no_concern(run: Callable[..., Ran], demo: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("= broken")
    assert run("generate", demo).status == 0


def test_validate(run: Callable[..., Ran], demo: Path, tmp_path: Path) -> None:
    run("generate", demo)
    documents = sorted(tmp_path.glob("*.json"))
    ran = run("validate", *documents)
    assert ran.status == 0
    assert ran.out.splitlines() == [
        f"{demo.name}.cdx.json: valid cyclonedx-json 1.6 (schema, references, conda profile)",
        f"{demo.name}.spdx.json: valid spdx-json 2.3 (schema, references)",
    ]
    assert run("validate", "--quiet", *documents) == (0, "", "")
    tree = json.loads(documents[0].read_bytes())
    tree["version"] = "one"
    (tmp_path / "bad.json").write_text(json.dumps(tree))
    ran = run("validate", "bad.json", documents[1])
    assert ran.status == 1
    assert ran.err.startswith("bad.json: schema: version: ")
    (tmp_path / "no.json").write_text("[]")
    (tmp_path / "none.json").write_text("{")
    assert run("validate", "no.json", "none.json", "absent.json", "bad.json").status == 3
    assert run("validate").status == 2


@pytest.mark.parametrize("width", [40, 80, 200])
def test_show_fits_the_terminal_and_loses_nothing(run: Callable[..., Ran], demo: Path, width: int) -> None:
    ran = run("show", "-v", demo, COLUMNS=str(width), NO_COLOR="1")
    assert ran.status == 0
    assert max(map(len, ran.out.splitlines())) <= width
    assert "\x1b" not in ran.out
    if width == 200:
        for word in (
            "pkg:conda/sources-demo@2.1.0",
            "CVE-2099-5678",
            "numpy  <3 and >=1.20",
            "depends[1]",
            "rattler-build",
        ):
            assert word in ran.out


def test_show_tells_what_is_linked_and_by_which_file(run: Callable[..., Ran]) -> None:
    (linking,) = FIXTURES.glob("packages/linux-64/linkage-demo-v1-*.conda")
    assert "libquiet.so.2  of libquiet\n" in run("show", linking).out
    assert "bin/linkage-demo: NEEDED libquiet.so.2" in run("show", "-v", linking).out


def test_show_tells_of_libraries_whose_provider_is_not_known(run: Callable[..., Ran], tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0-0.conda"
    path.write_bytes(conda(info_members(), {"bin/demo": linked_elf((NEEDED, "libodd.so.4"))}))
    formats = ("cyclonedx-json", "spdx-json", "spdx3-json")
    assert run("generate", "--quiet", *(word for one in formats for word in ("-o", f"{one}={one}")), path).status == 0
    for target in (path, *(tmp_path / one for one in formats)):
        assert "libodd.so.4  provider unknown\n" in run("show", target).out
        assert run("diff", "--fail-on", "linkage", path, target).status == 0


def test_show_of_package_and_of_documents_agree(run: Callable[..., Ran], demo: Path, tmp_path: Path) -> None:
    run("generate", demo)
    package, *documents = (
        json.loads(run("show", "--json", path).out) for path in (demo, *sorted(tmp_path.glob("*.json")))
    )
    for document in documents:
        assert document["root"] == package["root"]
        assert document["problems"] == package["problems"]
        assert [p["resolves"] for p in document["patches"]] == [p["resolves"] for p in package["patches"]]


SITE = "lib/python3.12/site-packages"
PACKED = {
    f"{SITE}/demo-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nLicense: MIT\n",
    f"{SITE}/demo-1.0.dist-info/RECORD": b"demo/__init__.py,,\ndemo/_vendor/x/y.py,,\ndemo/odd\xe2\x80\xae.py,,\n",
    f"{SITE}/demo/__init__.py": b"x" * 50,
    f"{SITE}/demo/odd\u202e.py": b"x" * 50,
    f"{SITE}/demo/_vendor/x/y.py": b"y" * 300,
    "share/demo/table.dat": b"\x00" * 4000,
    "share/demo/a.bin": b"\x00" * 20,
    "share/demo/README.md": b"# x\n" * 30,
    "share/demo/a.csv": b"1,2\n",
    "share/demo/b.csv": b"1,2\n",
    "share/demo/c.csv": b"1,2\n",
    "share/demo/d.csv": b"1,2\n",
}


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A package with files of every role."""
    path = tmp_path / "packed-1.0-0.conda"
    path.write_bytes(conda(info_members(INDEX | {"name": "packed"}), PACKED))
    return path


@pytest.mark.parametrize("width", [30, 60, 80, 200])
def test_show_files_is_a_tree_that_fits(run: Callable[..., Ran], packed: Path, width: int) -> None:
    ran = run("show", "--files", packed, COLUMNS=str(width))
    assert ran.status == 0
    assert max(map(len, ran.out.splitlines())) <= width
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out
    if width == 200:
        lines = [re.sub(r"^[ │├└─]+", "", line) for line in ran.out.splitlines()]
        assert "unexplained    4.0 kB  86.1 %   2 files" in lines
        assert "payload        4.7 kB          12 files" in lines
        assert "share/demo/  4.2 kB  88.9 %  4.0 kB unexplained" in lines
        assert "table.dat  4.0 kB  85.6 %  unexplained" in lines
        assert "a.csv, b.csv, c.csv and 1 more  16 B  0.3 %  data" in lines
        assert "README.md  120 B  2.6 %  documentation" in lines
        assert lines[-2:] == ["4.0 kB  85.6 %  share/demo/table.dat", "20 B  0.4 %  share/demo/a.bin"]


def test_show_files_of_documents(run: Callable[..., Ran], packed: Path) -> None:
    shown = run("show", "--files", packed).out
    formats = ("cyclonedx-json", "cyclonedx-xml", "spdx-json", "spdx3-json")
    wanted = [word for name in formats for word in ("-o", name)]
    for path in run("generate", "--files", "all", *wanted, packed).out.splitlines():
        assert run("show", "--files", path).out == shown
    for path in run("generate", *wanted, packed).out.splitlines():
        ran = run("show", "--files", path)
        assert (ran.status, ran.out[:10]) == (0, "no files: ")


def test_show_files_is_no_setting(run: Callable[..., Ran], packed: Path) -> None:
    (packed.parent / "cf-sbom.toml").write_text('files = "all"\n')
    assert "largest unexplained" not in run("show", packed, CF_SBOM_FILES="all").out


def test_what_is_unexplained_can_be_too_much(run: Callable[..., Ran], packed: Path, demo: Path, broken: Path) -> None:
    ran = run("generate", "--max-unexplained", "86", packed)
    assert ran.status == 1
    assert names(ran.out) == [f"{packed.name}.cdx.json", f"{packed.name}.spdx.json"], (
        "documents are written all the same"
    )
    (line,) = (line for line in ran.err.splitlines() if "unexplained, more than" in line)
    assert line == (
        "packed-1.0-0.conda: 86.1 % of the payload is unexplained, more than 86 %: "
        "share/demo/table.dat (4.0 kB), share/demo/a.bin (20 B)"
    )
    assert run("generate", "--max-unexplained", "86.1", packed).status == 0
    assert run("generate", "--max-unexplained", "0", demo).status == 0
    both = run("generate", "--quiet", "--max-unexplained", "0", demo, packed)
    assert (both.status, len(both.err.splitlines())) == (1, 1)
    assert run("generate", "--max-unexplained", "0", packed, broken).status == 3
    assert run("generate", packed, CF_SBOM_MAX_UNEXPLAINED="5").status == 1
    assert run("generate", "--max-unexplained", "100", packed).status == 0
    os.environ.pop("CF_SBOM_MAX_UNEXPLAINED")
    (packed.parent / "cf-sbom.toml").write_text("max-unexplained = 5\n")
    assert run("generate", packed).status == 1


def test_nothing_is_unexplained_of_nothing(run: Callable[..., Ran], tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0-0.conda"
    path.write_bytes(conda(info_members(INDEX)))
    assert run("generate", "--max-unexplained", "0", path).status == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--max-unexplained", "101"),
        ("--max-unexplained", "x"),
        ("--max-unexplained", "nan"),
        ("--native-threshold", "nan"),
    ],
)
def test_a_share_is_a_percentage(run: Callable[..., Ran], packed: Path, words: tuple[str, ...]) -> None:
    assert run("generate", *words, packed).status == 2


def test_the_gate_needs_the_attribution(run: Callable[..., Ran], packed: Path) -> None:
    ran = run("generate", "--max-unexplained", "5", "--disable", "attribution", packed)
    assert ran.status == 2
    assert "needs the enricher `attribution`" in ran.err


def test_the_result_has_the_coverage(run: Callable[..., Ran], packed: Path) -> None:
    summary = json.loads(run("generate", "--summary", "-", packed).out)
    RESULT.validate(summary)
    coverage = summary["results"][0]["coverage"]
    roles = ("component", "own", "documentation", "data", "unexplained")
    assert coverage["bytes"] == sum(map(len, PACKED.values())) == sum(coverage[role]["bytes"] for role in roles)
    assert sum(coverage[role]["files"] for role in roles) == len(PACKED)
    assert coverage["unexplained_percent"] == 86.1


def test_show_in_colour_only_when_asked_for_or_on_a_terminal(run: Callable[..., Ran], demo: Path) -> None:
    assert "\x1b[" in run("show", "--color", "always", demo).out
    assert "\x1b[" not in run("show", demo).out


def test_show_escapes_what_could_steer_a_terminal(run: Callable[..., Ran], odd: Path) -> None:
    ran = run("show", odd)
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out
    assert "\\x1b[31m" in ran.out


@pytest.mark.parametrize("command", ["show", "generate", "validate"])
def test_wrong_input_is_one_line(run: Callable[..., Ran], broken: Path, command: str) -> None:
    ran = run(command, broken)
    assert (ran.status, ran.out) == (3, "")
    assert len(ran.err.splitlines()) == 1
    assert ran.err.startswith(("broken.conda: ", "cf-sbom: broken.conda: "))


def test_plugins_are_listed_with_what_they_match_and_who_provides_them(run: Callable[..., Ran]) -> None:
    rows = json.loads(run("plugins", "--json").out)
    assert {row["kind"] for row in rows} == {"source", "extractor", "enricher", "emitter", "attacher"}
    recipe = next(row for row in rows if row["name"] == "recipe")
    assert "info/recipe/**" in recipe["matches"]
    assert recipe["provider"] == f"cf_sbom {__version__} (cf_sbom.extractors.recipe)"
    assert "extractor  recipe" in run("plugins").out
    assert "recipe" not in {row["name"] for row in json.loads(run("plugins", "--json", "--disable", "recipe").out)}
    assert len(run("plugins").out.splitlines()) == len(rows), "one line for each"
    assert {row["interface"] for row in rows} == {INTERFACE}


@pytest.mark.parametrize("width", [40, 80, 200])
def test_plugins_fit_the_terminal_and_lose_nothing(run: Callable[..., Ran], width: int) -> None:
    rows = json.loads(run("plugins", "--json").out)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", run("plugins", "--color", "always", COLUMNS=str(width)).out)
    assert max(map(len, shown.splitlines())) <= width
    assert f"plugin interface {INTERFACE}" in shown
    for value in {row[label] for row in rows for label in ("name", "doc", "matches", "provider")}:
        assert "".join(value.split()) in "".join(shown.split())


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_has_help_with_examples(run: Callable[..., Ran], command: str) -> None:
    ran = run(*command.split(), "--help")
    assert ran.status == 0
    assert "Usage: cf-sbom" in ran.out
    assert f"Examples:\n    cf-sbom {command}" in ran.out


def test_version(run: Callable[..., Ran]) -> None:
    assert run("--version").out == f"cf-sbom, version {__version__}\n"


def test_a_bug_is_told_without_a_traceback_and_debug_shows_it(
    run: Callable[..., Ran], demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("cf_sbom.faces.cli.generate.describe", bug)
    ran = run("generate", demo)
    assert ran.status == 3
    assert ran.err.startswith(f"{demo.name}: a bug: ZeroDivisionError: oops")
    assert len(ran.err.splitlines()) == 1
    monkeypatch.setattr(sys, "argv", ["cf-sbom", "--debug", "generate", str(demo)])
    with pytest.raises(ZeroDivisionError):
        main()


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii"])
@pytest.mark.parametrize(
    "words",
    [
        ["show"],
        ["show", "--json"],
        ["show", "--files"],
        ["diff"],
        ["diff", "--format", "markdown"],
        ["diff", "--json"],
        ["generate", "-o", "cyclonedx-json=x.cdx.json"],
    ],
    ids=" ".join,
)
def test_characters_that_the_output_lacks_are_escaped(tmp_path: Path, words: list[str], encoding: str) -> None:
    """As of Windows, where standard output that leads into a file is not UTF-8; JSON always is."""
    text = "日本 → ✓"
    members = {f"bin/{text}": b"#!/bin/sh\n", "info/about.json": json.dumps({"summary": text}).encode()}
    (tmp_path / "demo-1.0-0.conda").write_bytes(make_conda(members))
    (tmp_path / "demo-2.0-0.conda").write_bytes(make_conda({}, {"version": "2.0"}))
    targets = ["demo-1.0-0.conda"] if words[0] != "diff" else ["demo-1.0-0.conda", "demo-2.0-0.conda"]
    ran = subprocess.run(
        [sys.executable, "-m", "cf_sbom", *words, *targets],
        capture_output=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONIOENCODING": encoding},
    )
    assert (ran.returncode, b"UnicodeEncodeError" in ran.stderr) == (0, False)
    if "--json" in words or "markdown" in words:
        assert text in ran.stdout.decode("utf-8")


def test_standard_output_closed_early_is_no_traceback(demo: Path) -> None:
    command = [sys.executable, "-m", "cf_sbom", "generate", "-o", "cyclonedx-json=-", str(demo)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=demo.parent)
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate()
    assert b"Traceback" not in err
    assert b"Exception ignored" not in err


def test_a_bar_is_drawn_on_a_terminal_only_and_paths_stay_on_standard_output(tmp_path: Path) -> None:
    """Standard error is a terminal of 40 columns here, standard output a pipe."""
    import pty
    import termios

    packages = [str(p) for p in FIXTURES.glob("packages/noarch/*.conda")]
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 40)) if hasattr(termios, "tcsetwinsize") else None
    command = [sys.executable, "-m", "cf_sbom", "generate", "--output-dir", str(tmp_path), *packages]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CF_SBOM", "COLUMNS"))} | {"TERM": "xterm"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=slave, env=environment) as process:
        assert process.stdout is not None
        out = process.stdout.read().decode()
    os.close(slave)
    err = os.read(master, 1 << 16).decode()
    os.close(master)
    assert len(out.splitlines()) == 2 * len(packages)
    assert all(Path(line).is_file() for line in out.splitlines())
    assert f"{len(packages)}/{len(packages)}" in err


@pytest.mark.parametrize(
    "words",
    [
        ("--summary", "DEMO", "DEMO"),
        ("--summary", "other.txt", "DEMO"),
        ("--force", "-o", "cyclonedx-json=DEMO", "DEMO"),
        ("--force", "--summary", "DEMO", "DEMO"),
        ("-o", "cyclonedx-json=./a.json", "-o", "spdx-json=a.json", "DEMO"),
        ("-o", "cyclonedx-json@1.6", "-o", "cyclonedx-json@1.7", "DEMO"),
        ("--prefix", ".", "DEMO"),
    ],
)
def test_nothing_of_the_user_is_written_over(run: Callable[..., Ran], demo: Path, words: tuple[str, ...]) -> None:
    other = demo.with_name("other.txt")
    other.write_text("mine")
    before = demo.read_bytes()
    ran = run("generate", *(word.replace("DEMO", str(demo)) for word in words))
    assert ran.status == 2
    assert (demo.read_bytes(), other.read_text()) == (before, "mine")


def test_two_packages_of_one_name_do_not_share_a_sidecar(run: Callable[..., Ran], demo: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin" / demo.name
    twin.parent.mkdir()
    twin.write_bytes(demo.read_bytes())
    ran = run("generate", "--output-dir", "out", demo, twin)
    assert ran.status == 3
    assert len(ran.out.splitlines()) == 2
    assert "was written for another target" in ran.err


def test_a_list_may_be_separated_by_nul(run: Callable[..., Ran], demo: Path, odd: Path) -> None:
    assert len(run("generate", "--quiet", "-", stdin=f"{demo}\0{odd}\0").out.splitlines()) == 4


def test_a_bug_in_one_target_leaves_the_others(
    run: Callable[..., Ran], demo: Path, odd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cf_sbom.faces.cli import generate

    original = generate.describe

    def describe(target: Path, *rest: object) -> object:
        if target == odd:
            raise ZeroDivisionError("oops")
        return original(target, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(generate, "describe", describe)
    ran = run("generate", odd, demo)
    assert (ran.status, len(ran.out.splitlines())) == (3, 2)


def test_without_its_sidecar_a_document_needs_a_place(run: Callable[..., Ran], demo: Path) -> None:
    ran = run("generate", "--disable", "sidecar", demo)
    assert (ran.status, ran.out) == (2, "")
    assert "the attacher `sidecar` is disabled" in ran.err
    assert run("generate", "--disable", "sidecar", "-o", "spdx-json=a.json", demo).status == 0


def test_what_binaries_say_is_drawn_with_the_files(run: Callable[..., Ran]) -> None:
    assert "build id" not in run("show", "--files", LINKED).out
    shown = run("show", "--files", "-v", LINKED, COLUMNS="200").out
    assert "program for x86_64" in shown
    assert re.search(r"build id  [0-9a-f]{40}", shown)
    assert "needs versions  libc.so.6 GLIBC_2.2.5 GLIBC_2.34" in shown
    assert "glibc 2.34 or later" in run("show", LINKED, COLUMNS="200").out


def test_two_options_of_one_name_tell_of_each_other(run: Callable[..., Ran], packed: Path) -> None:
    asked = run("show", "--files", "all", packed)
    assert (asked.status, "generate --files all lists the files" in " ".join(asked.err.split())) == (2, True), asked.err
    asked = run("generate", "--files", packed)
    assert (asked.status, "show --files draws a tree" in " ".join(asked.err.split())) == (2, True), asked.err


def test_authors_in_the_environment_stand_one_a_line(
    run: Callable[..., Ran], demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CF_SBOM_AUTHOR", "Example Team <team@example.org>\nAn Other <an@example.org>\n")
    tree = json.loads(run("generate", "-o", "cyclonedx-json=-", demo).out)
    assert [author["name"] for author in tree["metadata"]["authors"]] == ["Example Team", "An Other"]
