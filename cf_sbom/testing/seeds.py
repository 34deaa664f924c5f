"""The same plugin in processes with other hash seeds, where a set comes in another order.

Knows how to start Python on itself: `python -m cf_sbom.testing.seeds MODULE` reads samples from standard input and
prints a fingerprint of all that the plugin gives.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from importlib import import_module
from types import ModuleType

from cf_sbom.hookspecs import Body, Note
from cf_sbom.plugins import only
from cf_sbom.testing.emitters import emissions
from cf_sbom.testing.extractors import CONTEXT, member_of, wanted


def check_seeds(plugin: ModuleType, samples: Mapping[str, bytes], seeds: Sequence[str]) -> None:
    """What a plugin gives does not depend on the seed. A module that cannot be imported by its name is left out."""
    if plugin.__spec__ is None:
        return
    given = [_child(plugin.__spec__.name, samples, seed) for seed in seeds]
    for other in given[1:]:
        if changed := sorted(name for name in other if other[name] != given[0][name]):
            raise AssertionError(
                f"{changed[0]}: gives something else in another process; it may walk through a set, which has no order"
            )


def _child(name: str, samples: Mapping[str, bytes], seed: str) -> dict[str, str]:
    place = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONHASHSEED": seed}
    words = [sys.executable, "-m", __name__, name]
    text = json.dumps({path: data.hex() for path, data in samples.items()}).encode()
    ran = subprocess.run(words, input=text, env=os.environ | place, capture_output=True, check=False)
    if ran.returncode:
        raise AssertionError(f"plugin {name}: fails in a process of its own: {ran.stderr.decode()[-300:]}")
    found: dict[str, str] = json.loads(ran.stdout)
    return found


def _fingerprints(plugin: ModuleType, samples: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    registry = only(plugin)
    for extractor in registry.extractors:
        said: list[str] = []
        for path, data in wanted(extractor, samples).items():
            found = extractor.read(member_of(extractor, path, data), Body(memoryview(data)), CONTEXT)
            said += (repr(finding) for finding in found if not isinstance(finding, Note))
        yield f"extractor {extractor.name}", repr(sorted(said))  # the order of findings is no part of a document
    for emitter in registry.emitters:
        yield f"emitter {emitter.name}", repr([emitter.emit(*arguments) for arguments in emissions(emitter)])


def _main() -> None:
    samples = {path: bytes.fromhex(text) for path, text in json.load(sys.stdin).items()}
    found = _fingerprints(import_module(sys.argv[1]), samples)
    print(json.dumps({name: sha256(text.encode()).hexdigest() for name, text in found}))


if __name__ == "__main__":
    _main()
