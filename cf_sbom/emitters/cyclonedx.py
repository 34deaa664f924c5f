"""CycloneDX 1.6 and 1.7, JSON and XML, as one mapping from the model to plain dicts.

Sources: CycloneDX specification 1.6 and 1.7; BSI TR-03183-2 for the `bsi:` properties. Carried components are flat
under metadata.component.components, run dependencies at the top, tools and host packages in formulation.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Any, get_args
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from cf_sbom import properties as names
from cf_sbom.facts import binaries_by_path, file_facts
from cf_sbom.hookspecs import Emitter, hookimpl
from cf_sbom.identity.licenses import is_single
from cf_sbom.model import (
    Algorithm,
    Binary,
    Component,
    ComponentKind,
    Container,
    Digest,
    Evidence,
    File,
    License,
    Link,
    LinkKind,
    Party,
    Patch,
    Ref,
    Sbom,
    Scope,
    Stamp,
    Technique,
    Text,
)
from cf_sbom.placement import Placement, holders, place
from cf_sbom.schemas import license_ids
from cf_sbom.syntaxes import cyclonedx_xml, json, xml
from cf_sbom.syntaxes.trees import lost

Json = dict[str, Any]

TYPES: dict[ComponentKind, str] = {
    "application": "application",
    "data": "data",
    "file": "file",
    "library": "library",
    "source": "library",
}
ALGORITHMS: dict[Algorithm, str] = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha512": "SHA-512"}
REFERENCES: dict[LinkKind, str] = {
    "website": "website",
    "vcs": "vcs",
    "documentation": "documentation",
    "source": "source-distribution",
    "distribution": "distribution",
    "recipe": "build-meta",
    "license": "license",
    "bom": "bom",
}
TECHNIQUES: dict[Technique, str] = {
    "manifest": "manifest-analysis",
    "recipe": "manifest-analysis",
    "binary": "binary-analysis",
    "filename": "filename",
    "hash": "hash-comparison",
    "inferred": "other",
}
SCOPES: dict[Scope, str] = {"runtime": "required", "optional": "optional", "build": "excluded", "test": "excluded"}
LIFECYCLES: dict[Container, str] = {
    "conda": "post-build",
    "tar.bz2": "post-build",
    "folder": "post-build",
    "prefix": "build",
    "environment": "operations",
    "lock": "pre-build",
    "collection": "post-build",
}
_PACKED = frozenset(("conda", "tar.bz2", "folder"))
_EDGES = frozenset(("contains", "depends_on", "links_to", "static_link"))
_FORMULATION = ("conda:build:",)


@hookimpl
def cf_sbom_emitters() -> Iterable[Emitter]:
    yield Emitter(
        name="cyclonedx-json",
        versions=("1.6", "1.7"),
        media_type="application/vnd.cyclonedx+json",
        suffix=".cdx.json",
        emit=lambda sbom, stamp, version: json.write(document(sbom, stamp, version)),
        doc="CycloneDX JSON",
    )
    yield Emitter(
        name="cyclonedx-xml",
        versions=("1.6", "1.7"),
        media_type="application/vnd.cyclonedx+xml",
        suffix=".cdx.xml",
        emit=lambda sbom, stamp, version: cyclonedx_xml.write(document(sbom, stamp, version, syntax="xml")),
        losses=lambda sbom, stamp, version: lost(document(sbom, stamp, version), xml.UNWRITABLE, "cyclonedx-xml"),
        doc="CycloneDX XML",
    )


def document(sbom: Sbom, stamp: Stamp, version: str, syntax: str = "") -> Json:
    """The whole document. The serial number is a UUIDv5 of everything else in it, and of a syntax that is not JSON."""
    writer = _Writer(sbom, stamp, version)
    body: Json = {
        "$schema": f"http://cyclonedx.org/schema/bom-{version}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "serialNumber": "",
        "version": 1,
        "metadata": writer.metadata(),
        "components": writer.required(),
        "dependencies": writer.dependencies(),
        "compositions": writer.compositions(),
        "formulation": writer.formulation(),
    }
    body = {key: value for key, value in body.items() if value != []}
    body["serialNumber"] = f"urn:uuid:{uuid5(NAMESPACE_URL, syntax + json.write(body).decode())}"
    return body


class _Writer:
    """One document in the making."""

    def __init__(self, sbom: Sbom, stamp: Stamp, version: str) -> None:
        self._sbom = sbom
        self._stamp = stamp
        self._version = version
        self._placement: Placement = place(sbom)
        self._texts = {text.path: text for text in sbom.texts}
        self._patches = {patch.ref: patch for patch in sbom.patches}
        self._many = sbom.subject.of_many
        self._build = stamp.build_packages != "none"
        self._by_ref = {component.ref: component for component in sbom.components}
        self._ids = license_ids()

    def metadata(self) -> Json:
        stamp = self._stamp
        phases = [LIFECYCLES[self._sbom.subject.container]]
        if self._sbom.subject.container in _PACKED and any(
            e.technique == "recipe" for c in self._sbom.components for o in c.occurrences for e in o.evidence
        ):
            phases.insert(0, "build")
        root = self._placement.root
        found: Json = {
            "timestamp": stamp.created,
            "lifecycles": [{"phase": phase} for phase in phases],
            "tools": {"components": [{"type": "application", "name": stamp.tool, "version": stamp.tool_version}]},
            "authors": [{"name": a.name, "email": a.email} for a in stamp.authors if a.email],
            "component": self._root(),
            "manufacturer": next((_party(a) for a in stamp.authors if not a.email), None),
            "supplier": _party(root.supplier),
            "properties": self._remarks(),
        }
        return _present(found)

    def required(self) -> list[Json]:
        sections = self._placement.sections
        needed = [
            self._component(
                component,
                scope=SCOPES[self._placement.scopes[component.ref]],
                external=True,
                extra=[*self._extra(component.ref), *([(names.SCOPE, "external")] if self._many else [])],
            )
            for component in sections["required"]
        ]
        # Whether it is there is not known, so neither is whether it is needed.
        maybe = [
            self._component(c, extra=((names.SCOPE, "candidate"), *(self._roles(c.ref) if self._build else ())))
            for c in sections["candidate"]
        ]
        held = self._held({found["bom-ref"]: found for found in (*needed, *maybe)}) if self._many else []
        return sorted(needed + maybe + held, key=lambda found: str(found["bom-ref"]))

    def dependencies(self) -> list[Json]:
        """Edges between what the document lists as components; a leaf has an empty list (BSI TR-03183-2, 5.2.2)."""
        listed = [self._sbom.root, *(c.ref for c in self._placement.inventory)]
        known = frozenset(listed)
        found = []
        for ref in sorted(listed):
            relations = self._placement.outgoing.get(ref, ())
            targets = {r.target for r in relations if r.kind in _EDGES and r.target in known and r.target != ref}
            found.append({"ref": ref, "dependsOn": sorted(targets)})
        return found

    def compositions(self) -> list[Json]:
        """Claims for the root; everything else is a leaf, and of leaves nothing is known."""
        stated = {(c.ref, c.aspect): c.state for c in self._sbom.completeness}
        refs = [self._sbom.root, *sorted(c.ref for c in self._placement.inventory)]
        grouped: dict[tuple[str, str], list[Ref]] = {}
        for ref in refs:
            grouped.setdefault(("dependencies", stated.get((ref, "dependencies"), "unknown")), []).append(ref)
        for ref in refs:
            if (ref, "contents") in stated:
                grouped.setdefault(("assemblies", stated[ref, "contents"]), []).append(ref)
        return [{"aggregate": state, aspect: found} for (aspect, state), found in grouped.items()]

    def formulation(self) -> list[Json]:
        components = []
        for component in self._placement.sections["build"] if self._build else ():
            needs = [spec for r in self._placement.outgoing.get(component.ref, ()) for spec in r.specs]
            extra = [*self._roles(component.ref), *((names.SPEC, spec) for spec in needs)]
            components.append(self._component(component, extra=extra))
        properties = _properties(p for p in self._placement.root.properties if p[0].startswith(_FORMULATION))
        formula = _present({"bom-ref": "formulation", "components": components, "properties": properties})
        return [formula] if len(formula) > 1 else []

    def _extra(self, ref: Ref) -> list[tuple[str, str]]:
        """CycloneDX has one word, excluded, for what only a test and what only a build needs."""
        scope = [(names.SCOPE, "build")] if self._placement.scopes[ref] == "build" else []
        return scope + (self._roles(ref) if self._build else [])

    def _roles(self, ref: Ref) -> list[tuple[str, str]]:
        """What a package was to the build, as properties; a requirement may have been there under the same purl."""
        incoming = self._placement.incoming.get(ref, ())
        kinds = {r.kind for r in incoming if self._many or r.source == self._sbom.root}
        return [(names.ROLE, role) for kind, role in (("build_tool", "build"), ("host", "host")) if kind in kinds]

    def _doubt(self, ref: Ref) -> float:
        """How sure it is that a candidate is there at all; 1 for what is none."""
        relations = self._placement.incoming.get(ref, ())
        if any(r.kind in _EDGES for r in relations):
            return 1.0
        stated = [e.confidence for r in relations if r.kind == "static_candidate" for e in r.evidence]
        return max(stated, default=1.0)

    def _root(self) -> Json:
        root, subject = self._placement.root, self._sbom.subject
        if self._many:
            return self._component(root)
        extra: list[tuple[str, str]] = [
            (names.BSI_FILENAME, subject.filename),
            (names.BSI_EXECUTABLE, "non-executable"),
            (names.BSI_ARCHIVE, "archive"),
            (names.BSI_STRUCTURED, "structured"),
        ]
        listed = {f"file:{file.path}": file for file in self._sbom.files} if self._stamp.list_files else {}
        binaries = binaries_by_path(self._sbom) if listed else {}
        carried = []
        for component in self._placement.sections["carried"]:
            itself = listed.pop(component.ref, None)
            told = file_facts(itself, binaries.get(itself.path, ())) if itself else ()
            scope = SCOPES[self._placement.scopes.get(component.ref, "runtime")]
            carried.append(self._component(component, scope=scope, extra=told))
        carried += (_file(file, binaries.get(file.path, ())) for file in listed.values())
        kept = tuple(p for p in root.properties if not p[0].startswith(_FORMULATION))
        found = self._component(root, properties=kept, extra=[(n, v) for n, v in extra if v], links=self._root_links())
        return _present(found | {"pedigree": self._pedigree(root.ref), "components": carried})

    def _held(self, outside: dict[Ref, Json]) -> list[Json]:
        """What packages of an environment carry stands inside of them: an environment has too much of it to be flat.
        outside is what is needed only, which may hold something, too. Gives what the root holds."""
        inside = holders(self._placement)
        made = outside | {
            c.ref: self._component(
                c, scope=SCOPES[self._placement.scopes.get(c.ref, "runtime")], extra=self._more_holders(c.ref, inside)
            )
            for c in self._placement.sections["carried"]
        }
        outermost = []
        for ref, holder in inside.items():
            if holder == self._sbom.root:
                outermost.append(made[ref])
            else:
                made[holder].setdefault("components", []).append(made[ref])
        return outermost

    def _more_holders(self, ref: Ref, inside: dict[Ref, Ref]) -> list[tuple[str, str]]:
        """A component stands in one place: what else holds it is told by name."""
        relations = self._placement.incoming.get(ref, ())
        sources = {r.source for r in relations if r.kind in ("contains", "static_link")} - {inside[ref], ref}
        return [(names.HELD_BY, source) for source in sources if source in self._by_ref]

    def _root_links(self) -> tuple[Link, ...]:
        """The root's own, its sources' with their hashes, and the artifact's name where its address is not known."""
        root, subject = self._placement.root, self._sbom.subject
        links = set(root.links)
        for source in self._placement.sections["source"]:
            links.update(source.links)
        if subject.filename and not any(link.kind == "distribution" for link in links):
            links.add(Link(kind="distribution", url=quote(subject.filename, safe="/"), digests=root.digests))
        return tuple(sorted(links))

    def _pedigree(self, ref: Ref) -> Json:
        """Consumers read no pedigree, so ancestors stand here without a bom-ref and carried ones are repeated."""
        sources = {r.source for r in self._placement.incoming.get(ref, ()) if r.kind == "upstream_of"}
        sources |= {r.target for r in self._placement.outgoing.get(ref, ()) if r.kind == "built_from"}
        patches = list(self._sbom.patches)
        if self._many:
            outgoing = (r for end in sorted({ref, *sources}) for r in self._placement.outgoing.get(end, ()))
            applied = sorted({r.target for r in outgoing if r.kind == "patched_by"})
            patches = [self._patches[one] for one in applied]
        else:
            sources |= {c.ref for c in self._placement.sections["source"]}
        ancestors = [self._component(self._by_ref[source], with_ref=False) for source in sorted(sources)]
        return _present({"ancestors": ancestors, "patches": [_patch(patch) for patch in patches]})

    def _component(
        self,
        component: Component,
        *,
        scope: str = "",
        external: bool = False,
        with_ref: bool = True,
        properties: tuple[tuple[str, str], ...] | None = None,
        extra: Iterable[tuple[str, str]] = (),
        links: tuple[Link, ...] | None = None,
    ) -> Json:
        stated = component.properties if properties is None else properties
        own = [r for r in self._placement.incoming.get(component.ref, ()) if r.source == self._sbom.root]
        specs = [(names.SPEC, spec) for r in own if r.kind == "depends_on" for spec in r.specs]
        specs += (
            (names.CONSTRAINS, spec)
            for r in self._placement.outgoing.get(component.ref, ())
            if r.kind == "constrains"
            for spec in r.specs
        )
        linked = [(names.LINKED_IN, "true")] if any(r.kind == "static_link" for r in own) else []
        licenses, more, license_evidence = self._licenses(component)
        evidence = _evidence(component, self._doubt(component.ref))
        more += ((names.ALIAS, alias) for alias in component.aliases)
        if evidence and (confidence := evidence["identity"]["confidence"]) < 1:
            more.append((names.CONFIDENCE, f"{confidence:g}"))
        if evidence and self._version != "1.6":  # readers of 1.6 stumble over a list (decision 14)
            evidence["identity"] = [evidence["identity"]]
        found: Json = {
            "type": TYPES[component.kind],
            "bom-ref": component.ref if with_ref else "",
            "supplier": _party(component.supplier),
            "manufacturer": _party(component.manufacturer),
            "name": component.name,
            "version": component.version,
            "description": component.description,
            "scope": scope,
            "hashes": _hashes(component.digests),
            "licenses": licenses,
            "cpe": component.cpes[0] if component.cpes else "",
            "purl": component.purl,
            "isExternal": True if external and self._version != "1.6" else None,
            "externalReferences": [_reference(link) for link in (component.links if links is None else links)],
            "evidence": evidence | ({"licenses": license_evidence} if license_evidence else {}),
            "pedigree": self._pedigree(component.ref) if self._many and with_ref else None,
            "properties": _properties((*stated, *extra, *specs, *linked, *more)),
        }
        return _present(found)

    def _licenses(self, component: Component) -> tuple[list[Json], list[tuple[str, str]], list[Json]]:
        """licenses, properties and evidence.licenses: a single id holds its one text, and a LicenseRef what is known to
        be its own; else texts are evidence by file.

        1.6 admits either one expression or any number of ids and names; what is beyond goes to a property.
        """
        found: list[Json] = []
        more = [(names.LICENSE_FOUND, lic.found) for lic in component.licenses if lic.found]
        texts = [self._texts[path] for lic in component.licenses for path in lic.texts if path in self._texts]
        inline = texts[0] if len(texts) == 1 and len(component.licenses) == 1 else None
        for license_ in component.licenses:
            entry = self._license(license_)
            if self._version == "1.6" and found and ("expression" in entry or "expression" in found[0]):
                more.append((names.LICENSE_FOUND, license_.expression))
                continue
            own = next((t for t in texts if t.path.rpartition("/")[2] == license_.expression), inline)
            if own is not None and "license" in entry:
                entry["license"]["text"] = _attachment(own)
                texts = [text for text in texts if text is not own]
            found.append(entry)
        return found, more, [{"license": {"name": t.path, "text": _attachment(t)}} for t in texts]

    def _license(self, license_: License) -> Json:
        expression = license_.expression
        if expression in self._ids:
            return {"license": {"id": expression, "acknowledgement": license_.role}}
        if is_single(expression) and expression.startswith("LicenseRef-"):
            return {"license": {"name": license_.found or expression, "acknowledgement": license_.role}}
        return {"expression": expression, "acknowledgement": license_.role}

    def _remarks(self) -> list[Json]:
        reasons = [(f"{names.COMPLETENESS}{c.aspect}", c.why) for c in self._sbom.completeness if c.why]
        problems = [(f"{names.PROBLEM}{p.severity}", str(p)) for p in self._sbom.problems]
        left_out = [] if self._build or not self._placement.sections["build"] else [(names.UNLISTED, "build packages")]
        return _properties((*reasons, *problems, *left_out))


