"""What may be claimed of the completeness of dependencies: only what the payload itself proves.

Knows the list of payload files and which of them are programs; another extractor's weaker claim goes before these. What
binaries depend on is claimed by the enricher `linkage`; how much of the contents is known the attribution of files
tells.
"""

from __future__ import annotations

from collections.abc import Iterable

from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, View, hookimpl
from cf_sbom.model import ROOT, Completeness, Member

_DATA = (".csv", ".json", ".md", ".pem", ".rst", ".txt")


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name="completeness", match=Match(), read=read, join=join, doc="how much of contents and dependencies is known"
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    return ()


def join(view: View, context: Context) -> Iterable[Finding]:
    whole, files = view.artifact.whole, view.files
    unread = "only the metadata was read" if context.options.metadata_only else "not all of the payload could be read"
    code = not whole or any(f.executable or not f.path.lower().endswith(_DATA) for f in files.values())
    if not code:
        why = "depends is complete as declared, and the payload holds no code"
        yield Completeness(ref=ROOT, aspect="dependencies", state="complete", why=why)
    elif not whole:
        yield Completeness(ref=ROOT, aspect="dependencies", state="unknown", why=unread)
    if not whole:
        yield Completeness(ref=ROOT, aspect="contents", state="incomplete", why=unread)
