"""Banners of libraries near the system: memory, terminals, files, processes."""

from __future__ import annotations

from cf_sbom.banners import Library, apart, beside, named, text

LIBRARIES = (
    # The number of commits since a release stands in the middle.
    Library("jemalloc", "", (apart(b"<jemalloc>: ", rb"[345]\.\d\.\d", tail=rb"-0-g[0-9a-f]{40}\0"),)),
    # CPython has had its own copy of it since 3.13.
    Library("mimalloc", "", (named(b"environment option mimalloc_%s has an invalid value.\n\0"),)),
    # A variable of the environment, on systems where its code is put into files.
    Library("libffi", "", (named(b"LIBFFI_TMPDIR\0"),)),
    Library("gperftools", "", (text(b"gperftools ", rb"(?<![ -~])gperftools <number>\0"),)),
    # What follows is the date of its last patch.
    Library("ncurses", "gnu:ncurses", (text(b"ncurses ", rb"(?<![ -~])ncurses (?P<version>[56]\.\d)\.20\d{6}\0"),)),
    Library("readline", "gnu:readline", (beside(b"_*\\AaIiCcDdPpYyRrSsXx~\0", rb"[5-9]\.\d"),)),
    Library("glib", "gnome:glib", (text(b"<!-- GDBus ", rb"<!-- GDBus <number> -->\n"),)),
    Library("apr", "", (beside(b"apr_initialize\0", rb"1\.\d\.\d"),)),
    Library(
        "libcap",
        "",
        (text(b"is the shared library version: libcap-", rb"shared library version: libcap-<number>\.\n"),),
    ),
    Library("elfutils", "elfutils_project:elfutils", (beside(b"Not an ET_CORE ELF file\0", rb"0\.\d{3}"),)),
    Library("libfuse", "", (beside(b"list_empty(&f->full_slabs)\0", rb"[23]\.\d{1,2}\.\d{1,2}"),)),
    Library("log4cplus", "", (beside(b"from_struct_tm(): mktime() failed\0", rb"[12]\.\d\.\d"),)),
)
