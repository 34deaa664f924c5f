"""A block of headers, as core metadata and mails have it -> its fields in their order.

Knows the shape alone: `Name: value`, lines that begin with a blank continue the value, an empty line ends the block.
What follows the block is not looked at.
"""

from __future__ import annotations

import io
import re

from cf_sbom.fields import Remark
from cf_sbom.limits import Limits
from cf_sbom.syntaxes.text import plain_text

_END = re.compile(rb"\n\r?\n|\r\r")
_NAME = re.compile(r"[!-9;-~]*")  # RFC 5322, 2.2: printable ASCII without the colon
# How tools fold: eight blanks, or seven and a bar (core metadata before 2.1); mails need one blank.
_FOLD = re.compile(r" {7}\|| {8}|[ \t]")


def parse_headers(data: bytes | memoryview, limits: Limits, remark: Remark) -> list[tuple[str, str]]:
    """Names in lower case, and values in which a line end stands for each continuation.

    Never raises: what is broken is remarked, and reading ends where a mail reader would take the body to begin. The
    block is cut at limits.embedded_size bytes and limits.dependencies lines.
    """
    fields: list[tuple[str, list[str]]] = []
    for number, ended in enumerate(io.StringIO(_block(data, limits, remark), newline=None), start=1):
        line = ended.removesuffix("\n")
        if not line:
            break
        if number > limits.dependencies:
            remark(f"more than {limits.dependencies} lines of headers; the rest is not read (limit dependencies)")
            break
        if line[0] in " \t":
            if fields:
                fields[-1][1].append(_FOLD.sub("", line, count=1).rstrip())
            else:
                remark(f"line {number}: a continuation of nothing; left out")
            continue
        name, colon, value = line.partition(":")
        if not colon or not _NAME.fullmatch(name):
            remark(f"line {number}: no header; what follows is not read")
            break
        if not name:
            remark(f"line {number}: a header without a name; left out")
        fields.append((name.lower(), [value.strip()]))
    return [(name, "\n".join(lines).strip()) for name, lines in fields if name]


def _block(data: bytes | memoryview, limits: Limits, remark: Remark) -> str:
    end = _END.search(data)
    return plain_text(data[: end.start()] if end else data, limits, remark)
