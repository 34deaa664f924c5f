"""conda-build's rendered meta.yaml and conda_build_config.yaml.

`requirements.build` and `.host` hold whole solved environments as "name version build", without channel or hash;
revisions of git stand as the recipe wrote them.
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

_REVISIONS = ("git_rev", "git_tag", "git_branch", "hg_tag", "svn_rev")
# Keys of conda_build_config.yaml that steer rendering and are no part of the variant.
_NO_VARIANT = frozenset(
    ("extend_keys", "ignore_build_only_deps", "ignore_version", "pin_run_as_build", "zip_keys", "cran_mirror")
)


# A requirement of a recipe before it was rendered: `- libpng 1.6  # [linux]`, in whichever section.
_ITEM = re.compile(r"^[ \t]*-[ \t]+[\"']?([a-z0-9_][a-z0-9_.-]*)", re.MULTILINE | re.IGNORECASE)


def read(tree: Any, limits: Limits, remark: Remark) -> Recipe:
    """The facts of one meta.yaml; what does not fit goes to remark."""
    top = Fields(tree, limits, remark)
    package = top.fields("package")
    requirements = top.fields("requirements")
    return Recipe(
        name=package.text("name"),
        version=package.text("version"),
        sources=tuple(_source(fields) for fields in top.each("source")),
        build=tuple(_packages(requirements, "build")),
        host=tuple(_packages(requirements, "host")),
        exact=top.fields("extra").flag("final") is not False,
    )


def requested(text: str) -> frozenset[str]:
    """All that may be a package that an unrendered recipe asks for: rendered ones hold whole environments."""
    return frozenset(name.lower() for name in _ITEM.findall(text))


def read_variant(tree: Any, limits: Limits, remark: Remark) -> tuple[tuple[str, str], ...]:
    """The variant keys and values of one conda_build_config.yaml."""
    return Fields(tree, limits, remark).pairs(skip=_NO_VARIANT)


def _source(fields: Fields) -> Source:
    git = fields.text("git_url")
    return Source(
        where=fields.where(),
        urls=fields.texts("url") or fields.texts("hg_url") or fields.texts("svn_url"),
        repository="hg_url" in fields or "svn_url" in fields,
        git=git,
        revision=next((text for key in _REVISIONS if (text := fields.text(key))), ""),
        local="path" in fields,
        digests=stated_digests(fields),
        patches=fields.texts("patches"),
        folder=fields.text("folder"),
        file_name=fields.text("fn"),
    )


def _packages(requirements: Fields, key: str) -> Iterator[BuildPackage]:
    for where, text in requirements.numbered_texts(key):
        spec = matchspec.parse(text)
        if spec.name and not spec.virtual:
            yield BuildPackage(
                where=where,
                name=spec.name,
                version=spec.version,
                build=spec.build,
                channel=spec.channel,
                subdir=spec.subdir,
                spec="" if spec.build else text,
            )
