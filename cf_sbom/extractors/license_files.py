"""Licence texts that the package brings in info/: the folder licenses/, and LICENSE.txt and the like of old builders.

Knows where builders put them; reads no meaning into them.
"""

from __future__ import annotations

from collections.abc import Iterable

from cf_sbom.carried import Found
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.model import Member, Problem, Text

NAME = "license_files"
_MEDIA_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".rtf": "application/rtf",
}


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    globs = tuple(f"info/{name}{end}" for name in ("LICENSE", "LICENCE", "COPYING", "license") for end in ("", ".*"))
    yield Extractor(
        name=NAME,
        match=Match(globs=("info/licenses/**", *globs)),
        read=read,
        join=join,
        doc="licence texts under info/",
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    found = Found(NAME, member.path)
    suffix = member.path[member.path.rfind(".") :].lower()
    media_type = _MEDIA_TYPES.get(suffix, "text/plain")
    text = found.text(body.getbuffer(), context.limits, media_type=media_type)
    if text.truncated:
        reason = f"a text of {len(body)} bytes; only {context.limits.text_size} are kept (limit text_size)"
        found.problem(reason, "gap")
    yield Note(key=member.path, value=text)
    yield from found.problems


def join(view: View, context: Context) -> Iterable[Finding]:
    texts = [note.value for note in view.notes if isinstance(note.value, Text)]
    yield from texts[: context.limits.texts]
    if len(texts) > context.limits.texts:
        reason = f"{len(texts)} licence texts; only {context.limits.texts} are kept (limit texts)"
        yield Problem(path="info/licenses", reason=reason, by=NAME, severity="gap")
