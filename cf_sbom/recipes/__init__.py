"""Rendered recipes of both builders -> one record of facts. Knows recipe formats, nothing of packages or SBOMs."""

from __future__ import annotations

from dataclasses import dataclass

from cf_sbom.model import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source as the recipe states it.

    where is its place, such as `source[0]`; at most one of urls, git and local is given. commit is resolved, revision
    as written; repository says that urls are those of one (hg, svn). file_name and patches are the recipe's own words.
    """

    where: str
    urls: tuple[str, ...] = ()
    git: str = ""
    revision: str = ""
    commit: str = ""
    local: bool = False
    repository: bool = False
    digests: tuple[Digest, ...] = ()
    patches: tuple[str, ...] = ()
    folder: str = ""
    file_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPackage:
    """A package of the build or host environment. version and build are "" where the recipe holds a range only.

    requested: the recipe itself asks for it; None where that is not told. run_exports are pairs of strength and spec,
    as the record of the package states them.
    """

    where: str
    name: str
    version: str = ""
    build: str = ""
    subdir: str = ""
    channel: str = ""
    url: str = ""
    file_name: str = ""
    size: int | None = None
    digests: tuple[Digest, ...] = ()
    license: str = ""
    depends: tuple[str, ...] = ()
    spec: str = ""
    requested: bool | None = None
    run_exports: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a rendered recipe says. tools are (name, version) pairs; exact says that both environments are complete."""

    name: str
    version: str
    sources: tuple[Source, ...]
    build: tuple[BuildPackage, ...]
    host: tuple[BuildPackage, ...]
    variant: tuple[tuple[str, str], ...] = ()
    tools: tuple[tuple[str, str], ...] = ()
    channels: tuple[str, ...] = ()
    build_platform: str = ""
    exact: bool = True
