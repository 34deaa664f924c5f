"""How the package was made, from the rendered recipe of either builder: sources, patches, build and host packages.

Knows info/recipe/ and info/git. Files of the recipe folder are never payload; only what the recipe says was used is
stated, and patches it does not list were not applied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from cf_sbom import properties as names
from cf_sbom.carried import Found
from cf_sbom.fields import Fields
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.identity.licenses import normalize
from cf_sbom.identity.matchspec import parse as parse_spec
from cf_sbom.identity.purl import archive_type, conda_purl
from cf_sbom.identity.upstream import commit_purl, release
from cf_sbom.identity.urls import clean_url, file_name, holds_local_path, holds_secret, withheld
from cf_sbom.model import (
    ROOT,
    Component,
    Evidence,
    License,
    Link,
    Member,
    Occurrence,
    Patch,
    Ref,
    Relation,
    RelationKind,
    Text,
    found_ref,
)
from cf_sbom.parsing import ParseError, parse_json, parse_yaml
from cf_sbom.paths import unsafe
from cf_sbom.recipes import BuildPackage, Recipe, Source, meta_yaml, rendered_recipe

NAME = "recipe"
META, RENDERED = "info/recipe/meta.yaml", "info/recipe/rendered_recipe.yaml"
CONFIG, GIT = "info/recipe/conda_build_config.yaml", "info/git"
# As they were before conda-build rendered them; of an output, the recipe of all.
UNRENDERED = (META + ".template", "info/recipe/parent/meta.yaml")
INDEX, ABOUT = "info/index.json", "info/about.json"
_FOLDERS = ("info/recipe/", "info/recipe/parent/")
_PATCH_START = re.compile(rb"(?:From |Index: |diff |--- |\*\*\* |# HG changeset patch|commit )")
_PATCH_BODY = re.compile(r"^(?:diff |Index: |--- |\*\*\* )", re.MULTILINE)
_RESOLVES = re.compile(
    r"CVE-\d{4}-\d{4,19}|GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}|GHSA(?:-[0-9a-z]{4}){3}", re.IGNORECASE
)
_GIT_COMMIT = re.compile(r"^commit ([0-9a-f]{40}|[0-9a-f]{64})$", re.MULTILINE)


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(names=(INDEX, ABOUT, GIT), globs=("info/recipe/**",)),
        read=read,
        join=join,
        doc="sources, patches, build and host packages and the variant of rendered recipes",
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    found, limits = Found(NAME, member.path), context.limits
    if member.path in (META, RENDERED, CONFIG):
        try:
            tree, remarks = parse_yaml(body.getbuffer(), limits)
        except ParseError as error:
            found.damage(str(error))
        else:
            yield Note(key=member.path, value=tree)
            for remark in remarks:
                found.problem(remark, "gap")
    elif member.path in UNRENDERED:
        yield Note(key=member.path, value=str(body.getbuffer()[: limits.yaml_size], "utf-8", "replace"))
    elif member.path in (INDEX, ABOUT):
        with suppress(ParseError):  # the extractor of these files says what is wrong with them
            tree = parse_json(body.getbuffer(), limits)
            if isinstance(tree, dict):
                yield Note(key=member.path, value={key: tree.get(key) for key in ("name", "version", "extra")})
    elif member.path == GIT:
        yield Note(key=GIT, value=str(body.getbuffer()[: limits.field_length], "utf-8", "replace"))
    elif member.path.endswith((".patch", ".diff")) or _PATCH_START.match(member.head):
        yield Note(key=member.path, value=found.text(body.getbuffer(), limits, media_type="text/x-diff"))
    yield from found.problems


def join(view: View, context: Context) -> Iterable[Finding]:
    limits = context.limits
    rendered, meta = view.note(RENDERED), view.note(META)
    if rendered is not None:
        found = Found(NAME, RENDERED)
        recipe = rendered_recipe.read(rendered, limits, found.damage)
    elif meta is not None:
        found = Found(NAME, META)
        recipe = meta_yaml.read(meta, limits, found.damage)
        recipe = _with_requests(recipe, view)
    else:
        found = Found(NAME, "info/recipe")
        found.problem("no rendered recipe: sources, patches and build packages are not known", "gap")
        yield from found.problems
        return
    variant, config = recipe.variant, Found(NAME, CONFIG)
    if rendered is None and view.note(CONFIG) is not None:
        variant = meta_yaml.read_variant(view.note(CONFIG), limits, config.damage)
    made = _Made(found, recipe, view, context)
    yield made.root(variant)
    yield from made.sources()
    yield from made.environment(recipe.build, "build_tool")
    yield from made.environment(recipe.host, "host")
    yield from made.tools()
    yield from found.problems
    yield from config.problems


def _with_requests(recipe: Recipe, view: View) -> Recipe:
    """conda-build's host environment with what the recipe itself asks for told apart, where its unrendered form is
    there."""
    texts = [note.value for note in view.notes if note.key in UNRENDERED and isinstance(note.value, str)]
    if not texts:
        return recipe
    names = frozenset(name for text in texts for name in meta_yaml.requested(text))
    return replace(recipe, host=tuple(replace(p, requested=p.name in names) for p in recipe.host))


class _Made:
    """One recipe on its way to findings."""

    def __init__(self, found: Found, recipe: Recipe, view: View, context: Context) -> None:
        self._found = found
        self._path = found.path
        self._recipe = recipe
        self._texts = {note.key: note.value for note in view.notes if isinstance(note.value, Text)}
        git = view.note(GIT)
        commit = _GIT_COMMIT.search(git) if isinstance(git, str) else None
        self._git_commit = commit[1] if commit else ""
        self._style = context.options.purl_style
        index, about = (Fields(view.note(path), context.limits, lambda text: None) for path in (INDEX, ABOUT))
        self._package = (index.text("name"), index.text("version"))
        extra = about.fields("extra")
        parent, feedstock = extra.fields("parent_recipe"), extra.text("feedstock-name").removesuffix("-feedstock")
        # By any of these names and versions upstream may call its files.
        self._known_names = _unique(self._package[0], recipe.name, parent.text("name"), feedstock)
        self._known_versions = _unique(self._package[1], recipe.version, parent.text("version"))

    def root(self, variant: Iterable[tuple[str, str]]) -> Finding:
        # A variant names places of the builder (a compiler's sysroot) as a matter of course: no problem to tell.
        stated = [(names.VARIANT + key, value) for key, value in variant if value and not holds_local_path(value)]
        if self._recipe.build_platform:
            stated.append((names.BUILD_PLATFORM, self._recipe.build_platform))
        stated += ((names.BUILD_CHANNEL, url) for c in self._recipe.channels if (url := clean_url(c).url.rstrip("/")))
        return Component(ref=ROOT, kind="library", name=self._package[0], properties=tuple(stated))

    def sources(self) -> Iterator[Finding]:
        for source in self._recipe.sources:
            if not (source.urls or source.git or source.local):
                self._found.problem(f"{source.where}: a source without an address", "gap")
                continue
            component = self._source(source)
            yield component
            yield Relation(
                source=ROOT,
                kind="built_from",
                target=component.ref,
                scope="build",
                evidence=self._evidence(source.where),
            )
            for patch in source.patches:
                yield from self._patch(patch, component.ref, source.where)

    def _source(self, source: Source) -> Component:
        links, urls = self._addresses(source)
        found: list[tuple[str, str]] = []
        if source.folder:
            found.append((names.SOURCE_FOLDER, source.folder))
        if source.local or (source.git and _is_local(source.git)):
            purl, (name, version) = "", self._package
            found.append((names.SOURCE_LOCAL, "true"))
            if source.revision:
                found.append((names.SOURCE_REVISION, source.revision))
            ref = found_ref(self._path, "source", source.where)
        elif source.git and links:
            commit = source.commit or self._resolved(source)
            purl = commit_purl(links[0].url, commit)
            name, version = file_name(links[0].url).removesuffix(".git") or self._package[0], commit
            if source.revision and source.revision != commit:
                found.append((names.SOURCE_REVISION, source.revision))
            ref = found_ref(self._path, "source", f"{links[0].url}@{commit or source.where}")
        else:
            sha256 = next((d.value for d in source.digests if d.algorithm == "sha256"), "")
            purl, name, version = release(urls, self._known_names, self._known_versions, sha256)
            name = name or (file_name(urls[0]) if urls else "") or self._package[0]
            if source.repository and source.revision:
                found.append((names.SOURCE_REVISION, source.revision))
            ref = found_ref(self._path, "source", urls[0] if urls else source.where)
        return Component(
            ref=Ref(purl) if purl else ref,
            kind="source",
            name=name,
            version=version,
            purl=purl,
            digests=source.digests,
            links=links,
            properties=tuple(found),
            occurrences=(Occurrence(path=self._path, evidence=self._evidence(source.where)),),
        )

    def _addresses(self, source: Source) -> tuple[tuple[Link, ...], tuple[str, ...]]:
        links = []
        repository = bool(source.git) or source.repository
        for written in (source.git,) if source.git else source.urls:
            url, reason = clean_url(written)
            self._check_secret(source.where, written)
            if url and repository:
                links.append(Link(kind="vcs", url=url))
            elif url:
                links.append(Link(kind="source", url=url, digests=source.digests))
            else:
                self._found.problem(f"{source.where}: {reason}", "gap")
        return tuple(links), tuple(link.url for link in links)

    def _check_secret(self, where: str, url: str) -> None:
        if holds_secret(url):
            self._found.damage(f"{where}: a credential stands in the address; withheld")

    def _resolved(self, source: Source) -> str:
        """A full commit as written, or the one that conda-build noted of its work folder when there was one source."""
        if re.fullmatch(r"[0-9a-f]{40}", source.revision):
            return source.revision
        return self._git_commit if len(self._recipe.sources) == 1 else ""

    def _patch(self, written: str, source: Ref, where: str) -> Iterator[Finding]:
        relative = written.replace("\\", "/").removeprefix("./")
        if unsafe(relative):
            relative = relative.rpartition("/")[2]
        path = next((p for folder in _FOLDERS if (p := folder + relative) in self._texts), "")
        text = self._texts.get(path)
        if text is None:
            path = _FOLDERS[0] + relative
            self._found.problem(
                f"{where}: the package does not hold the patch {relative.rpartition('/')[2][:80]!r}", "gap"
            )
        elif text.truncated:
            self._found.problem(f"{where}: the patch {relative[:80]!r} is too large; cut (limit text_size)", "gap")
        yield Patch(path=path, text=text, resolves=_resolves(relative, text))
        yield Relation(
            source=source, kind="patched_by", target=Ref(f"file:{path}"), scope="build", evidence=self._evidence(where)
        )

    def environment(self, packages: Iterable[BuildPackage], kind: RelationKind) -> Iterator[Finding]:
        """A solved environment. It holds one package a name, so a requirement between two of them is certain."""
        refs: dict[str, Ref] = {}
        ordered = list(packages)
        for package in ordered:
            component = self._build_package(package)
            refs[package.name.lower()] = component.ref
            yield component
            specs = (package.spec,) if package.spec else ()
            evidence = self._evidence(package.where)
            yield Relation(source=ROOT, kind=kind, target=component.ref, scope="build", specs=specs, evidence=evidence)
        for package in ordered:
            for spec in package.depends:
                target = refs.get(parse_spec(spec).name)
                if target is not None and target != refs[package.name.lower()]:
                    yield Relation(
                        source=refs[package.name.lower()],
                        kind="depends_on",
                        target=target,
                        scope="build",
                        specs=(spec,),
                        evidence=self._evidence(f"{package.where}.depends"),
                    )

    def _build_package(self, package: BuildPackage) -> Component:
        channel = package.channel if "://" not in package.channel else clean_url(package.channel).url.rstrip("/")
        url = clean_url(package.url).url if package.url else ""
        self._check_secret(f"{package.where}.url", package.url)
        purl = conda_purl(
            package.name,
            package.version,
            package.build,
            subdir=package.subdir,
            channel=channel,
            archive=archive_type(package.file_name),
            style=self._style,
        )
        license_ = normalize(package.license)
        stated: list[tuple[str, str]] = [
            (names.BUILD, package.build),
            (names.SUBDIR, package.subdir),
            (names.CHANNEL, channel),
            (names.FILENAME, package.file_name),
            (names.SIZE, "" if package.size is None else str(package.size)),
            (names.REQUESTED, "true" if package.requested else ""),
            *((names.RUN_EXPORTS + strength, spec) for strength, spec in package.run_exports),
        ]
        return Component(
            ref=Ref(purl) if purl else found_ref(self._path, "package", withheld(package.name)),
            kind="library",
            name=package.name,
            version=package.version,
            purl=purl,
            digests=package.digests,
            licenses=(License(expression=license_.expression, found=license_.found),) if license_.expression else (),
            links=(Link(kind="distribution", url=url, digests=package.digests),) if url else (),
            properties=tuple((name, value) for name, value in stated if value),
            occurrences=(Occurrence(path=self._path, evidence=self._evidence(package.where)),),
        )

    def tools(self) -> Iterator[Finding]:
        """The builder and what it used of the system; no purl, since how they were installed is not known."""
        for written, version in self._recipe.tools:
            name = withheld(written)
            evidence = self._evidence(f"system_tools.{name}")
            ref = found_ref("info", "builder", name)
            yield Component(
                ref=ref,
                kind="application",
                name=name,
                version=version,
                occurrences=(Occurrence(path=self._path, evidence=evidence),),
            )
            yield Relation(source=ROOT, kind="build_tool", target=ref, scope="build", evidence=evidence)

    def _evidence(self, field: str) -> tuple[Evidence, ...]:
        return (Evidence(path=self._path, field=field, technique="recipe", by=NAME),)


def _is_local(git: str) -> bool:
    """Whether git would read this from the builder's disk, not from another host."""
    return git.lower().startswith("file:") or ("://" not in git and "@" not in git)


def _unique(*values: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _resolves(name: str, text: Text | None) -> tuple[str, ...]:
    """Vulnerability ids in a patch's name or in what stands before its first hunk."""
    data = text.data.decode("utf-8", "replace") if text else ""
    body = _PATCH_BODY.search(data)
    header = data[: body.start()] if body else data if text is None else data[:4096]
    return tuple(sorted({_canonical_id(found) for found in _RESOLVES.findall(f"{name}\n{header}")}))


def _canonical_id(found: str) -> str:
    return found.upper() if found[:3].upper() == "CVE" else f"GHSA{found[4:].lower()}"
