"""What a list of vendored code names, against the metadata and the modules that lie beside the list.

Knows what such a list is worth. It says what somebody meant to copy: what shows nowhere else is a candidate, never a
fact, and metadata in the same folder goes before the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from cf_sbom.carried import Found
from cf_sbom.distributions.core_metadata import normal_name
from cf_sbom.distributions.lists import Vendored
from cf_sbom.model import Component, Ref, Severity

FOLDERS = ("_vendor", "_vendored", "vendor", "vendored", "extern", "_extern")
VENDOR_LISTS = tuple(f"/{folder}/{name}" for folder in FOLDERS for name in ("vendor.txt", "vendored.txt"))
"""Ends of the paths of lists of vendored code."""

LISTED = 0.6
"""Confidence in what a list of vendored code names and nothing else shows."""

Beside: TypeAlias = Mapping[str, Mapping[Ref, str]]
"""The distributions whose metadata lies in one folder: by normal name, each with its version."""


class Listed(NamedTuple):
    """A distribution that a list names, and its modules beside the list; is_there: one of them or its metadata lies
    there."""

    component: Component
    modules: tuple[str, ...]
    is_there: bool


def listed(
    found: Found, pins: Iterable[Vendored], beside: Beside, say: Callable[[str, Severity], None], within: str = ""
) -> Iterator[Listed]:
    """The pins of one list; within is the place of the list inside the member. One whose metadata beside the list has
    another version is none: that is said."""
    for pin in pins:
        known = beside.get(normal_name(pin.name), {})
        made = _component(found, pin, within, is_there=bool(pin.modules or known))
        versions = sorted(version for version in known.values() if version)
        if versions and made.ref not in known:
            stated = ", ".join(versions[:3])
            say(f"{pin.place}: lists {pin.name} {pin.version}, the metadata beside it says {stated}", "conflict")
        else:
            yield Listed(made, pin.modules, bool(pin.modules or known))


def _component(found: Found, pin: Vendored, within: str, *, is_there: bool) -> Component:
    return found.package(
        "pypi",
        pin.name,
        pin.version,
        field=f"{within} {pin.place}".strip(),
        confidence=1.0 if is_there else LISTED,
        detail="" if is_there else "only listed: no module of this name lies beside the list",
    )
