"""What a file is there for, by first bytes, name and folder."""

from __future__ import annotations

import pytest

from cf_sbom.filetypes import sort_of
from cf_sbom.model import File, FileFormat


def file(path: str, shown: FileFormat = "text", *, size: int = 9, executable: bool = False) -> File:
    return File(path=path, kind="file", size=size, format=shown if size else "", executable=executable)


CODE = [
    file("lib/libz.so.1.3.1", "program"),
    file("lib/libz.a", "objects"),
    file("Library/lib/z.lib", "objects"),
    file("bin/tool", "program"),
    file("Library/bin/tool.exe", "program"),
    file("share/doc/notes.txt", "program"),
    file("bin/tool", "script"),
    file("bin/wrapper", executable=True),
    file("bin/tool.bat"),
    file("include/zlib.h"),
    file("include/c++/vector.tcc"),
    file("lib/libc.so"),
    file("lib/pkgconfig/zlib.pc"),
    file("lib/cmake/zlib/zlib-config.cmake"),
    file("share/demo/CMakeLists.txt"),
    file("share/demo/Makefile"),
    file("lib/python3.12/site-packages/demo/core.py"),
    file("lib/python3.12/site-packages/demo/license.py"),
    file("lib/python3.12/site-packages/demo/py.typed.py", size=0),
    file("lib/python3.12/site-packages/demo/__pycache__/core.cpython-312.pyc", "binary"),
    file("lib/rustlib/libstd-1a2b3c4d5e6f7a8b.so", "program"),
    file("share/demo/jquery.js"),
    file("share/demo/index-template.js"),
    file("share/demo/core-20240101.js"),
    file("share/demo/style.css"),
]
FOREIGN = [
    file("lib/python3.12/site-packages/demo.libs/libjpeg-3a1f2c9d.so.62.4.0", "program"),
    file("lib/python3.12/site-packages/demo.libs/libplain.so.1", "program"),
    file("lib/python3.12/site-packages/demo/.dylibs/libjpeg.62.dylib", "program"),
    file("lib/libopenblas64_p-r0-0cf96a72.3.23.dev.so", "program"),
    file("Lib/site-packages/demo/zlib1-0123456789abcdef0123456789abcdef.dll", "program"),
    file("lib/python3.12/site-packages/demo/_vendor/fast.abi3.so", "program"),
    file("lib/python3.12/site-packages/demo/_vendor/six.py"),
    file("include/demo/thirdparty/zstr.hpp"),
    file("lib/demo/node_modules/x/index.js"),
    file("lib/demo/node_modules/x/build/x.node", "program"),
    file("share/demo/jquery.min.js"),
    file("share/demo/jquery-min.js"),
    file("share/demo/style.min.css"),
    file("share/demo/jquery.min.js.map"),
    file("share/doc/demo/_static/jquery.min.js"),
    file("share/demo/main.3a1f2c9d.chunk.js"),
    file("share/demo/12.0a1b2c3d4e5f67890123.js"),
    file("share/demo/vendors~main.js"),
    file("share/demo/app.bundle.js"),
    file("share/demo/index-BZk3h1_a.js"),
    file("share/demo/demo.zip", "archive"),
    file("share/demo/demo.jar", "archive"),
    file("share/demo/demo-1.0-py3-none-any.whl", "archive"),
    file("share/demo/demo.tar.gz", "archive"),
    file("share/doc/demo.tgz", "archive"),
    file("share/demo/demo.wasm", "bytecode"),
    file("share/demo/demo.json", "bytecode"),
]
DOCUMENTATION = [
    file("README"),
    file("share/demo/README.md"),
    file("share/demo/LICENSE"),
    file("share/demo/LICENSE.MIT"),
    file("share/demo/COPYING.LIB"),
    file("share/demo/guide.pdf"),
    file("share/demo/index.html"),
    file("share/man/man1/demo.1"),
    file("share/man/man1/demo.1.gz", "archive"),
    file("Library/share/man/man3/demo.3ssl"),
    file("share/info/demo.info.gz", "archive"),
    file("share/doc/demo/example.c"),
    file("share/doc/demo/run.sh", "script"),
    file("share/doc/demo/figure.png", "binary"),
    file("share/gtk-doc/html/demo/style.css"),
    file("lib/python3.12/site-packages/demo-1.0.dist-info/licenses/AUTHORS.cfg"),
]
DATA = [
    file("share/demo/values.json"),
    file("share/demo/values.json.gz", "archive"),
    file("share/demo/values.csv"),
    file("share/demo/table.npz", "archive"),
    file("share/demo/logo.png", "binary"),
    file("share/demo/logo.svg"),
    file("share/fonts/demo.ttf", "binary"),
    file("share/locale/de/LC_MESSAGES/demo.mo", "binary"),
    file("share/zoneinfo/Europe/Berlin", "binary"),
    file("share/terminfo/x/xterm", "binary"),
    file("ssl/cacert.pem"),
    file("etc/demo/settings"),
    file("share/demo/empty", size=0),
    file("share/demo/empty.bin", size=0),
    file("lib/python3.12/site-packages/demo/_vendor/table.csv"),
]
UNKNOWN = [
    file("share/demo/model.dat", "binary"),
    file("share/demo/model.dat"),
    file("share/demo/model.bin", "binary"),
    file("share/demo/model.pkl", "binary"),
    file("share/demo/blob", "binary"),
    file("share/doc/demo/blob", "binary"),
    file("share/demo/values.json", "binary"),
    file("share/demo/values.json", "archive"),
    file("share/demo/notes.txt", "binary"),
    file("lib/demo/core.py", "binary"),
    file("lib/libz.so", "binary"),
    file("bin/tool.exe", "binary"),
    file("share/demo/core.py.gz", "archive"),
    file("include/vector.xyz"),
]
TABLES = {"code": CODE, "foreign": FOREIGN, "documentation": DOCUMENTATION, "data": DATA, "unknown": UNKNOWN}


@pytest.mark.parametrize(
    ("sort", "one"),
    [(sort, one) for sort, files in TABLES.items() for one in files],
    ids=lambda value: f"{value.path} {value.format}" if isinstance(value, File) else value,
)
def test_what_a_file_is_there_for(sort: str, one: File) -> None:
    assert sort_of(one) == sort


def test_folders_above_the_owned_one_do_not_count() -> None:
    module = file("lib/node_modules/npm/lib/npm.js")
    assert sort_of(module) == "foreign"
    assert sort_of(module, "lib/node_modules/npm/") == "code"
    assert sort_of(file("lib/node_modules/npm/node_modules/x/y.js"), "lib/node_modules/npm/") == "foreign"
