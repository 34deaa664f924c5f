"""Fuzz every target with atheris for a given time: `nox -s fuzz -- --seconds 3600`.

libFuzzer owns the process it runs in, so each target has one of its own. The corpus that a run gathers is kept and
the next one goes on from it. Only cf_sbom is instrumented. Ends with status 1 where anything was found.
"""

from __future__ import annotations

import argparse
import logging
import re
import shutil
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from random import Random

CASES = Path(__file__).parent / "cases"
MEMORY, TIMEOUT = 1024, 20  # MiB and seconds that one input may take
_EXECUTIONS = re.compile(rb"stat::number_of_executed_units: (\d+)")


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz cf_sbom with atheris.")
    parser.add_argument("--seconds", type=int, default=60, help="time of the whole run")
    parser.add_argument("--folder", type=Path, default=Path(".nox/fuzz-out"), help="for corpus, findings and logs")
    parser.add_argument("--target", action="append", help="only this target; repeatable")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("flags", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        fuzz(options.one, options.flags)

    from fuzz.targets import TARGETS

    chosen = [TARGETS[name] for name in options.target or TARGETS]
    share = options.seconds / sum(target.weight for target in chosen)
    total = 0
    print(f"{'target':<18}{'executions':>11}{'seconds':>9}{'findings':>10}")
    for target in chosen:
        seeds = [*target.seeds(), *(path.read_bytes() for path in sorted(CASES.glob(f"{target.name}/*")))]
        executions, seconds, findings = run(target.name, seeds, int(share * target.weight), options.folder)
        total += len(findings)
        print(f"{target.name:<18}{executions:>11}{seconds:>9.0f}{len(findings):>10}", flush=True)
        for path in findings:
            print(f"  {path}", flush=True)
    return 1 if total else 0


def run(name: str, seeds: list[bytes], seconds: int, folder: Path) -> tuple[int, float, list[Path]]:
    """Executions, seconds and the files of what was found by one target in a process of its own."""
    corpus, given, findings = (folder / part / name for part in ("corpus", "seeds", "findings"))
    first = not corpus.is_dir()
    shutil.rmtree(given, ignore_errors=True)
    for place in (corpus, given, findings):
        place.mkdir(parents=True, exist_ok=True)
    for data in seeds:
        (given / sha256(data).hexdigest()[:16]).write_bytes(data)
    before = set(findings.iterdir())
    flags = (
        f"-max_total_time={max(1, seconds)}",
        f"-rss_limit_mb={MEMORY}",
        f"-timeout={TIMEOUT}",
        f"-artifact_prefix={findings}/",
        f"-seed={1 if first else 0}",
        "-print_final_stats=1",
    )
    log = folder / f"{name}.log"
    start = time.monotonic()
    with log.open("wb") as stream:
        command = [sys.executable, "-m", "fuzz.run", "--one", name, "--", *flags, str(corpus), str(given)]
        status = subprocess.run(command, stdout=stream, stderr=subprocess.STDOUT, check=False).returncode
    spent = time.monotonic() - start
    found = sorted(set(findings.iterdir()) - before)
    executed = _EXECUTIONS.findall(log.read_bytes())
    return int(executed[-1]) if executed else 0, spent, found or ([log] if status else [])


def fuzz(name: str, flags: list[str]) -> None:
    """Does not return: libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=["cf_sbom"]):
        from fuzz.targets import TARGETS
    from fuzz.mutations import mutate

    def mutated(data: bytes, longest: int, seed: int) -> bytes:
        chance = Random(seed)
        return mutate(data, chance)[:longest] if chance.random() < 0.5 else atheris.Mutate(data, longest)

    logging.disable()
    atheris.Setup([sys.argv[0], *flags], TARGETS[name].run, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
