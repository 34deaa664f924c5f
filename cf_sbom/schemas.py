"""The official schemas, out of the installed packages that carry them, and our own.

Knows schemas/catalog.json: which package holds which schema, pinned by sha256. A schema of other bytes is refused,
since a verdict of it would not be the one that is promised.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

from cf_sbom.errors import DocumentError

_LOOKED_AT = 200
OWN = ("channel", "check", "conda-profile", "config", "diff", "policy", "result", "where", "why")


@cache
def _home() -> Path:
    """In a wheel schemas/ lies inside the package, in a checkout beside it."""
    inside = Path(__file__).parent / "schemas"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "schemas"


@cache
def catalog() -> tuple[dict[str, str], ...]:
    """The entries of schemas/catalog.json: format, version, uri, package, path, sha256."""
    return tuple(orjson.loads((_home() / "catalog.json").read_bytes())["schemas"])


def versions(document_format: str) -> tuple[str, ...]:
    """The versions of a format that have an official schema here."""
    return tuple(entry["version"] for entry in catalog() if entry["format"] == document_format)


def schema(document_format: str, version: str) -> Any:
    """The official schema of one format and version as a tree. Raises DocumentError as official() does."""
    return _load(_entry(document_format, version))


@cache
def official(document_format: str, version: str) -> Any:
    """A validator for one format and version. Raises DocumentError where there is none or its schema is not as
    pinned."""
    import jsonschema_rs

    entry = _entry(document_format, version)
    parts = [
        (e["uri"], _load(e))
        for e in catalog()
        if e["format"] == "part" and e["package"] == entry["package"] and e["path"].endswith(".json")
    ]
    registry = jsonschema_rs.Registry(parts) if parts else None
    return jsonschema_rs.validator_for(_load(entry), registry=registry, validate_formats=True)


def schema_errors(document_format: str, version: str, tree: Any) -> list[Any]:
    """What the official schema refuses: of a large document what lies at its start, or else the first that is found.

    jsonschema-rs makes all errors before it gives one, and each can take 10 ms and 1 MB. Raises DocumentError as
    official() does.
    """
    validator = official(document_format, version)
    if validator.is_valid(tree):
        return []
    if errors := list(validator.iter_errors(_start(tree, [_LOOKED_AT]))):
        return errors
    try:
        validator.validate(tree)
    except ValueError as error:
        return [error]
    return []


def _start(value: Any, left: list[int]) -> Any:
    """The tree with its lists cut once that many mappings are in it; two entries of each stay, as schemas ask for."""
    if isinstance(value, dict):
        left[0] -= 1
        return {key: _start(inner, left) for key, inner in value.items()}
    if isinstance(value, list):
        return [_start(inner, left) for number, inner in enumerate(value) if number < 2 or left[0] > 0]
    return value


def xsd_errors(version: str, data: bytes) -> Iterator[str]:
    """What the XML schema of a CycloneDX version refuses in a document that has been found harmless.

    Raises DocumentError where there is no such schema here or it is not as pinned.
    """
    from lxml import etree

    schema = _xsd(version)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(data, parser)
    refs = Counter(element.get("bom-ref") for element in root.iter(etree.Element))
    refs.pop(None, None)
    if twice := [ref for ref, count in refs.items() if count > 1]:  # libxml2 takes quadratic time to say so
        yield from (f"bom-ref {ref!r} is given {refs[ref]} times" for ref in twice)
    elif not schema.validate(root):
        yield from (f"line {error.line}: {' '.join(error.message.split())}" for error in schema.error_log)


@cache
def _xsd(version: str) -> Any:
    """The compiled XML schema; its one import, the SPDX list of licences, lies beside it and is pinned, too."""
    from lxml import etree

    entry = _entry("cyclonedx-xml", version)
    for part in (entry, *(e for e in catalog() if e["path"].endswith(".xsd") and e["format"] == "part")):
        _bytes(part)
    return etree.XMLSchema(etree.parse(_place(entry["package"], entry["path"]), etree.XMLParser(no_network=True)))


@cache
def own(name: str) -> Any:
    """A validator for one of our own schemas, named in OWN."""
    import jsonschema_rs

    return jsonschema_rs.validator_for(own_schema(name), validate_formats=True)


def own_schema(name: str) -> Any:
    """One of our own schemas as a tree."""
    return orjson.loads((_home() / f"{name}.schema.json").read_bytes())


@cache
def license_ids() -> frozenset[str]:
    """The ids that CycloneDX admits as license.id; it is a snapshot of the SPDX list."""
    entry = next(e for e in catalog() if e["uri"].endswith("/spdx.SNAPSHOT.schema.json"))
    return frozenset(_load(entry)["enum"])


def _place(package: str, path: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise DocumentError(f"the package that carries an official schema is not installed: {package}")
    return Path(spec.submodule_search_locations[0]).joinpath(*path.split("/"))


@cache
def _read(package: str, path: str) -> bytes:
    return _place(package, path).read_bytes()


def _entry(document_format: str, version: str) -> dict[str, str]:
    entry = next((e for e in catalog() if (e["format"], e["version"]) == (document_format, version)), None)
    if entry is None:
        raise DocumentError(f"no official schema for {document_format} {version or '(no version)'}")
    return entry


def _load(entry: dict[str, str]) -> Any:
    return orjson.loads(_bytes(entry))


def _bytes(entry: dict[str, str]) -> bytes:
    data = _read(entry["package"], entry["path"])
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise DocumentError(
            f"the schema {entry['path']} of the installed package {entry['package']} is not the one that "
            "schemas/catalog.json pins; install the version that pyproject.toml names"
        )
    return data
