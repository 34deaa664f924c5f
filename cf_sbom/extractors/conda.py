"""What the package says of itself: index.json, about.json and their neighbours (CEP 31, 34 and 36).

Knows info/ but neither the recipe nor the payload's bytes. Gives the Subject, the root and its builder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from cf_sbom import properties as names
from cf_sbom.carried import Found
from cf_sbom.errors import TargetError
from cf_sbom.fields import Fields
from cf_sbom.hookspecs import Artifact, Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.identity import matchspec
from cf_sbom.identity.digests import stated_digests
from cf_sbom.identity.licenses import normalize
from cf_sbom.identity.purl import CHANNEL, SUBDIR, channel_name, conda_purl
from cf_sbom.identity.urls import clean_url, holds_local_path, holds_secret, withheld
from cf_sbom.model import (
    ROOT,
    Completeness,
    Component,
    ComponentKind,
    Evidence,
    File,
    License,
    Link,
    LinkKind,
    Member,
    Occurrence,
    Relation,
    Subject,
    found_ref,
)
from cf_sbom.parsing import ParseError, parse_json, repeated_names

NAME = "conda"
INDEX, ABOUT = "info/index.json", "info/about.json"
RUN_EXPORTS, LINK, HASH_INPUT = "info/run_exports.json", "info/link.json", "info/hash_input.json"
RECORD, BUILD_TOOL = "info/repodata_record.json", "info/used_build_tool.json"

_LINKS: tuple[tuple[str, LinkKind], ...] = (
    ("home", "website"),
    ("dev_url", "vcs"),
    ("doc_url", "documentation"),
    ("source_url", "source"),
    ("license_url", "license"),
)
_PLATFORMS = {"x86": "32", "x86_64": "64"}
_LAST_SECOND = 253_402_300_799  # 9999-12-31; conda, too, takes a larger number for milliseconds
_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")
_PROGRAM_FOLDERS = ("bin/", "Scripts/", "Library/bin/")
_SIDE_FOLDERS = ("share/", "etc/", "Library/share/", "Library/etc/", "man/", "Menu/")


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(names=(INDEX, ABOUT, RUN_EXPORTS, LINK, HASH_INPUT, RECORD, BUILD_TOOL)),
        read=read,
        join=join,
        doc="the package's own metadata: identity, links, licence, builder",
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    found = Found(NAME, member.path)
    try:
        tree = parse_json(body.getbuffer(), context.limits)
        if member.path == INDEX and not isinstance(tree, dict):
            raise ParseError("not a mapping")
    except ParseError as error:
        if member.path == INDEX:
            raise TargetError(f"not a conda package: {INDEX}: {error}") from None
        found.damage(str(error))
        yield from found.problems
        return
    yield Note(key=member.path, value=tree)
    for name in repeated_names(body.getbuffer(), context.limits):
        found.damage(f"{name[:80]}: stands twice in one object; the last is taken")
        if name == "depends":
            why = "depends could not be read whole"
            yield Completeness(ref=ROOT, aspect="dependencies", state="unknown", why=why)
    yield from found.problems


def join(view: View, context: Context) -> Iterable[Finding]:
    if view.note(INDEX) is None:
        raise TargetError(f"not a conda package: {INDEX} is no file, or too large to be read; build it again")
    package = _Package(view, context)
    yield from package.findings()
    for found in package.found.values():
        yield from found.problems


class _Package:
    """The files of info/ side by side."""

    def __init__(self, view: View, context: Context) -> None:
        self.found: dict[str, Found] = {}
        self._view = view
        self._context = context
        self._index = self._fields(INDEX)
        self._about = self._fields(ABOUT)
        self._record = self._folder_record(view.artifact)

    def findings(self) -> Iterator[Finding]:
        subject = self._subject()
        yield subject
        yield from self._root(subject)
        yield from self._builders()

    def _fields(self, path: str) -> Fields:
        tree = self._view.note(path)
        if path == ABOUT and tree is None and self._view.artifact.container != "prefix":
            self._at(path).problem("missing or unreadable", "gap")
        return Fields(tree, self._context.limits, self._at(path).damage)

    def _at(self, path: str) -> Found:
        return self.found.setdefault(path, Found(NAME, path))

    def _folder_record(self, artifact: Artifact) -> Fields:
        """What an installer wrote beside an extracted package; in an artifact it is out of place (CEP 34)."""
        if artifact.container in ("conda", "tar.bz2") and self._view.note(RECORD) is not None:
            self._at(RECORD).damage("must not stand in a package (CEP 34); ignored")
            return Fields(None, self._context.limits, lambda text: None)
        record = self._fields(RECORD)
        same = all(record.text(k) in ("", self._index.text(k)) for k in ("name", "version", "build"))
        stem = "-".join(self._index.text(k) for k in ("name", "version", "build"))
        if not same or record.text("fn") not in ("", f"{stem}.conda", f"{stem}.tar.bz2"):
            self._at(RECORD).problem("speaks of another package; ignored", "conflict")
            return Fields(None, self._context.limits, lambda text: None)
        return record

    def _subject(self) -> Subject:
        index, artifact = self._index, self._view.artifact
        name, version, build = (withheld(index.text(key)) for key in ("name", "version", "build"))
        if not name:
            raise TargetError(f"not a conda package: {INDEX} has no name")
        if not conda_purl(name):
            self._at(INDEX).damage(f"name: {name[:80]!r} is no name of a conda package (CEP 26); it has no purl")
        for key, value in (("version", version), ("build", build)):
            if not value and artifact.container == "prefix":
                self._at("").problem(f"the builder does not say the {key}, or does not know it yet", "gap")
            elif not value:
                self._at(INDEX).problem(f"{key}: missing", "gap")
        stem = f"{name}-{version}-{build}"
        if artifact.container == "folder":
            filename = self._record.text("fn")
        elif artifact.container == "prefix":  # nothing is packed yet
            filename = ""
        else:
            filename = f"{stem}.{artifact.container}"
            if artifact.filename != filename:
                self._at("").problem(f"the file is called differently from what {INDEX} says: {filename}", "conflict")
            if artifact.stem not in ("", stem):
                reason = (
                    f"the parts of the archive are called differently from what {INDEX} says: {artifact.stem[:200]}"
                )
                self._at("").problem(reason, "conflict")
        stated = stated_digests(self._record)
        return Subject(
            filename=filename,
            container=artifact.container,
            size=artifact.size if artifact.size is not None else self._record.integer("size"),
            digests=artifact.digests or stated,
            digests_stated=artifact.stated or (not artifact.digests and bool(stated)),
            name=name,
            version=version,
            build=build,
            subdir=self._subdir(),
            channel=self._channel(),
            built=self._built(),
        )

    def _built(self) -> int | None:
        """Unix seconds of the build: `timestamp` (milliseconds; seconds before 2017), else the newest time in info/."""
        stamp = self._index.integer("timestamp")
        if stamp is not None and stamp > _LAST_SECOND:
            stamp //= 1000
        if stamp is None or not 0 < stamp <= _LAST_SECOND:
            stamp = self._view.artifact.newest
        return stamp if stamp is not None and 0 < stamp <= _LAST_SECOND else None

    def _subdir(self) -> str:
        index = self._index
        if subdir := index.text("subdir"):
            if SUBDIR.fullmatch(subdir):
                return subdir
            self._at(INDEX).damage("subdir: not the name of a platform; left out")
            return ""
        if "noarch" in index:
            return "noarch"
        platform, arch = index.text("platform"), index.text("arch")
        if platform and arch:  # before `subdir` was written, it followed from these two
            return f"{platform}-{_PLATFORMS.get(arch, arch)}"
        if self._view.artifact.container == "prefix":
            self._at("").problem("the builder does not say the subdir, or does not know it yet", "gap")
        else:
            self._at(INDEX).problem("subdir: missing", "gap")
        return ""

    def _channel(self) -> str:
        channel = self._context.options.channel or self._record.text("channel")
        if "://" not in channel:
            return channel if CHANNEL.fullmatch(channel) else ""
        url, reason = clean_url(channel)
        if reason:
            self._at(RECORD).problem(f"channel: {reason}", "gap")
        return channel_name(url.rstrip("/").removesuffix(f"/{self._subdir()}")) if url else ""

    def _root(self, subject: Subject) -> Iterator[Finding]:
        evidence = [self._evidence(INDEX, "name")]
        if self._view.artifact.container == "prefix":  # nothing of info/ is written yet
            evidence = [self._evidence("environment", "PKG_NAME")]
        if self._view.note(ABOUT) is not None:
            evidence.append(self._evidence(ABOUT, ""))
        paragraphs = [self._about.text(key).strip() for key in ("summary", "description")]
        yield Component(
            ref=ROOT,
            kind=_kind(self._view.files),
            name=subject.name,
            version=subject.version,
            description="\n\n".join(dict.fromkeys(text for text in paragraphs if text)),
            licenses=tuple(self._licenses()),
            links=tuple(self._links(subject)),
            aliases=tuple(self._purls()),
            properties=tuple((name, value) for name, value in self._properties(subject) if value),
            occurrences=tuple(Occurrence(path=e.path, evidence=(e,)) for e in evidence),
        )

    def _licenses(self) -> Iterator[License]:
        path, fields = (INDEX, self._index) if self._index.text("license") else (ABOUT, self._about)
        stated, other = (normalize(f.text("license")) for f in (fields, self._about))
        if stated.reason:
            self._at(path).problem(f"license: {stated.reason}", "gap")
        if stated.expression:
            yield License(expression=stated.expression, found=stated.found)
        if other.expression and other.expression != stated.expression:
            self._at(ABOUT).problem(
                f"license: {other.expression} differs from {stated.expression} of {INDEX}", "conflict"
            )

    def _links(self, subject: Subject) -> Iterator[Link]:
        for key, kind in _LINKS:
            for where, text in self._about.numbered_texts(key):
                if url := self._clean(ABOUT, where, text):
                    yield Link(kind=kind, url=url)
        extra = self._about.fields("extra")
        if (remote := extra.text("remote_url")) and (url := self._clean(ABOUT, "extra.remote_url", remote)):
            sha = extra.text("sha")
            yield Link(kind="recipe", url=url, comment=f"commit {sha}" if _COMMIT.fullmatch(sha) else "")
        stated = self._record.text("url")
        channel = self._context.options.channel
        if not stated and "://" in channel and subject.subdir:
            stated = f"{channel.rstrip('/')}/{subject.subdir}/{subject.filename}"
        if stated and (url := self._clean(RECORD, "url", stated)):
            yield Link(kind="distribution", url=url, digests=subject.digests)

    def _clean(self, path: str, where: str, text: str) -> str:
        url, reason = clean_url(text)
        if reason:
            self._at(path).problem(f"{where}: {reason}", "gap")
        if holds_secret(text):
            self._at(path).damage(f"{where}: a credential stands in the address; withheld")
        return url

    def _purls(self) -> Iterator[str]:
        """Upstream identities by the draft CEPs of conda/ceps#63 and #114, where a package has them already."""
        for fields in (self._index, self._about, self._about.fields("extra")):
            if fields.is_list("purls"):
                yield from (
                    purl for purl in fields.texts("purls") if re.fullmatch(r"pkg:[a-z0-9.+-]+/[^\s]{1,500}", purl)
                )

    def _properties(self, subject: Subject) -> Iterator[tuple[str, str]]:
        index, extra = self._index, self._about.fields("extra")
        number = index.integer("build_number")
        yield names.BUILD, subject.build
        yield names.BUILD_NUMBER, "" if number is None else str(number)
        yield names.SUBDIR, subject.subdir
        yield names.CHANNEL, subject.channel
        yield names.FILENAME, subject.filename
        yield names.SIZE, "" if subject.size is None else str(subject.size)
        yield names.DIGESTS_STATED, "true" if subject.digests_stated else ""
        if index.is_flag("noarch"):  # as it was written before there were kinds
            yield names.NOARCH, "generic" if index.flag("noarch") else ""
        else:
            yield names.NOARCH, index.text("noarch")
        for feature in index.texts("track_features"):
            yield names.TRACK_FEATURES, feature
        # The extractor `dependencies` tells what is wrong with these lists.
        index = Fields(self._view.note(INDEX), self._context.limits, lambda text: None)
        extras = index.fields("extra_depends")
        needed = (*index.texts("depends"), *(spec for extra in extras.names() for spec in extras.texts(extra)))
        for name, specs in ((names.VIRTUAL_DEPENDS, needed), (names.VIRTUAL_CONSTRAINS, index.texts("constrains"))):
            yield from ((name, spec) for spec in specs if matchspec.parse(spec).virtual)
        yield from self._run_exports()
        link = self._fields(LINK).fields("noarch")
        for command in link.texts("entry_points"):
            yield names.ENTRY_POINT, command
        sha = extra.text("sha")
        yield names.RECIPE_COMMIT, sha if _COMMIT.fullmatch(sha) else ""
        yield names.FLOW_RUN, extra.text("flow_run_id")
        parent = extra.fields("parent_recipe")
        yield names.RECIPE_PARENT, f"{parent.text('name')} {parent.text('version')}".strip()
        for key, value in self._fields(HASH_INPUT).pairs():
            # A variant names places of the builder (a compiler's sysroot) as a matter of course: no problem to tell.
            yield names.VARIANT + key, "" if holds_local_path(value) else value
        for channel in self._about.texts("channels"):
            yield names.BUILD_CHANNEL, _clean_channel(channel)

    def _run_exports(self) -> Iterator[tuple[str, str]]:
        tree = self._view.note(RUN_EXPORTS)
        if isinstance(tree, list):  # a plain list means weak (CEP 34)
            tree = {"weak": tree}
        fields = Fields(tree, self._context.limits, self._at(RUN_EXPORTS).damage)
        for strength in ("weak", "strong", "noarch", "weak_constrains", "strong_constrains"):
            for spec in fields.texts(strength):
                yield names.RUN_EXPORTS + strength, spec

    def _builders(self) -> Iterator[Finding]:
        """The builder and its version, as the package states them; no purl, since how it was installed is not known."""
        tool = self._fields(BUILD_TOOL)
        stated = (
            (BUILD_TOOL, "version", withheld(tool.text("name")), tool.text("version")),
            (ABOUT, "conda_build_version", "conda-build", self._about.text("conda_build_version")),
            (ABOUT, "conda_version", "conda", self._about.text("conda_version")),
        )
        for path, field, name, version in stated:
            if name and version:
                evidence = self._evidence(path, field)
                ref = found_ref("info", "builder", name)
                occurrences = (Occurrence(path=path, evidence=(evidence,)),)
                yield Component(ref=ref, kind="application", name=name, version=version, occurrences=occurrences)
                yield Relation(source=ROOT, kind="build_tool", target=ref, scope="build", evidence=(evidence,))

    def _evidence(self, path: str, field: str) -> Evidence:
        return Evidence(path=path, field=field, by=NAME)


def _kind(files: Mapping[str, File]) -> ComponentKind:
    """An application holds programs and what lies beside them; anything else is a library."""
    paths = list(files)
    programs = [p for p in paths if p.startswith(_PROGRAM_FOLDERS)]
    others = [p for p in paths if not p.startswith(_PROGRAM_FOLDERS + _SIDE_FOLDERS)]
    libraries = [p for p in programs if p.lower().endswith((".dll", ".dylib", ".a", ".lib"))]
    return "application" if programs and not others and not libraries else "library"


def _clean_channel(channel: str) -> str:
    """A channel's name, or its address without what is private; "" for one on the builder's machine."""
    if CHANNEL.fullmatch(channel) and "/" not in channel:
        return channel
    if "://" in channel:
        return clean_url(channel).url.rstrip("/")
    return clean_url(f"https://{channel}").url.removeprefix("https://").rstrip("/") if channel[:1].isalnum() else ""
