"""An Sbom on a terminal: a tree of what the package is, is made of, carries and needs.

Knows rich and the model. Everything from a package is escaped first; nothing is cut, long values wrap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TextIO

from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from cf_sbom import properties as names
from cf_sbom.coverage import stated_sizes
from cf_sbom.faces.cli.terminal import console, safe, size
from cf_sbom.merging import grouped
from cf_sbom.model import Component, Evidence, Relation, Sbom
from cf_sbom.placement import Placement, place

_DIM, _STRONG, _WARN = "dim", "bold", "yellow"


def render(sbom: Sbom, output: TextIO, *, color: str, verbose: bool) -> None:
    """Write the inventory to a text stream."""
    console(output, color).print(_tree(sbom, place(sbom), verbose))


def _tree(sbom: Sbom, placement: Placement, verbose: bool) -> Tree:
    root = placement.root
    tree = Tree(_label(f"{root.name} {root.version}", sbom.subject.build, sbom.subject.subdir), guide_style=_DIM)
    _facts(tree, sbom, placement)
    _sources(tree, sbom, placement, verbose)
    listing = _Listing(placement, verbose)
    listing.add_carried(tree, placement.sections["carried"])
    listing.add(tree, "needs", placement.sections["required"], lambda c: _need(placement.incoming[c.ref]))
    _links(tree, sbom, verbose)
    listing.add(tree, "may carry", placement.sections["candidate"], _origin)
    virtual = [value for name, value in root.properties if name == names.VIRTUAL_DEPENDS]
    virtual += [
        f"glibc {value} or later, as its binaries ask" for name, value in root.properties if name == names.GLIBC
    ]
    _lines(tree, "needs of the system", virtual)
    constrained = [spec for r in sbom.relations if r.kind == "constrains" for spec in r.specs]
    _lines(tree, "constrains", constrained + [v for n, v in root.properties if n == names.VIRTUAL_CONSTRAINS])
    _lines(tree, "exports to dependents", [v for n, v in root.properties if n.startswith(names.RUN_EXPORTS)])
    made_with = {r.target for r in sbom.relations if r.kind in ("build_tool", "host")}  # and needed, too, perhaps
    build = [c for c in sbom.components if c.ref in made_with or c in placement.sections["build"]]
    if build and verbose:
        listing.add(tree, "built with", build, _version_of_build)
    elif build:
        host = sum(any(r.kind == "host" for r in placement.incoming.get(c.ref, ())) for c in build)
        tree.add(_pair("built with", f"{_count(len(build) - host, 'tool')}, {_count(host, 'host package')} (-v lists)"))
    _known(tree, sbom)
    return tree


def _facts(tree: Tree, sbom: Sbom, placement: Placement) -> None:
    root, subject = placement.root, sbom.subject
    table = Table.grid(padding=(0, 2))
    rows: list[tuple[str, str]] = [
        ("purl", root.purl),
        ("what", root.description.partition("\n\n")[0]),
        ("kind", root.kind),
    ]
    rows += (("licence", lic.expression) for lic in root.licenses)
    if not root.licenses:
        rows.append(("licence", "not declared"))
    own = (t.path for t in sbom.texts if t.path.startswith("info/") and "#/" not in t.path)  # not what a list holds
    rows += (("licence text", path) for path in own)
    if root.supplier:
        rows.append(("supplier", root.supplier.name))
    if subject.size is not None:
        rows.append(
            (
                "size",
                f"{subject.size:,} bytes, {_count(len(sbom.files), 'file')}"
                if sbom.files
                else f"{subject.size:,} bytes",
            )
        )
    stated = " (as stated beside the package)" if subject.digests_stated else ""
    rows += ((d.algorithm, f"{d.value}{stated}") for d in root.digests if d.algorithm == "sha256")
    rows += ((link.kind, f"{link.url} {link.comment}".strip()) for link in root.links)
    for name, value in rows:
        if value:
            table.add_row(Text(name, style=_DIM), Text(safe(value), overflow="fold"))
    tree.add(table)


def _sources(tree: Tree, sbom: Sbom, placement: Placement, verbose: bool) -> None:
    sources = placement.sections["source"]
    if not sources:
        return
    branch = tree.add(Text("made of", style=_STRONG))
    patches = {patch.ref: patch for patch in sbom.patches}
    for source in sources:
        local = (names.SOURCE_LOCAL, "true") in source.properties
        node = branch.add(
            _label(source.purl or f"{source.name} {source.version}".strip(), "a local folder" if local else "")
        )
        for link in source.links:
            if link.url not in source.purl:
                node.add(Text(safe(link.url), overflow="fold"))
        for digest in source.digests:
            node.add(_pair(digest.algorithm, digest.value))
        for relation in placement.outgoing.get(source.ref, ()):
            patch = patches.get(relation.target)
            if patch is not None:
                node.add(_label("patch " + patch.path.rpartition("/")[2], ", ".join(patch.resolves)))
        if verbose:
            _evidence(node, source)


class _Listing:
    """Components under a heading, each with a remark and, when verbose, its evidence."""

    def __init__(self, placement: Placement, verbose: bool) -> None:
        self._placement = placement
        self._verbose = verbose

    def add(
        self, tree: Tree, heading: str, components: Iterable[Component], remark: Callable[[Component], str]
    ) -> None:
        found = list(components)
        if not found:
            return
        branch = tree.add(_label(heading, f"{len(found)}", strong=True))
        for component in found:
            self._line(branch, component, remark(component))

    def add_carried(self, tree: Tree, components: Iterable[Component]) -> None:
        """What the payload holds, a branch for each ecosystem; what the package itself is upstream says so."""
        by_origin = grouped(components, _origin)
        if not by_origin:
            return
        branch = tree.add(_label("carries", f"{sum(map(len, by_origin.values()))}", strong=True))
        for origin, found in sorted(by_origin.items()):
            inner = branch.add(_label(origin, f"{len(found)}"))
            for component in found:
                relations = self._placement.outgoing.get(component.ref, ())
                itself = any(r.kind == "upstream_of" for r in relations)
                self._line(inner, component, "this package, upstream" if itself else "")

    def _line(self, branch: Tree, component: Component, note: str) -> None:
        scope = self._placement.scopes.get(component.ref, "runtime")
        if scope != "runtime":
            note = f"{note} ({scope})".strip()
        node = branch.add(_label(f"{component.name} {component.version}".strip(), note))
        if self._verbose:
            _evidence(node, component)


def _evidence(node: Tree, component: Component) -> None:
    _told(node, {e for o in component.occurrences for e in o.evidence})


def _told(node: Tree, found: Iterable[Evidence]) -> None:
    for evidence in sorted(found):
        place_ = f"{evidence.path}: {evidence.place}" if evidence.place else evidence.path
        sure = "" if evidence.confidence == 1 else f", confidence {evidence.confidence:g}"
        node.add(Text(safe(f"{place_} ({evidence.technique}{sure})"), style=_DIM, overflow="fold"))


def _links(tree: Tree, sbom: Sbom, verbose: bool) -> None:
    """The libraries that binaries ask the loader for, by who provides them; those of the system are not among them."""
    components = {component.ref: component for component in sbom.components}
    linked = grouped((r for r in sbom.relations if r.kind == "links_to"), lambda relation: relation.target)
    unknown = [value for name, value in sbom.root_component.properties if name == names.LINKED_UNKNOWN]
    if not (linked or unknown):
        return
    branch = tree.add(_label("links to", f"{len(linked) + len(unknown)}", strong=True))
    for ref, relations in linked.items():
        provider = components[ref]
        sonames = [value for name, value in provider.properties if name == names.LINKED] or [provider.name]
        node = branch.add(_label(" ".join(sorted(sonames)), f"of {provider.name}"))
        if verbose:
            _told(node, {evidence for relation in relations for evidence in relation.evidence})
    for library in unknown:
        branch.add(_label(library, "provider unknown"))


def _known(tree: Tree, sbom: Sbom) -> None:
    claims = [c for c in sbom.completeness if c.ref == sbom.root]
    if claims:
        branch = tree.add(Text("how much is known", style=_STRONG))
        if payload := _payload(sbom.root_component):
            branch.add(_pair("payload", payload))
        for claim in claims:
            branch.add(_pair(claim.aspect, f"{claim.state}: {claim.why}" if claim.why else claim.state))
    if sbom.problems:
        branch = tree.add(_label("problems", f"{len(sbom.problems)}", strong=True))
        for problem in sbom.problems:
            branch.add(Text.assemble((f"{problem.severity} ", _WARN), safe(str(problem)), overflow="fold"))


def _payload(root: Component) -> str:
    """To what its bytes are attributed, as far as that is stated."""
    return ", ".join(f"{size(number)} {role}" for role, number in stated_sizes(root).items() if number)


def _lines(tree: Tree, heading: str, values: list[str]) -> None:
    if values:
        branch = tree.add(_label(heading, f"{len(values)}", strong=True))
        for value in sorted(values):
            branch.add(Text(safe(value), overflow="fold"))


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _need(relations: Iterable[Relation]) -> str:
    """The specs of a dependency, or that there are none."""
    declared = [r for r in relations if r.kind == "depends_on"]
    specs = " and ".join(spec.partition(" ")[2] or "any" for r in declared for spec in r.specs)
    return specs if declared else "linked, not declared"


def _origin(component: Component) -> str:
    """The type of the purl; of what has none, its kind."""
    return component.purl.partition("/")[0].removeprefix("pkg:") or component.kind


def _version_of_build(component: Component) -> str:
    return dict(component.properties).get(names.BUILD, "")


def _label(text: str, *notes: str, strong: bool = False) -> Text:
    parts = [(safe(text), _STRONG if strong else "")] + [(f"  {safe(note)}", _DIM) for note in notes if note]
    return Text.assemble(*parts, overflow="fold")


def _pair(name: str, value: str) -> Text:
    return Text.assemble((f"{name}  ", _DIM), safe(value), overflow="fold")
