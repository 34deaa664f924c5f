"""`conda sbom` and what happens after `conda build`, with the real conda and conda-build.

They are on no index of Python packages: these tests run where CF_SBOM_TEST_CONDA names a Python that has conda 26.7 or
newer, conda-build, conda-index, a solver and what this project depends on. The plugin of this very source tree is put
on its path; nothing is installed into it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from support import FIXTURES, ROOT

from cf_sbom.faces.cli import COMMANDS
from cf_sbom.limits import Limits
from cf_sbom.validate import validate

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CONDA = os.environ.get("CF_SBOM_TEST_CONDA", "")
SOLVER = os.environ.get("CONDA_SOLVER", "rattler")
RECIPES = FIXTURES / "recipes"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
real = pytest.mark.skipif(not CONDA, reason="CF_SBOM_TEST_CONDA names no Python with conda and conda-build")


class Ran(NamedTuple):
    status: int
    out: str
    err: str


class Conda:
    """conda in a home of its own, with this project's plugin, a channel and an output folder."""

    def __init__(self, python: str, folder: Path, channel: str) -> None:
        self.folder, self.croot = folder, folder / "bld"
        self._python, self._channel = python, channel
        home = folder / "home"
        home.mkdir()
        self.condarc = home / ".condarc"
        seen = folder / "seen" / "cf_sbom-0.dist-info"  # what an installer would have written
        seen.mkdir(parents=True)
        (seen / "METADATA").write_text("Metadata-Version: 2.1\nName: cf_sbom\nVersion: 0\n")
        (seen / "entry_points.txt").write_text(
            "".join(
                f"[{group}]\n" + "".join(f"{name} = {place}\n" for name, place in points.items())
                for group, points in PROJECT["entry-points"].items()
            )
        )
        kept = ("PATH", "LANG", "TMPDIR", "SYSTEMROOT")
        self.environment = {name: os.environ[name] for name in kept if name in os.environ} | {
            "HOME": str(home),
            "PYTHONPATH": os.pathsep.join([str(seen.parent), str(ROOT)]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CONDA_SOLVER": SOLVER,
            "CONDA_OFFLINE": "true",
            "CONDA_PKGS_DIRS": str(folder / "pkgs"),
            "CONDA_ENVS_PATH": str(folder / "envs"),
            "CONDA_NUMBER_CHANNEL_NOTICES": "0",
            "RATTLER_CACHE_DIR": str(folder / "cache"),
        }

    def run(self, *words: object, module: str = "conda", **more: str) -> Ran:
        command = [self._python, "-m", module, *map(str, words)]
        ran = subprocess.run(
            command, capture_output=True, text=True, check=False, env=self.environment | more, cwd=self.folder
        )
        assert "Error while loading conda entry point: cf-sbom" not in ran.stderr
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def build(self, *words: object, **more: str) -> Ran:
        """Build offline, into croot unless words say otherwise: conda-build takes no --croot for a recipe.yaml."""
        channel = ("--override-channels", "-c", self._channel)
        place = {"CONDA_BLD_PATH": str(self.croot)}
        return self.run("build", "--no-anaconda-upload", *channel, *words, **(place | more))

    def documents(self, folder: Path | None = None) -> list[str]:
        place = folder or self.croot
        names = (p.relative_to(place).as_posix() for p in place.rglob("*") if ".cdx." in p.name or ".spdx" in p.name)
        return sorted(names)

    def packages(self, folder: Path | None = None) -> list[str]:
        place = folder or self.croot
        found = (p for p in place.glob("*/*") if p.name.endswith((".conda", ".tar.bz2")))
        return sorted(p.relative_to(place).as_posix() for p in found)


@pytest.fixture(scope="session")
def channel(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The host libraries of the fixtures as a channel, indexed by conda-index."""
    folder = tmp_path_factory.mktemp("channel")
    shutil.copytree(FIXTURES / "channel", folder, dirs_exist_ok=True)
    (folder / "noarch").mkdir(exist_ok=True)
    subprocess.run([CONDA, "-m", "conda_index", folder], check=True, capture_output=True)
    return folder.as_uri()


@pytest.fixture
def conda(tmp_path: Path, channel: str) -> Conda:
    return Conda(CONDA, tmp_path, channel)


@pytest.fixture
def recipe(tmp_path: Path) -> Callable[..., Path]:
    """Write a tiny recipe, of either kind; returns its folder."""

    def write(kind: str, name: str = "tiny", *, script: str = "true", tests: str = "") -> Path:
        folder = tmp_path / f"{name}-recipe"
        folder.mkdir()
        script = f'mkdir -p "$PREFIX/share" && echo {name} > "$PREFIX/share/{name}.txt" && {script}'
        tree: dict[str, object] = {
            "package": {"name": name, "version": "1.0"},
            "build": {"noarch": "generic", "number": 0, "script": [script]},
            "about": {"license": "MIT", "summary": "a tiny package"},
        }
        if tests:
            tree |= {"test": {"commands": [tests]}} if kind == "v0" else {"tests": [{"script": [tests]}]}
        file = "meta.yaml" if kind == "v0" else "recipe.yaml"  # YAML holds JSON
        (folder / file).write_text(json.dumps(tree))
        return folder

    return write


KINDS = pytest.mark.parametrize("kind", ["v0", "v1"])


def test_without_conda_the_package_does_not_need_it() -> None:
    code = (
        "import sys; sys.modules['conda'] = None; import cf_sbom.faces.cli.build; print('conda_build' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
    assert PROJECT["entry-points"]["conda"] == {"cf-sbom": "cf_sbom.faces.conda_plugin"}


@real
@KINDS
def test_a_good_build_gets_sidecars(conda: Conda, recipe: Callable[..., Path], kind: str) -> None:
    ran = conda.build(recipe(kind))
    assert ran.status == 0, ran.err
    (package,) = conda.packages()
    assert conda.documents() == [f"{package}.cdx.json", f"{package}.spdx.json"]
    for name in conda.documents():
        assert str(conda.croot / name) in ran.out
        verdict = validate((conda.croot / name).read_bytes(), Limits())
        assert verdict.valid, verdict.reasons


@real
@KINDS
def test_the_package_is_not_touched(conda: Conda, recipe: Callable[..., Path], kind: str) -> None:
    """It may have been uploaded already: what the index and the document say of it is what lies there."""
    from hashlib import sha256

    assert conda.build(recipe(kind)).status == 0
    (package,) = conda.packages()
    digest = sha256((conda.croot / package).read_bytes()).hexdigest()
    bom = json.loads((conda.croot / f"{package}.cdx.json").read_bytes())
    assert digest in {h["content"] for h in bom["metadata"]["component"]["hashes"]}
    assert conda.run("--version", module="conda").status == 0
    subprocess.run([CONDA, "-m", "conda_index", conda.croot], check=True, capture_output=True)
    index = json.loads((conda.croot / "noarch" / "repodata.json").read_bytes())
    (record,) = [*index["packages"].values(), *index["packages.conda"].values()]
    assert record["sha256"] == digest, "and conda-index passes over the documents"


@real
@KINDS
@pytest.mark.parametrize("what", ["script", "tests"])
def test_a_failed_build_gets_nothing(conda: Conda, recipe: Callable[..., Path], kind: str, what: str) -> None:
    ran = conda.build(recipe(kind, **{what: "exit 3"}))
    assert ran.status == 1
    assert conda.documents() == []
    assert "cf-sbom" not in ran.err
    if (kind, what) == ("v0", "tests"):
        assert list((conda.croot / "broken").glob("tiny-1.0-*.conda"))


@real
def test_a_missing_recipe_is_conda_builds_affair(conda: Conda) -> None:
    ran = conda.build("absent")
    assert ran.status == 1
    assert "cf-sbom" not in ran.err
    assert conda.documents() == []


@real
@pytest.mark.parametrize("words", [("--output",), ("--source",), ("--check",)])
def test_nothing_for_what_does_not_build(conda: Conda, recipe: Callable[..., Path], words: tuple[str, ...]) -> None:
    folder = recipe("v0")
    assert conda.build(folder, CONDA_PLUGINS_CF_SBOM_ENABLED="false").status == 0
    ran = conda.build(*words, folder)
    assert ran.status == 0, ran.err
    assert conda.documents() == []
    assert "cf-sbom" not in ran.err
    if words == ("--output",):
        assert ran.out.split() == [str(conda.croot / name) for name in conda.packages()]


@real
@KINDS
def test_skip_existing_without_a_build(conda: Conda, recipe: Callable[..., Path], kind: str) -> None:
    folder = recipe(kind)
    assert conda.build(folder).status == 0
    for name in conda.documents():
        (conda.croot / name).unlink()
    before = {name: (conda.croot / name).stat().st_mtime_ns for name in conda.packages()}
    ran = conda.build("--skip-existing", folder)
    assert ran.status == 0, ran.err
    skipped = before == {name: (conda.croot / name).stat().st_mtime_ns for name in conda.packages()}
    assert skipped == (conda.documents() == [])
    assert skipped or kind == "v1", "conda-build 26.7 builds a recipe.yaml again all the same"


@real
def test_help_is_that_of_conda_build(conda: Conda) -> None:
    ran = conda.run("build", "--help")
    assert ran.status == 0
    assert ran.out.count("usage: conda build") == 1
    assert conda.run("build", "--nonsense").status == 2


@real
def test_the_script_fires_no_plugin_and_the_wrapper_does(
    conda: Conda, recipe: Callable[..., Path], tmp_path: Path, channel: str
) -> None:
    """`conda-build` is conda_build.cli.main_build.execute, without conda around it."""
    script = tmp_path / "bin" / "conda-build"
    script.parent.mkdir()
    script.write_text(f"#!{CONDA}\nimport sys\nfrom conda_build.cli.main_build import execute\nsys.exit(execute())\n")
    script.chmod(0o755)
    folder = recipe("v0")
    words = ["--no-anaconda-upload", "--override-channels", "-c", channel, "--croot", str(conda.croot), str(folder)]
    bare = subprocess.run([script, *words], capture_output=True, text=True, check=False, env=conda.environment)
    assert bare.returncode == 0, bare.stderr
    assert len(conda.packages()) == 1
    assert conda.documents() == []
    ran = conda.run("build", "--", script, *words, module="cf_sbom")
    assert ran.status == 0, ran.err
    assert len(conda.documents()) == 2


@real
@KINDS
def test_an_error_is_one_warning(conda: Conda, recipe: Callable[..., Path], kind: str) -> None:
    ran = conda.build(recipe(kind), CONDA_PLUGINS_CF_SBOM_FORMATS="nonsense")
    assert ran.status == 0
    (line,) = [line for line in ran.err.splitlines() if "cf-sbom" in line]
    assert line.startswith("cf-sbom: warning: ")
    assert "nonsense" in line
    assert conda.documents() == []
    assert len(conda.packages()) == 1


@real
def test_what_the_environment_asks_for_fails_no_build_unless_it_is_strict(
    conda: Conda, recipe: Callable[..., Path]
) -> None:
    folder = recipe("v0", script='head -c 4096 /dev/urandom > "$PREFIX/share/odd.bin"')
    assert conda.build(folder, CF_SBOM_MAX_UNEXPLAINED="0").status == 0
    assert conda.build(folder, CF_SBOM_FORCE="perhaps").status == 0
    assert conda.build(folder, CF_SBOM_FORCE="perhaps", CF_SBOM_STRICT="1").status == 1


@real
@KINDS
def test_an_error_fails_the_command_where_that_is_asked_for(
    conda: Conda, recipe: Callable[..., Path], kind: str
) -> None:
    strict = {"CONDA_PLUGINS_CF_SBOM_FORMATS": "nonsense", "CONDA_PLUGINS_CF_SBOM_STRICT": "true"}
    ran = conda.build(recipe(kind), **strict)
    assert ran.status == 1
    assert "ERROR REPORT" not in ran.err
    assert "Traceback" not in ran.err
    assert any(line.startswith("cf-sbom: ") and "nonsense" in line for line in ran.err.splitlines())
    assert "cf_sbom_strict is set" in ran.err
    assert len(conda.packages()) == 1, "the package stays"


@real
def test_a_document_that_cannot_be_written(conda: Conda, recipe: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    place = {"CONDA_PLUGINS_CF_SBOM_OUTPUT_DIR": str(tmp_path / "file" / "sboms")}
    folder = recipe("v0")
    ran = conda.build(folder, **place)
    assert ran.status == 0
    assert len([line for line in ran.err.splitlines() if line.startswith("cf-sbom: warning: tiny-1.0-0.conda: ")]) == 1
    assert conda.build(folder, CONDA_PLUGINS_CF_SBOM_STRICT="true", **place).status == 1


@real
@KINDS
@pytest.mark.parametrize("how", ["--output-folder", "--croot", "both", "CONDA_BLD_PATH"])
def test_wherever_packages_go(conda: Conda, recipe: Callable[..., Path], kind: str, how: str) -> None:
    out = conda.folder / "a place"
    words = {
        "--output-folder": ("--output-folder", out),
        "--croot": ("--croot", out),
        "both": (f"--output-folder={out}", "--croot", conda.croot),
    }.get(how, ())
    ran = conda.build(recipe(kind), *words, CONDA_BLD_PATH=str(out if how == "CONDA_BLD_PATH" else conda.croot))
    if kind == "v1" and "--croot" in words:
        assert "Invalid arguments for conda-build: croot" in ran.err
        return
    assert ran.status == 0, ran.err
    (package,) = conda.packages(out)
    assert conda.documents(out) == [f"{package}.cdx.json", f"{package}.spdx.json"]


@real
def test_a_folder_from_the_settings_of_conda(conda: Conda, recipe: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "from-settings"
    conda.condarc.write_text(f"conda-build:\n  root-dir: {out}\n")
    ran = conda.build(recipe("v0"), CONDA_BLD_PATH="")
    assert ran.status == 0, ran.err
    assert len(conda.documents(out)) == 2
    wrapped = conda.run("build", "--", CONDA, "-m", "conda", "build", tmp_path / "tiny-recipe", module="cf_sbom")
    assert wrapped.status == 0, wrapped.err
    assert str(out) in wrapped.out


@real
@KINDS
def test_tar_bz2(conda: Conda, recipe: Callable[..., Path], kind: str) -> None:
    ran = conda.build("--package-format", "1", recipe(kind))
    assert ran.status == 0, ran.err
    (package,) = conda.packages()
    assert package.endswith(".tar.bz2")
    assert tarfile.is_tarfile(conda.croot / package)
    assert conda.documents() == [f"{package}.cdx.json", f"{package}.spdx.json"]


@real
@KINDS
def test_each_output_of_a_recipe_gets_its_own(conda: Conda, tmp_path: Path, kind: str) -> None:
    folder = RECIPES / "v1"
    if kind == "v0":
        folder = tmp_path / "two"
        folder.mkdir()
        (folder / "out.sh").write_text('mkdir -p "$PREFIX/share" && echo "$PKG_NAME" > "$PREFIX/share/$PKG_NAME"\n')
        outputs = "".join(
            f"  - name: two-{name}\n    build:\n      noarch: generic\n    script: out.sh\n" for name in ("a", "b")
        )
        (folder / "meta.yaml").write_text(f"package:\n  name: two\n  version: 1.0\noutputs:\n{outputs}")
    ran = conda.build("--no-test", folder)
    assert ran.status == 0, ran.err
    packages = conda.packages()
    assert len(packages) == 2
    assert conda.documents() == sorted(f"{p}.{s}.json" for p in packages for s in ("cdx", "spdx"))


@real
def test_only_what_this_build_made(conda: Conda, recipe: Callable[..., Path]) -> None:
    """Not the build before, and not what another build puts into the same folder in the meantime."""
    first = recipe("v0", "first")
    assert conda.build(first, CONDA_PLUGINS_CF_SBOM_ENABLED="false").status == 0
    other = next(FIXTURES.glob("packages/noarch/hello-cb-*.conda"))
    meanwhile = f"cp {other} {conda.croot}/noarch/"
    for kind in ("v0", "v1"):
        name = f"second-{kind}"
        folder = recipe(kind, name, script=meanwhile)
        ran = conda.build(folder)
        assert ran.status == 0, ran.err
        assert f"noarch/{other.name}" in conda.packages()
        (conda.croot / "noarch" / other.name).unlink()
    assert {Path(name).name.split("-1.0-")[0] for name in conda.documents()} == {"second-v0", "second-v1"}


@real
def test_a_package_that_is_built_anew(conda: Conda, recipe: Callable[..., Path]) -> None:
    folder = recipe("v0")
    assert conda.build(folder).status == 0
    (conda.croot / "noarch" / "tiny-1.0-0.conda.cdx.json").unlink()
    assert conda.build(folder).status == 0
    assert len(conda.documents()) == 2


@real
def test_settings(conda: Conda, recipe: Callable[..., Path], tmp_path: Path) -> None:
    """Those of conda beat the environment of cf-sbom and its settings file."""
    conda.condarc.write_text(
        "plugins:\n"
        "  cf_sbom_formats: [cyclonedx-json@1.7, spdx3-json]\n"
        "  cf_sbom_output_dir: ~/sboms\n"
        "  cf_sbom_supplier: Example <https://example.org>\n"
        "  cf_sbom_channel: from-condarc\n"
    )
    (tmp_path / "cf-sbom.toml").write_text('channel = "from-file"\nauthor = "From File <a@example.org>"\n')
    ran = conda.build(recipe("v0"), CF_SBOM_CHANNEL="from-environment", CF_SBOM_OUTPUT="spdx-json")
    assert ran.status == 0, ran.err
    assert conda.documents() == []
    sboms = tmp_path / "home" / "sboms"
    assert conda.documents(sboms) == ["tiny-1.0-0.conda.cdx.json", "tiny-1.0-0.conda.spdx3.json"]
    bom = json.loads((sboms / "tiny-1.0-0.conda.cdx.json").read_bytes())
    assert bom["specVersion"] == "1.7"
    assert "channel=from-condarc" in bom["metadata"]["component"]["purl"]
    assert bom["metadata"]["supplier"]["name"] == "Example"
    assert bom["metadata"]["authors"][0]["name"] == "From File"
    package = conda.croot / "noarch" / "tiny-1.0-0.conda"
    ran = conda.run("sbom", "generate", "-o", "cyclonedx-json=-", "--channel", "from-option", package)
    assert "channel=from-option" in json.loads(ran.out)["metadata"]["component"]["purl"], "and options beat those"
    ran = conda.run("sbom", "generate", "-o", "cyclonedx-json=-", package, CF_SBOM_CHANNEL="from-environment")
    assert "channel=from-condarc" in json.loads(ran.out)["metadata"]["component"]["purl"]
    described = conda.run("config", "--describe", "plugins.cf_sbom_strict")
    if described.status == 0:
        assert "conda build" in described.out


@real
def test_a_setting_that_makes_no_sense_does_not_fail_a_build(conda: Conda, recipe: Callable[..., Path]) -> None:
    conda.condarc.write_text("plugins:\n  cf_sbom_strict: perhaps\n")
    ran = conda.build(recipe("v0"))
    assert ran.status == 0, ran.err
    assert len(conda.packages()) == 1
    assert [line for line in ran.err.splitlines() if line.startswith("cf-sbom: warning: ")]
    ran = conda.run("sbom", "generate", conda.croot / "noarch" / "tiny-1.0-0.conda")
    assert ran.status == 2
    assert "cf_sbom_strict" in ran.err
    assert "Traceback" not in ran.err
    assert len([line for line in ran.err.splitlines() if line]) == 1


@real
@pytest.mark.parametrize("how", ["environment", "condarc", "no-plugins"])
def test_it_can_be_turned_off(conda: Conda, recipe: Callable[..., Path], how: str) -> None:
    more = {
        "environment": {"CONDA_PLUGINS_CF_SBOM_ENABLED": "false"},
        "no-plugins": {"CONDA_NO_PLUGINS": "true"},
    }.get(how, {})
    if how == "condarc":
        conda.condarc.write_text("plugins:\n  cf_sbom_enabled: false\n")
    ran = conda.build(recipe("v0"), **more)
    if how == "no-plugins":  # conda-build is a plugin itself
        assert ran.status != 0
        return
    assert ran.status == 0, ran.err
    assert len(conda.packages()) == 1
    assert conda.documents() == []


@real
def test_under_the_wrapper_documents_are_made_once_and_are_the_same_bytes(
    conda: Conda, recipe: Callable[..., Path], tmp_path: Path, channel: str
) -> None:
    folder = recipe("v0")
    build = ("build", "--no-anaconda-upload", "--override-channels", "-c", channel, "--croot", conda.croot, folder)
    ran = conda.run("build", "--", CONDA, "-m", "conda", *build, module="cf_sbom")
    assert ran.status == 0, ran.err
    assert ran.out.count("tiny-1.0-0.conda.cdx.json") == 1
    (package,) = conda.packages()
    written = {name: (conda.croot / name).read_bytes() for name in conda.documents()}
    assert len(written) == 2
    package_path = conda.croot / package
    assert conda.run("sbom", "generate", "--output-dir", "again", package_path).status == 0
    for name, data in written.items():
        assert (tmp_path / "again" / Path(name).name).read_bytes() == data
    assert conda.run("sbom", "build", "--", CONDA, "-m", "conda", *build).status == 0


@real
def test_conda_sbom_has_the_same_commands(conda: Conda, tmp_path: Path) -> None:
    ran = conda.run("sbom", "--help")
    assert ran.status == 0
    assert ran.out.startswith("Usage: conda sbom ")
    assert all(f"\n  {name} " in ran.out for name in COMMANDS)
    assert "sbom" in conda.run("--help").out
    for name in COMMANDS:
        ran = conda.run("sbom", name, "--help")
        assert ran.status == 0
        assert ran.out.startswith(f"Usage: conda sbom {name} ")


@real
def test_conda_sbom_has_the_same_exit_status(conda: Conda, tmp_path: Path) -> None:
    package = shutil.copy(next(FIXTURES.glob("packages/noarch/hello-cb-*.conda")), tmp_path)
    (tmp_path / "broken.conda").write_text("no archive")
    pear = next(FIXTURES.glob("packages/*/pear-*.conda"))
    for words, status in (
        (("generate", package), 0),
        (("generate", "--strict", "--output-dir", "sboms", pear), 1),
        (("generate",), 2),
        (("nonsense",), 2),
        (("generate", "broken.conda"), 3),
        (("validate", f"{package}.cdx.json"), 0),
        (("show", "--json", package), 0),
        (("plugins", "--json"), 0),
        ((), 2),
    ):
        assert conda.run("sbom", *words).status == conda.run(*words, module="cf_sbom").status == status, words


@real
def test_loading_the_plugin_imports_nothing_that_conda_has_not(conda: Conda) -> None:
    code = (
        "import sys; from conda.base.context import context; import conda.cli.main, conda.plugins.types\n"
        "before = set(sys.modules)\n"
        "import cf_sbom.faces.conda_plugin as plugin\n"
        "for hook in ('subcommands', 'settings', 'pre_commands', 'post_commands'):\n"
        "    list(getattr(plugin, f'conda_{hook}')())\n"
        "print(*sorted(name for name in set(sys.modules) - before if 'editable' not in name))\n"
    )
    ran = subprocess.run([CONDA, "-c", code], capture_output=True, text=True, check=True, env=conda.environment)
    assert ran.stdout.split() == ["cf_sbom", "cf_sbom.about", "cf_sbom.faces", "cf_sbom.faces.conda_plugin"]
