"""PEP 770 and other CycloneDX files in the payload: every component with a purl, read by cyclonedx-python-lib.

What such a file excludes was needed to build only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.recall.truth import Entry, files

_NAMES = re.compile(r".*\.cdx\.json|bom\.json")


def read(folder: Path) -> Iterator[Entry]:
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import ComponentScope

    for path in files(folder):
        inside = path.parent.name == "sboms" and path.parent.parent.name.endswith(".dist-info")
        if (inside and path.suffix == ".json") or _NAMES.fullmatch(path.name):
            bom: Any = Bom.from_json(json.loads(path.read_bytes()))  # type: ignore[attr-defined]
            waiting = [*bom.components, *([bom.metadata.component] if bom.metadata.component else ())]
            while waiting:
                component = waiting.pop()
                waiting += component.components
                if component.purl:
                    purl = component.purl
                    name = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
                    scope = "build" if component.scope == ComponentScope.EXCLUDED else "runtime"
                    yield Entry("sboms", purl.type, name, purl.version or "", scope)
