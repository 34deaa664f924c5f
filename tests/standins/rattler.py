"""Stands in for the program rattler-build, which is on no index: the options that tests use, over py-rattler-build.

It puts packages where the real one does: --output-dir, else CONDA_BLD_PATH, else ./output.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from rattler_build import RattlerBuildError, Stage0Recipe
from rattler_build.tool_config import ToolConfiguration


def main() -> int:
    parser = argparse.ArgumentParser(prog="rattler-build")
    commands = parser.add_subparsers(required=True)
    build = commands.add_parser("build")
    build.add_argument("--recipe", "-r", type=Path, required=True)
    build.add_argument("--channel", "-c", action="append", default=[])
    build.add_argument("--output-dir", type=Path, default=Path(os.environ.get("CONDA_BLD_PATH", "output")))
    build.add_argument("--package-format", choices=["conda", "tar-bz2"], default="conda")
    build.add_argument("--skip-existing", choices=["none", "local", "all"], default="none")
    chosen = parser.parse_args()
    recipe = chosen.recipe / "recipe.yaml" if chosen.recipe.is_dir() else chosen.recipe
    print(f"building {recipe.parent.name}")
    try:
        for variant in Stage0Recipe.from_file(recipe).render():
            built = variant.run_build(
                tool_config=ToolConfiguration(skip_existing=chosen.skip_existing, test_strategy="native"),
                output_dir=chosen.output_dir.resolve(),
                channels=chosen.channel,
                package_format="tar.bz2" if chosen.package_format == "tar-bz2" else "conda",
            )
            print("built", *built.packages)
    except RattlerBuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
