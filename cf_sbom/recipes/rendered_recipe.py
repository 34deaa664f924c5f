"""rattler-build's rendered_recipe.yaml (CEP 40), older and newer shapes.

Both environments stand there as whole repodata records; sources are resolved. Local folders of the builder stand there
too and are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cf_sbom.fields import Fields, Remark
from cf_sbom.identity import matchspec
from cf_sbom.identity.digests import stated_digests
from cf_sbom.limits import Limits
from cf_sbom.recipes import BuildPackage, Recipe, Source

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def read(tree: Any, limits: Limits, remark: Remark) -> Recipe:
    """The facts of one rendered_recipe.yaml; what does not fit goes to remark."""
    top = Fields(tree, limits, remark)
    configuration = top.fields("build_configuration")
    dependencies = top.fields("finalized_dependencies")
    package = top.fields("recipe").fields("package")
    key = "build_platform"  # a plain string in rattler-build 0.18, a mapping since
    nested = configuration.is_mapping(key)
    return Recipe(
        name=package.text("name"),
        version=package.text("version"),
        sources=tuple(_sources(top)),
        build=tuple(_packages(dependencies, "build")),
        host=tuple(_packages(dependencies, "host")),
        variant=configuration.fields("variant").pairs(),
        tools=top.fields("system_tools").pairs(),
        channels=configuration.texts("channels"),
        build_platform=configuration.fields(key).text("platform") if nested else configuration.text(key),
    )


def _sources(top: Fields) -> Iterator[Source]:
    """finalized_sources; where a builder left it out, the recipe's own section."""
    if "finalized_sources" in top:
        for fields in top.each("finalized_sources"):
            yield _source(fields)
    else:
        for fields in top.fields("recipe").each("source"):
            yield _source(fields)


def _source(fields: Fields) -> Source:
    git = fields.text("git")
    urls = fields.texts("url")
    revision = fields.text("rev")
    return Source(
        where=fields.where(),
        urls=urls,
        git=git,
        revision=fields.text("tag") or fields.text("branch") or revision,
        commit=revision if _COMMIT.fullmatch(revision) else "",
        local="path" in fields,
        digests=stated_digests(fields),
        patches=fields.texts("patches"),
        folder=fields.text("target_directory") or fields.text("folder"),
        file_name=fields.text("file_name"),
    )


def _packages(dependencies: Fields, key: str) -> Iterator[BuildPackage]:
    environment = dependencies.fields(key)
    requested = set(_requested(environment)) if environment.is_list("specs") else None
    for fields in environment.each("resolved"):
        name = fields.text("name")
        if name and not name.startswith("__"):
            yield BuildPackage(
                where=fields.where(),
                name=name,
                version=fields.text("version"),
                build=fields.text("build"),
                subdir=fields.text("subdir"),
                channel=fields.text("channel"),
                url=fields.text("url"),
                file_name=fields.text("fn"),
                size=fields.integer("size"),
                digests=stated_digests(fields),
                license=fields.text("license"),
                depends=tuple(s for s in fields.texts("depends") if not matchspec.parse(s).virtual),
                requested=None if requested is None else name in requested,
                run_exports=tuple(_run_exports(fields.fields("run_exports"))),
            )


def _requested(environment: Fields) -> Iterator[str]:
    """The names that the recipe asks for, in the words of rattler-build: as written, from a variant, or pinned; what
    run_exports of the build environment add is none."""
    for fields in environment.each("specs"):
        if "run_export" not in fields:
            keys = ("source", "variant", "pin_subpackage", "pin_compatible")
            yield from (matchspec.parse(fields.text(key)).name for key in keys if key in fields)


def _run_exports(fields: Fields) -> Iterator[tuple[str, str]]:
    for strength in ("weak", "strong", "noarch"):
        yield from ((strength, spec) for spec in fields.texts(strength))
