"""Which files each extractor says belong to what it found, through a whole package."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support import fixture_members
from wheels import wheel

from cf_sbom.generate import Description
from fixtures.members import images, jars

SITE = "lib/python3.12/site-packages"
GEMS = "lib/ruby/gems/3.3.0"
PERL = "lib/perl5"


def metadata(name: str, version: str) -> bytes:
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nLicense: MIT\n".encode()


def record(*paths: str) -> bytes:
    return "".join(f"{path},,\n" for path in paths).encode()


PYTHON = {
    f"{SITE}/plain-1.dist-info/METADATA": metadata("plain", "1"),
    f"{SITE}/plain-1.dist-info/RECORD": record("plain/a.py", "plain/_vendor/in.py", "plain/_vendor/x/b.py", "both.py"),
    f"{SITE}/plain-1.dist-info/INSTALLER": b"conda\n",
    f"{SITE}/plain/a.py": b"a = 1\n",
    f"{SITE}/plain/__pycache__/a.cpython-312.pyc": b"\x00\x01",
    f"{SITE}/plain/other.py": b"",
    f"{SITE}/plain/_vendor/in.py": b"b = 1\n",
    f"{SITE}/plain/_vendor/x/b.py": b"b = 1\n",
    f"{SITE}/plain/_vendor/vendor.txt": b"x==2\ny==3\n",
    f"{SITE}/plain/_vendor/y.py": b"b = 1\n",
    f"{SITE}/plain/_vendor/inner-4.dist-info/METADATA": metadata("inner", "4"),
    f"{SITE}/plain/_vendor/inner-4.dist-info/RECORD": record("in.py"),
    f"{SITE}/two-2.dist-info/METADATA": metadata("two", "2"),
    f"{SITE}/two-2.dist-info/RECORD": record("both.py"),
    f"{SITE}/both.py": b"",
    f"{SITE}/egg-5-py3.12.egg/EGG-INFO/PKG-INFO": metadata("egg", "5"),
    f"{SITE}/egg-5-py3.12.egg/egg/a.py": b"a = 1\n",
    f"{SITE}/single-6.egg-info": metadata("single", "6"),
    "share/wheels/toy-7-py3-none-any.whl": wheel("toy", "7"),
}
RUBY = {
    f"{GEMS}/specifications/bead-2.1.0.gemspec": fixture_members("ruby")[f"{GEMS}/specifications/bead-2.1.0.gemspec"],
    f"{GEMS}/gems/bead-2.1.0/lib/bead.rb": b"1\n",
    f"{GEMS}/gems/bead-2.1.01/lib/bead.rb": b"1\n",
    f"{GEMS}/cache/bead-2.1.0.gem": b"\x1f\x8b",
    f"{GEMS}/doc/bead-2.1.0/ri/a.ri": b"\x04\x08",
    f"{GEMS}/extensions/x86_64-linux/3.3.0/bead-2.1.0/bead.so": b"\x7fELF",
    f"{GEMS}/extensions/x86_64-linux/3.3.0/other-1/bead.so": b"\x7fELF",
}
PACKLIST = "\n".join(
    (
        "/builder/prefix/lib/perl5/man/man3/Bead::Counter.3 type=file",
        "/builder/prefix/lib/perl5/site_perl/5.38/Bead/Counter.pm type=file",
        "/builder/prefix/lib/perl5/site_perl/5.38/Bead/Counter/Deep.pm",
        "/elsewhere/lib/perl5/site_perl/5.38/Bead/Other.pm",
    )
)
PERLS = {
    f"{PERL}/arch/auto/Bead/Counter/.packlist": PACKLIST.encode(),
    f"{PERL}/site_perl/5.38/Bead/Counter.pm": b"package Bead::Counter;\nour $VERSION = '1.07';\n1;\n",
    f"{PERL}/site_perl/5.38/Bead/Counter/Deep.pm": b"1;\n",
    f"{PERL}/site_perl/5.38/Bead/Other.pm": b"1;\n",
}
R = {
    "lib/R/library/pearls/DESCRIPTION": fixture_members("r")["lib/R/library/pearls/DESCRIPTION"],
    "lib/R/library/pearls/libs/pearls.so": b"\x7fELF",
    "lib/R/library/other/R/other.rdb": b"\x00",
}
NPM = fixture_members("npm") | {
    "share/desk/node_modules/paint/dist/paint.min.js": b"1\n",
    "share/desk/main.js": b"1\n",
    "lib/node_modules/.bin/x": b"#!/bin/sh\n",
}
PHP = fixture_members("php")
JULIA = fixture_members("julia")
LUA = fixture_members("lua") | {"lib/luarocks/rocks-5.4/beads/1.2-1/doc/a.md": b"# a\n"}


@pytest.mark.parametrize(
    ("members", "owners"),
    [
        pytest.param(
            PYTHON,
            {
                f"{SITE}/plain-1.dist-info/METADATA": "pkg:pypi/plain@1",
                f"{SITE}/plain-1.dist-info/INSTALLER": "pkg:pypi/plain@1",
                f"{SITE}/plain/a.py": "pkg:pypi/plain@1",
                f"{SITE}/plain/__pycache__/a.cpython-312.pyc": "pkg:pypi/plain@1",
                f"{SITE}/plain/other.py": None,
                f"{SITE}/plain/_vendor/in.py": "pkg:pypi/inner@4",
                f"{SITE}/plain/_vendor/inner-4.dist-info/METADATA": "pkg:pypi/inner@4",
                f"{SITE}/plain/_vendor/x/b.py": "pkg:pypi/x@2",
                f"{SITE}/plain/_vendor/y.py": "pkg:pypi/y@3",
                f"{SITE}/both.py": None,
                f"{SITE}/egg-5-py3.12.egg/egg/a.py": "pkg:pypi/egg@5",
                f"{SITE}/single-6.egg-info": "pkg:pypi/single@6",
                "share/wheels/toy-7-py3-none-any.whl": "pkg:pypi/toy@7",
            },
            id="python",
        ),
        pytest.param(
            NPM,
            {
                "share/desk/main.js": "in:share/desk/package.json#npm:desk@2.0.0",
                "share/desk/node_modules/paint/dist/paint.min.js": "pkg:npm/paint@1.2.3",
                "share/desk/node_modules/paint/node_modules/@demo/brush/package.json": "pkg:npm/%40demo/brush@2.1.0",
                "lib/node_modules/.bin/x": None,
            },
            id="npm",
        ),
        pytest.param(
            jars.SAMPLES,
            {
                "share/java/paint-1.0.jar": "pkg:maven/org.demo/paint@1.0",
                "share/java/bundle.jar": "file:share/java/bundle.jar",
                "share/java/silent.war": None,
            },
            id="java",
        ),
        pytest.param(
            images.SAMPLES,
            {
                "bin/go": "pkg:golang/example.org/tool@v1.0.0",
                "bin/rust": "pkg:cargo/demo@0.3.0",
                "bin/both.exe": None,
            },
            id="golang and rust",
        ),
        pytest.param(
            fixture_members("dotnet"),
            {
                "share/desk/Demo.Paint.dll": "pkg:nuget/Demo.Paint@2.1.0",
                "share/desk/de/Demo.Words.resources.dll": "pkg:nuget/Demo.Words@1.0.0",
                "share/desk/runtimes/linux-x64/native/libdemo.so": "pkg:nuget/Demo.Native@1.4.0",
                "share/desk/Desk.deps.json": None,
            },
            id="dotnet",
        ),
        pytest.param(
            R,
            {
                "lib/R/library/pearls/libs/pearls.so": "pkg:cran/pearls@1.4-2",
                "lib/R/library/other/R/other.rdb": None,
            },
            id="r",
        ),
        pytest.param(
            RUBY,
            dict.fromkeys(RUBY, "pkg:gem/bead@2.1.0")
            | {
                f"{GEMS}/gems/bead-2.1.01/lib/bead.rb": None,
                f"{GEMS}/extensions/x86_64-linux/3.3.0/other-1/bead.so": None,
            },
            id="ruby",
        ),
        pytest.param(
            PHP,
            {
                "share/beads/vendor/acme/beads/src.php": "pkg:composer/acme/beads@1.2.3",
                "share/beads/vendor/composer/installed.json": None,
            },
            id="php",
        ),
        pytest.param(
            PERLS,
            dict.fromkeys(PERLS, "pkg:cpan/Bead::Counter@1.07") | {f"{PERL}/site_perl/5.38/Bead/Other.pm": None},
            id="perl",
        ),
        pytest.param(
            JULIA,
            {
                "share/julia/packages/Strands/Zz9y8/src/Strands.jl": (
                    "pkg:julia/Strands@0.4.2?uuid=1c2d3e4f-5061-4728-93a4-b5c6d7e8f90a"
                ),
                "share/julia/environments/app/Project.toml": None,
            },
            id="julia",
        ),
        pytest.param(
            LUA,
            {"lib/luarocks/rocks-5.4/beads/1.2-1/doc/a.md": "pkg:luarocks/beads@1.2-1"},
            id="lua",
        ),
    ],
)
def test_who_owns_what(
    described: Callable[..., Description], members: dict[str, bytes], owners: dict[str, str | None]
) -> None:
    found = described(payload={path: data for path, data in members.items() if not path.startswith("info/")}).sbom
    assert {f.path: f.owner for f in found.files if f.path in owners} == owners
