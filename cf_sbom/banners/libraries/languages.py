"""Banners of interpreters and of the run-time parts of languages."""

from __future__ import annotations

from cf_sbom.banners import Library, apart, beside, text

LIBRARIES = (
    # 3.2.0 is the Unicode of old domain names.
    Library(
        "python",
        "python:python",
        (apart(b"Fatal Python error: ", rb"3\.(?:[6-9]|[1-3]\d)\.\d{1,2}(?:(?:a|b|rc)\d)?\+?"),),
    ),
    Library(
        "lua",
        "lua:lua",
        (
            text(b"$LuaVersion: Lua ", rb"\$LuaVersion: Lua <number>  Copyright \(C\) "),
            text(b"$Lua: Lua ", rb"\$Lua: Lua <number> Copyright \(C\) "),
        ),
    ),
    Library(
        "luajit",
        "luajit:luajit",
        (text(b"LuaJIT 2.", rb"(?<![ -~])LuaJIT (?P<version>2\.\d\.\d{1,12}(?:-beta\d)?)\0"),),
    ),
    Library("tcl", "", (beside(b"tcl_patchLevel\0", rb"[89]\.\d\.\d{1,2}"),)),
    Library("tk", "", (beside(b"tk_patchLevel\0", rb"[89]\.\d\.\d{1,2}"),)),
    # Modules of Perl carry the version of the Perl that they are made for, but not this variable of the environment.
    Library(
        "perl",
        "perl:perl",
        (text(b"PERL_INTERNAL_RAND_SEED\0", rb"(?<![ -~])v(?P<version>5\.\d{1,2}\.\d{1,2})\0", 0.7, kind="beside"),),
    ),
    Library(
        "ruby",
        "ruby-lang:ruby",
        (text(b"ruby ", rb"(?<![ -~])ruby (?P<version>\d\.\d{1,2}\.\d{1,2})(?:p\d{1,4})? \(\d{4}-\d\d-\d\d "),),
    ),
    Library(
        "node",
        "nodejs:node.js",
        (
            text(
                b"https://nodejs.org/download/release/v",
                rb"nodejs\.org/download/release/v<number>/node-v",
                0.9,
                kind="path",
            ),
        ),
    ),
)
