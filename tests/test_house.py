"""The architecture, checked: who may import whom, what is imported when, and that no table has a hole."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from cf_sbom import model, properties
from cf_sbom.emitters import cyclonedx, spdx2, spdx3
from cf_sbom.placement import SECTIONS
from cf_sbom.readers import cyclonedx as cyclonedx_reader
from cf_sbom.readers import spdx2 as spdx2_reader
from cf_sbom.readers import spdx3 as spdx3_reader

PACKAGE = Path(model.__file__).parent

# Each floor may import the floors below it, never its own neighbours. A folder is a shelf of leaves.
FLOORS = (
    ("about", "errors"),
    ("model", "limits", "paths", "install_scripts", "properties", "releases", "escaping"),
    (
        "parsing",
        "fields",
        "links",
        "rpaths",
        "magics",
        "filetypes",
        "coverage",
        "payloads",
        "placement",
        "merging",
        "schemas",
        "folders",
        "streams",
        "tars",
        "writing",
        "building",
    ),
    ("identity", "banners", "binaries", "facts", "samefile", "syntaxes"),
    (
        "bundled",
        "recipes",
        "node",
        "listings",
        "hookspecs",
        "installed",
        "packing",
        "reading",
        "carried",
        "requirements",
        "package_notes",
        "queries",
    ),
    ("readers", "plugins", "distributions", "providers", "remote", "resolution", "index"),
    ("documents", "embedded", "environments", "foreign", "oci", "signing"),
    ("extractors", "emitters", "enrichers", "sources", "attachers"),
    ("scan", "assemble", "validate"),
    ("generate",),
    ("assertions",),
    ("profiles",),
    ("policies",),
    (
        "channel",
        "comparable",
        "embedding",
        "inventories",
        "joining",
        "license_texts",
        "report",
        "side_by_side",
        "verifying",
    ),
    ("beside",),
    ("answers", "attesting", "pushing"),
    ("faces", "testing"),
)
# Neighbours on one floor that may be used all the same.
NEIGHBOURS = {"fields": {"parsing"}, "side_by_side": {"inventories"}, "tars": {"streams"}}
# Shelves of one subject: their modules build on each other. The leaves of all others know nothing of one another.
ONE_SUBJECT = {
    "assertions",
    "banners",
    "binaries",
    "bundled",
    "channel",
    "distributions",
    "environments",
    "faces",
    "identity",
    "index",
    "joining",
    "license_texts",
    "oci",
    "packing",
    "policies",
    "profiles",
    "pushing",
    "recipes",
    "signing",
    "syntaxes",
    "testing",
    "verifying",
}
PLUGGY = {"hookspecs", "plugins"}
NETWORK = {"attachers/oci.py", "oci/transport.py", "remote.py"}
HEAVY = {
    "ahocorasick_rs",
    "askalono",
    "cyclonedx",
    "distributed",
    "jsonschema_rs",
    "lib4sbom",
    "license_expression",
    "lxml",
    "oras",
    "pyarrow",
    "rdflib",
    "requests",
    "rich",
    "cryptography",
    "securesystemslib",
    "sigstore",
    "spdx_tools",
    "univers",
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def shelf(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Dotted names that a module imports from this package, wherever in it the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "cf_sbom":
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "cf_sbom"}
    return found


def floor(name: str) -> int:
    return next(number for number, names in enumerate(FLOORS) if name in names)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_downward_only(path: Path) -> None:
    own = shelf(path)
    if own in ("__init__", "__main__"):
        return
    for name in imported(path):
        other = name.split(".")[1]
        is_allowed = floor(other) < floor(own) or other in NEIGHBOURS.get(own, ()) or own == other in ONE_SUBJECT
        assert is_allowed, f"{own} imports {name}"


def test_every_module_has_a_floor() -> None:
    assert {shelf(path) for path in modules()} - {"__init__", "__main__"} == {n for names in FLOORS for n in names}


@pytest.mark.parametrize("name", ["extractors", "emitters", "enrichers", "sources", "attachers", "readers", "answers"])
def test_leaves_of_one_shelf_never_import_each_other(name: str) -> None:
    for path in (PACKAGE / name).glob("*.py"):
        assert not [i for i in imported(path) if i.split(".")[1] == name]


def test_only_the_plugin_modules_know_pluggy() -> None:
    users = {shelf(path) for path in modules() if "import pluggy" in path.read_text()}
    assert users == PLUGGY


def test_only_the_conda_plugin_knows_conda() -> None:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if {n.split(".")[0] for n in names} & {"conda", "conda_build", "rattler_build"}:
                assert path.relative_to(PACKAGE).as_posix() == "faces/conda_plugin.py"


def test_only_what_the_user_sends_out_opens_a_socket() -> None:
    """Only the attacher of registries, which the user names, asks for the transport."""
    for path in modules():
        place = path.relative_to(PACKAGE).as_posix()
        asks = any(name.startswith("cf_sbom.oci.transport") for name in imported(path))
        assert asks == (place == "attachers/oci.py"), place
        if place in NETWORK:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {n.split(".")[0] for n in names} & {"socket", "http", "requests", "urllib3", "ftplib", "oras"}, (
                path
            )


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


def test_start_up_imports_nothing_heavy() -> None:
    code = "import sys, cf_sbom.faces.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not HEAVY & {name.split(".")[0] for name in loaded}
    assert "cf_sbom.generate" not in loaded


def test_importing_the_public_name_does_not_import_the_rest() -> None:
    code = "import sys, cf_sbom; print(*sorted(n for n in sys.modules if n.startswith('cf_sbom')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in loaded if "editable" not in name] == ["cf_sbom", "cf_sbom.about"]


@pytest.mark.parametrize("before", ["", "import cf_sbom.generate, cf_sbom.validate; ", "import cf_sbom.faces.cli; "])
def test_public_functions_that_are_called_as_their_modules_are_functions(before: str) -> None:
    code = f"{before}from cf_sbom import generate, validate; print(callable(generate), callable(validate))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "True True\n"


def test_no_kind_is_missing_from_a_table() -> None:
    assert set(cyclonedx.TYPES) == set(get_args(model.ComponentKind)) == set(spdx2.PURPOSES) == set(spdx3.PURPOSES)
    for emitter in (cyclonedx, spdx2, spdx3):
        assert set(emitter.ALGORITHMS) == set(get_args(model.Algorithm))
        assert set(emitter.REFERENCES) == set(get_args(model.LinkKind))
    assert set(cyclonedx.TECHNIQUES) == set(get_args(model.Technique))
    assert set(cyclonedx.SCOPES) == set(get_args(model.Scope))
    assert set(spdx3.STATES) == set(get_args(model.State))
    for table in (spdx2.RELATIONSHIPS, spdx3.RELATIONSHIPS, SECTIONS):
        assert set(table) == set(get_args(model.RelationKind))


def test_readers_know_the_words_of_emitters() -> None:
    for ours, theirs in (
        (cyclonedx.ALGORITHMS, cyclonedx_reader.ALGORITHMS),
        (cyclonedx.REFERENCES, cyclonedx_reader.REFERENCES),
        (spdx2.ALGORITHMS, spdx2_reader.ALGORITHMS),
        (spdx2.REFERENCES, spdx2_reader.REFERENCES),
        (spdx3.ALGORITHMS, spdx3_reader.ALGORITHMS),
        (spdx3.REFERENCES, spdx3_reader.REFERENCES),
        (spdx3.STATES, spdx3_reader.STATES),
    ):
        assert {word: kind for kind, word in ours.items()} == theirs
    for emitter, reader, other in ((spdx2, spdx2_reader, "OTHER"), (spdx3, spdx3_reader, "other")):
        written = {word.type for word in emitter.RELATIONSHIPS.values() if word} - {other}
        assert written <= set(reader.RELATIONSHIPS)


def test_every_property_is_in_the_table_of_meanings() -> None:
    constants = {value for name, value in vars(properties).items() if name.isupper() and isinstance(value, str)}
    assert constants == set(properties.MEANING)
