"""The version that a Perl module states of itself, where it is a plain literal. Nothing is evaluated.

Knows the two ways to state one: an assignment to $VERSION and the package statement (perlfunc, package). Like CPAN's
own tools it takes the first; documentation in between is passed over.
"""

from __future__ import annotations

import re

_ASSIGNMENT = re.compile(
    r"[ \t]{0,20}(?:our[ \t]{1,9})?\$(?:(?P<of>[\w:]{1,200})::)?VERSION[ \t]{0,40}=(?![=~])[ \t]{0,40}(?P<value>[^\n]*)"
)
_LITERAL = re.compile(r"(?P<quote>['\"]?)(?P<version>v?[0-9][0-9._]{0,40})(?P=quote)[ \t]{0,40};")
_STATEMENT = re.compile(
    r"[ \t]{0,20}package[ \t]{1,20}(?P<of>[\w:]{1,200})[ \t]{1,20}(?P<version>v?[0-9][0-9._]{0,40})[ \t]{0,20}[;{]"
)


def module_version(text: str, path: str) -> str:
    """The version that the module at path (`lib/JSON/XS.pm`) states, or ""."""
    in_documentation = False
    for line in text.split("\n"):
        if line.startswith("="):
            in_documentation = not line.startswith("=cut")
        elif line.startswith(("__END__", "__DATA__")):
            break
        elif in_documentation:
            continue
        elif (statement := _STATEMENT.match(line)) and _is_of(statement["of"], path):
            return statement["version"]
        elif (assignment := _ASSIGNMENT.match(line)) and _is_of(assignment["of"] or "", path):
            literal = _LITERAL.match(assignment["value"])
            return literal["version"] if literal else ""
    return ""


def _is_of(module: str, path: str) -> bool:
    """Whether a name with its package is that of the module at path; without one it is of the module around it."""
    return not module or f"/{path}".endswith(f"/{module.replace('::', '/')}.pm")
