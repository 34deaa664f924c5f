"""Banners of libraries for markup, documents, patterns and text."""

from __future__ import annotations

from cf_sbom.banners import Library, apart, beside, named, text

LIBRARIES = (
    Library("expat", "libexpat_project:libexpat", (text(b"expat_", rb"(?<![ -~])expat_<number>\0"),)),
    Library(
        "libxml2",
        "xmlsoft:libxml2",
        (
            apart(b"xmlTextWriterVSprintf : out of memory!\n\0", rb"2\d{4}", packed=True),
            apart(b"program compiled against libxml %d using older %d\n\0", rb"2[0-2]\d{3}", packed=True),
        ),
    ),
    Library(
        "libxslt",
        "xmlsoft:libxslt",
        (apart(b"libxslt (SAXON 6.2 compatible)\0", rb"101\d\d", packed=True),),
    ),
    # Version and date of the release; PCRE's are 8.x.
    Library(
        "pcre2",
        "pcre:pcre2",
        (apart(b"PCRE2 does not support \\F, \\L, \\l, \\", rb"10\.\d\d", tail=rb" 20\d\d-\d\d-\d\d\0"),),
    ),
    Library(
        "pcre", "pcre:pcre", (apart(b"PCRE does not support \\L, \\l, \\N", rb"8\.\d\d", tail=rb" 20\d\d-\d\d-\d\d\0"),)
    ),
    Library("re2", "", (named(b"re2/dfa.cc\0"),)),
    Library("libyaml", "pyyaml:libyaml", (beside(b"!parser->read_handler", rb"0\.\d\.\d{1,2}"),)),
    Library("utf8proc", "", (beside(b"Memory for processing UTF-8 data could not be", rb"2\.\d{1,2}\.\d{1,2}"),)),
    # Programs that use ICU have its functions with this number in their tables of symbols, but not this text.
    Library(
        "icu",
        "icu-project:international_components_for_unicode",
        (apart(b"icudt", rb"[5-9]\d\.\d", pattern=rb"(?<![ -~])icudt\d\d[lbe]-"),),
    ),
    Library("cmark", "", (beside(b"[cmark] realloc returned null pointer, aborting\n\0", rb"0\.\d{1,2}\.\d{1,2}"),)),
    Library("json-c", "json-c:json-c", (beside(b"json-c aborts with error: %s\n", rb"0\.\d{2}(?:\.\d)?"),)),
    Library("qpdf", "qpdf_project:qpdf", (beside(b"error reading xref: \0", rb"\d{1,2}\.\d{1,2}\.\d{1,2}"),)),
    Library("exiv2", "exiv2:exiv2", (beside(b"/proc/%d/path/a.out\0", rb"0\.\d{2}\.\d{1,2}"),)),
    Library("file", "file_project:file", (beside(b"bad magic in `%s'\0", rb"5\.\d{2}"),)),
    Library("xalan-c", "", (text(b"Using Xalan version \0", rb"Using Xalan version \0<number>\0", 0.9),)),
    Library("raqm", "", (beside(b"raqm.c\0", rb"0\.\d{1,2}\.\d{1,2}"),)),
    Library("libidn2", "gnu:libidn2", (text(b"xn--\0", rb"xn--\0{1,4}(?P<version>2\.\d{1,2}\.\d{1,2})\0", 0.7),)),
)
