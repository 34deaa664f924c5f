"""Names of files -> what such a file is there for: code, documentation, data, something that came from elsewhere.

Knows tables of suffixes, names and folders. What the first bytes show goes before what a name says: a program called
`notes.txt` is code, and what is called text and is none is nothing known.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from cf_sbom.model import File

Sort: TypeAlias = Literal["code", "foreign", "documentation", "data", "unknown"]
"""code: programs, libraries, modules and sources of a language, headers, build metadata. foreign: code that was made
elsewhere, by its name or its folder, or that may hold any number of things. unknown: what says nothing of itself."""

# By suffix. What stands here is text: a file that is none is not what it is called.
_TEXT: Final[dict[Sort, str]] = {
    "code": """
        asm awk bash bat bst c cc cjs cl clj cls cmake cmd cpp cs csh css cu cuh cxx cl def el erl ex exs f f03
        f08 f77 f90 f95 fish for fs fsx fx gir glsl go gradle h hh hlsl hpp hrl hs hxx i idl inc inl ipp java jl js jsx
        kt l la less lisp lua m m4 mak metal mjs mk ml mli mm ninja nim nse pas pc php pl pm pri prl pro proto ps1 psd1
        psm1 pxd pxi py pyi pyw pyx qml r rb rs s sass scala scm scss sh sql ss st sty swift t tcc tcl thrift tk ts tsx
        v vala vapi vb vbs vim vue y zig zsh
    """,
    "documentation": """
        adoc asciidoc docbook htm html info ipynb license ltx markdown md mdown pod rd readme rst texi texinfo tex text
        txt xhtml
    """,
    "data": """
        afm aff bdf bib cfg cer conf config cnf crl crt csv desktop dic dtd geojson ini jinja jinja2 j2 json json5 jsonl
        key lang list lst lock mako map metainfo mustache pem plist po pot ppm properties rdf rnc rng service spdx
        strings svg template theme tmpl toml tpl tsv ui wkt xbm xml xpm xsd xsl xslt yaml yml
    """,
}
# By suffix, whatever the bytes.
_ANY: Final[dict[Sort, str]] = {
    "code": """
        a beam class cma cmi cmo cmt cmti cmx cmxa debug elc exp gch gcno hi hie jmod luac mod o obj pch
        pdb pyc pyo rdb rdx rlib rmeta typelib winmd
    """,
    "documentation": "chm docx dvi epub hlp odt pdf ps qch qhc rtf",
    "data": """
        arrow bmp cur dbf der ds_store eot eps feather fits flac gif gmo gsb h5 hdf5 icns ico jpeg jpg kmz mo mp3 mp4 nc
        npy npz odp ods ogg otf pcf pfa pfb pgm png parquet pptx qm rda rdata rds shp shx sqlite sqlite3 svgz tif tiff
        ttc ttf wav webm webp woff woff2 xlsx
    """,
    "foreign": "7z apk asar bc bz2 cab conda crate deb dex dmg ear egg gem gz iso jar lz4 msi nupkg rar rpm tar tbz2 "
    "tgz txz vsix war wasm whl xz z zip zst",
}
_SUFFIXES: Final[dict[str, Sort]] = {
    suffix: sort for table in (_ANY, _TEXT) for sort, words in table.items() for suffix in words.split()
}
_TEXTUAL: Final = frozenset(suffix for words in _TEXT.values() for suffix in words.split())
_PACKED = (".bz2", ".gz", ".lz4", ".xz", ".z", ".zst")  # one file each, whose own suffix stands before
_READABLE = frozenset(("text", "script", "archive", "binary", ""))

_DOCUMENTS = re.compile(
    r"(?:(?:un)?licen[cs]es?|copying|copyright|notices?|patents|authors|contributors|credits|thanks|maintainers"
    r"|changes|changelog|history|news|readme|install|todo|bugs|faq)(?:[-_.].*)?",
    re.DOTALL,
)
_BUILD_FILES = frozenset(
    ("build", "cmakelists.txt", "dockerfile", "gemfile", "makefile", "meson.build", "meson_options.txt", "rakefile")
)
_HEX = r"(?=[0-9]*[a-f])(?:[0-9a-f]{32}|[0-9a-f]{8})(?![0-9a-f])"  # rustc's own hashes have 16 digits
_MANGLED = re.compile(rf".*-{_HEX}.*", re.DOTALL)
"""Names of libraries as auditwheel and delvewheel give them: `libjpeg-3a1f2c9d.so.62.4.0`."""
_SCRIPTS = frozenset(("cjs", "css", "js", "mjs"))
_BUNDLE = re.compile(
    r"(?:[.-]min|[._-](?:bundle|chunk)|[._-](?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{8,64}"
    r"|-(?=.{0,7}[0-9])(?=.{0,7}[A-Z])[A-Za-z0-9_-]{8})\Z"
)
"""Ends of names that minifiers, webpack and rollup give: `x.min.js`, `main.3a1f2c9d.chunk.js`, `index-BZk3h1_a.js`."""

_VENDORED = frozenset(
    (
        *("3rd_party", "3rdparty", "third-party", "third_party", "thirdparty"),
        *("_bundled", "_extern", "_vendor", "_vendored", "bundled", "extern", "externals", "vendor", "vendored"),
        *("bower_components", "node_modules"),
    )
)
_LIBRARIES = re.compile(r"(?:.*/)?(?:[^/]*\.libs|\.dylibs)(?:/.*)?", re.DOTALL)
"""Folders into which auditwheel, delvewheel and delocate put libraries."""
_OF_DOCUMENTATION = re.compile(
    r"(?:.*/)?share/(?:doc|devhelp|gtk-doc|help|info|javadoc|licen[cs]es?|man)(?:/.*)?"
    r"|(?:Library/)?(?:docs?|man|licenses)(?:/.*)?|(?:.*/)?[^/]*\.(?:dist|egg)-info/licenses(?:/.*)?",
    re.DOTALL,
)
_OF_DATA = re.compile(r"(?:.*/)?(?:fonts|icons|locale|terminfo|zoneinfo)(?:/.*)?", re.DOTALL)

_Place: TypeAlias = Literal["vendored", "libraries", "documentation", "data", ""]


def sort_of(file: File, below: str = "") -> Sort:
    """What a file is there for, by its first bytes, its name and its folder. Of that nothing counts before below, a
    start of the path that ends in `/`."""
    folder, _, name = file.path[len(below) :].rpartition("/")
    place = _place(folder)
    sort = _by_itself(file, name.lower())
    if sort in ("code", "data") and _is_bundle(name):
        return "foreign"
    if sort == "code":
        is_library = file.format in ("program", "objects") and (place == "libraries" or _MANGLED.fullmatch(name))
        if is_library or place == "vendored":
            return "foreign"
    if place == "documentation" and file.format in _READABLE:
        is_page = sort in ("code", "data") or file.format == "text" or name.lower().endswith(_PACKED)
        return "documentation" if is_page and sort != "foreign" else sort
    return "data" if place == "data" and sort == "unknown" else sort


def _is_bundle(name: str) -> bool:
    """Whether a script, a style sheet or its map bears the name of one that was minified or made of several."""
    stem, _, suffix = name.removesuffix(".map").rpartition(".")
    if suffix not in _SCRIPTS:
        return False
    return "vendors~" in stem or "vendor~" in stem or _BUNDLE.search(stem[-80:]) is not None


def _by_itself(file: File, name: str) -> Sort:
    """By first bytes and name; name is in lower case."""
    stem, dot, suffix = name.rpartition(".")
    if file.format in ("program", "objects"):
        return "code"
    if file.format == "bytecode":
        return "foreign"
    if dot and stem and name.endswith(_PACKED):
        inner = _SUFFIXES.get(stem.rpartition(".")[2], "unknown")
        return "unknown" if inner == "code" else inner
    sort = _SUFFIXES.get(suffix) if dot and stem else None
    if name in _BUILD_FILES:
        sort = "code"
    elif sort is None:
        sort = _without_suffix(file, name, has_suffix=bool(dot and stem))
    elif suffix in _TEXTUAL and file.format not in ("text", "script", ""):
        sort = "unknown"
    return sort


def _without_suffix(file: File, name: str, *, has_suffix: bool) -> Sort:
    """Of a name that has no suffix, or none that says anything."""
    if not file.size:
        return "data"
    if file.format == "script":
        return "code"
    if file.format != "text":
        return "unknown"
    if _DOCUMENTS.fullmatch(name):
        return "documentation"
    if has_suffix:
        return "code" if name.endswith(".so") else "unknown"  # a script of the linker
    return "code" if file.executable else "data"


@lru_cache(maxsize=256)  # files come in order of path
def _place(folder: str) -> _Place:
    """What the folders of a file say of it."""
    if not _VENDORED.isdisjoint(folder.lower().split("/")):
        return "vendored"
    if _LIBRARIES.fullmatch(folder):
        return "libraries"
    if _OF_DOCUMENTATION.fullmatch(folder):
        return "documentation"
    return "data" if _OF_DATA.fullmatch(folder) else ""
