"""Builds a conda package from a folder or a downloaded file, with py-rattler-build and without channels.

`ENVIRONMENT/bin/python -m benchmarks.recall.build FILE NAME VERSION SUBDIR OUTPUT`. A wheel is installed as pip does
it, a package of npm lies under lib/node_modules, one of Debian without its `usr`, and its R library where conda has it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

_RECIPE = """\
package: {{name: "{name}", version: "{version}"}}
source: {{path: ../payload, target_directory: payload}}
build:
  string: "0"
  number: 0
  script: ["cp -R payload/. $PREFIX/"]
  dynamic_linking: {{binary_relocation: false}}
  prefix_detection: {{ignore: true}}
about: {{license: LicenseRef-not-looked-at, summary: made to be read by tools}}
"""
_SITE = "lib/python3.12/site-packages"


def stage(file: Path, name: str, prefix: Path) -> None:
    """Lay the contents of a downloaded file, or of a folder, out as in an environment."""
    if file.is_dir():
        shutil.copytree(file, prefix)
    elif file.suffix == ".whl":
        _install(file, prefix)
    elif file.suffix == ".tgz":
        with tarfile.open(file) as archive:
            archive.extractall(prefix.parent / "npm", filter="data")
        home = prefix / "lib" / "node_modules" / name
        home.parent.mkdir(parents=True)
        (package,) = (prefix.parent / "npm").iterdir()
        shutil.move(package, home)
    else:
        unpacked = prefix.parent / "deb"
        subprocess.run(("dpkg-deb", "-x", file, unpacked), check=True)
        shutil.move(unpacked / "usr", prefix)
        if (library := prefix / "lib" / "R" / "site-library").is_dir():
            library.rename(library.with_name("library"))


def _install(wheel: Path, prefix: Path) -> None:
    from installer import install  # only there in the builder's environment
    from installer.destinations import SchemeDictionaryDestination
    from installer.sources import WheelFile

    places = {"purelib": _SITE, "platlib": _SITE, "scripts": "bin", "data": "", "headers": "include"}
    scheme = {kind: str(prefix / place) for kind, place in places.items()}
    destination = SchemeDictionaryDestination(scheme, interpreter="python", script_kind="posix")
    with WheelFile.open(wheel) as source:
        install(source, destination, additional_metadata={"INSTALLER": b"conda\n"})


def build(file: Path, name: str, version: str, subdir: str, output: Path) -> Path:
    """The package, in the folder output."""
    from rattler_build import PlatformConfig, RenderConfig, Stage0Recipe

    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        os.environ["RATTLER_CACHE_DIR"] = str(work / "cache")
        stage(file, name, work / "payload")
        recipe = work / "recipe" / "recipe.yaml"  # in a folder of its own, since that goes into info/ whole
        recipe.parent.mkdir()
        recipe.write_text(_RECIPE.format(name=name, version=re.sub(r"[^0-9A-Za-z._+!]", "_", version)))
        platform = PlatformConfig(target_platform=subdir)
        (result,) = Stage0Recipe.from_file(recipe).run_build(
            output_dir=work / "out",
            channels=[],
            no_build_id=True,
            package_format="conda:1",
            render_config=RenderConfig(platform=platform),
        )
        output.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(result.packages[0], output))


if __name__ == "__main__":
    source, title, release, platform_, target = sys.argv[1:]
    build(Path(source), title, release, platform_, Path(target))