def _present(found: Json) -> Json:
    return {key: value for key, value in found.items() if value not in (None, "", [], {})}


def _properties(pairs: Iterable[tuple[str, str]]) -> list[Json]:
    return [{"name": name, "value": value} for name, value in sorted(set(pairs))]


def _hashes(digests: Iterable[Digest]) -> list[Json]:
    order = get_args(Algorithm)
    ranked = sorted(digests, key=lambda d: order.index(d.algorithm))
    return [{"alg": ALGORITHMS[d.algorithm], "content": d.value} for d in ranked]


def _reference(link: Link) -> Json:
    found = {
        "type": REFERENCES[link.kind],
        "url": link.url,
        "comment": link.comment,
        "hashes": _hashes(link.digests),
    }
    return _present(found)


def _party(party: Party | None) -> Json | None:
    if party is None:
        return None
    contact = [{"email": party.email}] if party.email else []
    return _present({"name": party.name, "url": [party.url] if party.url else [], "contact": contact})


def _evidence(component: Component, most: float) -> Json:
    """How the identity is known, with its confidence, which is at most that, and where it was seen."""
    evidence = sorted({e for o in component.occurrences for e in o.evidence})
    if not evidence:
        return {}
    methods = [
        {"technique": TECHNIQUES[e.technique], "confidence": e.confidence, "value": _stated_by(e)} for e in evidence
    ]
    identity = {
        "field": "purl" if component.purl else "name",
        "confidence": min(most, max(e.confidence for e in evidence)),
        "methods": methods,
    }
    places = sorted({o.path for o in component.occurrences})
    return {"identity": identity, "occurrences": [{"location": place} for place in places]}


def _stated_by(evidence: Evidence) -> str:
    place = f"{evidence.path}: {evidence.place}" if evidence.place else evidence.path
    return f"{place} [{evidence.by}]"


def _attachment(text: Text) -> Json:
    """As text where the bytes are UTF-8, else in base64: nothing is lost."""
    try:
        return {"contentType": text.media_type, "content": text.data.decode()}
    except UnicodeDecodeError:
        return {"contentType": text.media_type, "encoding": "base64", "content": b64encode(text.data).decode()}


def _patch(patch: Patch) -> Json:
    diff = {"text": _attachment(patch.text) if patch.text else None, "url": quote(patch.path, safe="/")}
    resolves = [{"type": "security", "id": name} for name in patch.resolves]
    return _present({"type": "unofficial", "diff": _present(diff), "resolves": resolves})


def _file(file: File, binaries: Sequence[Binary]) -> Json:
    found = {
        "type": "file",
        "bom-ref": f"file:{file.path}",
        "name": file.path,
        "hashes": _hashes(file.digests),
        "properties": _properties(file_facts(file, binaries)),
    }
    return _present(found)
