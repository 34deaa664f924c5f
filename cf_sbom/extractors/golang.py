"""Go modules compiled into programs and libraries, from the build information that Go's linker writes.

Knows what a module line means for identity: what replaces what, which versions are none, what the toolchain says of the
standard library. Knows nothing of where in a file the build information stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cf_sbom.binaries.go_buildinfo import BuildInfo, Module, is_go, read_build_info
from cf_sbom.binaries.images import MAGICS, opened
from cf_sbom.carried import Found
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, hookimpl
from cf_sbom.identity.packages import module_purl
from cf_sbom.limits import GIB
from cf_sbom.model import Component, ComponentKind, Member, Ownership, Relation
from cf_sbom.parsing import ParseError
from cf_sbom.properties import GO_REPLACES, GO_SUM, PACKAGE_SOURCE

NAME = "golang"
_PLACE = ".go.buildinfo"
_DEVEL = "(devel)"
_RELEASE = re.compile(r"go(\d+(?:\.\d+)*(?:(?:alpha|beta|rc)\d+)?)(?![.\w])(?!-devel)")
_VERSION = re.compile(r"[A-Za-z0-9._+~!-]{1,256}")
_SUM = re.compile(r"h1:[A-Za-z0-9+/]{43}=")
_LOCAL = re.compile(r"\.{0,2}[/\\]|\.{1,2}$|[A-Za-z]:[/\\]")
_LIBRARIES = frozenset(("c-archive", "c-shared", "plugin", "shared"))


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(magics=MAGICS),
        read=read,
        body_limit=2 * GIB,
        doc="Go modules and the standard library out of build information",
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    found = Found(NAME, member.path)
    images = body.shared(opened).images  # what is broken in the file itself is told by the extractor `linkage`
    for image in images:
        # Of a file for several machines each part has its own list of modules.
        place = f"{image.machine} {_PLACE}" if len(images) > 1 else _PLACE
        try:
            info = read_build_info(image, context.limits, found.damage)
        except ParseError as error:
            found.damage(f"Go modules are not known: {error}")
            continue
        if info is not None:
            yield from _Program(found, place, info).findings()
        elif is_go(image):
            found.problem("a Go program without readable build information; the modules in it are not known", "gap")
    yield from found.problems


class _Program:
    """One list of modules and what was found of them."""

    def __init__(self, found: Found, place: str, info: BuildInfo) -> None:
        self._found = found
        self._place = place
        self._info = info

    def findings(self) -> Iterable[Finding]:
        main = self._main()
        parts = [(f"{self._place} go", self._standard_library())]
        for number, module in enumerate(self._info.dependencies):
            field = f"{self._place} dep[{number}]"
            if (component := self._module(module, field)) is not None:
                parts.append((field, component))
        if main is not None:
            yield main
            yield Ownership(path=self._found.path, ref=main.ref)
        for field, component in parts:
            yield component
            if main is not None and component.ref != main.ref:
                yield Relation(
                    source=main.ref, kind="depends_on", target=component.ref, evidence=self._found.evidence(field)
                )

    def _standard_library(self) -> Component:
        toolchain = self._info.toolchain
        release = _RELEASE.match(toolchain)
        if release is None:
            self._found.problem(
                "built by a development version of Go; the version of its standard library is not known", "gap"
            )
        version = release[1] if release else ""
        told = toolchain.isprintable() and toolchain != f"go{version}"
        detail = f"toolchain {toolchain}" if told else ""
        return self._found.package("golang", "stdlib", version, field=f"{self._place} go", detail=detail)

    def _main(self) -> Component | None:
        info, module = self._info, self._info.main
        if module is None:
            if info.dependencies:
                reason = "a Go program built from single files: its own code belongs to no module"
            else:
                reason = "a Go program that names no modules: it was built without them, or of single files alone"
            self._found.problem(reason, "gap")
            return None
        detail = ""
        revision = info.setting("vcs.revision")
        if module.version in ("", _DEVEL) and module.replacement is None:
            if _VERSION.fullmatch(revision):
                detail = "the version is vcs.revision"
                module = Module(path=module.path, version=revision)
            else:
                reason = "the main module has no version: it was built without one, and no vcs.revision was recorded"
                self._found.problem(reason, "gap")
        if info.setting("vcs.modified") == "true":
            detail = f"{detail}; vcs.modified=true" if detail else "vcs.modified=true"
        kind: ComponentKind = "library" if info.setting("-buildmode") in _LIBRARIES else "application"
        return self._module(module, f"{self._place} mod", kind, detail, is_main=True)

    def _module(
        self, module: Module, field: str, kind: ComponentKind = "library", detail: str = "", is_main: bool = False
    ) -> Component | None:
        """The module that was built in. A folder in its place has its name, but no version that anybody could look
        up."""
        actual = module.replacement or module
        properties = []
        if module.replacement is not None:
            properties.append((GO_REPLACES, f"{module.path}@{module.version}" if module.version else module.path))
        path, version, checksum = actual.path, actual.version, actual.sum
        if version in ("", _DEVEL) or _LOCAL.match(path):
            path, version, checksum = module.path, "", ""
            if not is_main:
                properties.append((PACKAGE_SOURCE, "folder"))
        if not module_purl(path):
            self._found.damage(f"{field}: not the path of a Go module")
            return None
        if version and not _VERSION.fullmatch(version):
            self._found.damage(f"{field}: not a version")
            version = ""
        if _SUM.fullmatch(checksum):
            properties.append((GO_SUM, checksum))
        elif checksum:
            self._found.damage(f"{field}: not an h1 sum")
        namespace, _, name = path.rpartition("/")
        return self._found.package(
            "golang",
            name,
            version,
            namespace=namespace,
            field=field,
            detail=detail,
            properties=properties,
            type_=kind,
        )
