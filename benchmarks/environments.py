"""An environment of many packages, each with its document, and a lock file of the same size: made once, then kept.

Sizes are those of environments as people have them: a package has about eight dependencies and its document about
thirty components. Nothing of it is anybody's: names and contents are numbers.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from pathlib import Path

from benchmarks import OUT
from cf_sbom.about import VERSION

PACKAGES, COMPONENTS, NEEDS = 500, 30, 8
_CHANNEL = "https://conda.anaconda.org/conda-forge"


def prefix(packages: int = PACKAGES, components: int = COMPONENTS) -> Path:
    """A prefix with conda-meta and share/sbom."""
    folder = OUT / f"environment-{VERSION}-{packages}-{components}"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "conda-meta").mkdir(parents=True)
        (folder / "share" / "sbom").mkdir(parents=True)
        for number in range(packages):
            record = _record(number)
            stem = f"{record['name']}-{record['version']}-{record['build']}"
            (folder / "conda-meta" / f"{stem}.json").write_text(json.dumps(record, indent=2))
            document = json.dumps(_document(record, number, components), indent=2)
            (folder / "share" / "sbom" / f"{stem}.cdx.json").write_text(document)
        (folder / "done").touch()
    return folder


def lock(packages: int) -> Path:
    """A pixi.lock, version 6, of one platform."""
    path = OUT / f"pixi-{VERSION}-{packages}.lock"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        records = [_record(number) for number in range(packages)]
        head = "".join(f"      - conda: {record['url']}\n" for record in records)
        path.write_text(
            f"version: 6\nenvironments:\n  default:\n    channels:\n    - url: {_CHANNEL}/\n    packages:\n"
            f"      linux-64:\n{head}packages:\n{''.join(map(_locked, records))}"
        )
    return path


def _record(number: int) -> dict[str, object]:
    draw = random.Random(number)
    needs = sorted(draw.sample(range(number), min(number, NEEDS)))
    name = f"package-{number:04}"
    file_name = f"{name}-1.{number}-h{number:07x}_0.conda"
    return {
        "name": name,
        "version": f"1.{number}",
        "build": f"h{number:07x}_0",
        "build_number": 0,
        "channel": f"{_CHANNEL}/linux-64",
        "subdir": "linux-64",
        "fn": file_name,
        "url": f"{_CHANNEL}/linux-64/{file_name}",
        "sha256": hashlib.sha256(file_name.encode()).hexdigest(),
        "md5": hashlib.sha256(file_name.encode()).hexdigest()[:32],
        "size": 100_000 + number,
        "license": ("MIT", "BSD-3-Clause", "Apache-2.0 OR MIT", "GPL-3.0-or-later WITH GCC-exception-3.1")[number % 4],
        "timestamp": 1_700_000_000_000 + number,
        "depends": ["__glibc >=2.17,<3.0.a0", *(f"package-{one:04} >=1.{one},<2.0a0" for one in needs)],
        "files": [f"lib/{name}/{n}.so" for n in range(100)],
    }


def _locked(record: dict[str, object]) -> str:
    depends = "".join(f"  - {spec}\n" for spec in record["depends"])  # type: ignore[attr-defined]
    return (
        f"- conda: {record['url']}\n  sha256: {record['sha256']}\n  md5: {record['md5']}\n  depends:\n{depends}"
        f"  license: {record['license']}\n  license_family: OTHER\n  purls: []\n  size: {record['size']}\n"
        f"  timestamp: {record['timestamp']}\n"
    )


def _document(record: dict[str, object], number: int, components: int) -> dict[str, object]:
    """As `cf-sbom embed` would leave it: it knows no hash of the artifact."""
    ref = f"pkg:conda/{record['name']}@{record['version']}?build={record['build']}&subdir=linux-64&type=conda"
    carried = []
    for part in range(components):
        # One in three is carried by many packages, as popular crates and modules are.
        name = f"common-{part}" if part % 3 == 0 else f"part-{number}-{part}"
        purl = f"pkg:cargo/{name}@0.{part}.1"
        place = f"lib/{record['name']}/{part}.so"
        method = {"technique": "binary-analysis", "confidence": 1.0, "value": f"{place}: dep[{part}] [rust]"}
        carried.append(
            {
                "type": "library",
                "bom-ref": purl,
                "name": name,
                "version": f"0.{part}.1",
                "scope": "required",
                "purl": purl,
                "licenses": [{"license": {"id": "MIT", "acknowledgement": "declared"}}],
                "evidence": {
                    "identity": {"field": "purl", "confidence": 1.0, "methods": [method]},
                    "occurrences": [{"location": place}],
                },
                "properties": [{"name": "cf_sbom:package:source", "value": "crates.io"}],
            }
        )
    refs = [component["bom-ref"] for component in carried]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": "2024-01-01T00:00:00Z",
            "tools": {"components": [{"type": "application", "name": "cf-sbom", "version": VERSION}]},
            "component": {
                "type": "library",
                "bom-ref": ref,
                "name": record["name"],
                "version": record["version"],
                "purl": ref,
                "properties": [
                    {"name": "conda:package:build", "value": record["build"]},
                    {"name": "conda:package:subdir", "value": "linux-64"},
                ],
                "components": carried,
            },
        },
        "dependencies": [
            {"ref": ref, "dependsOn": refs},
            *({"ref": one, "dependsOn": refs[n + 1 : n + 3]} for n, one in enumerate(refs)),
        ],
        "compositions": [{"aggregate": "incomplete", "assemblies": [ref]}],
    }
