"""Shell completion: what can stand behind an option, and bash as it really splits words.

Knows click's protocol. A completion never fails: where plugins cannot be loaded it offers nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import fields

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class, split_arg_string

from cf_sbom.limits import Limits

Items = list[CompletionItem[str]]


def formats(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """FORMAT and FORMAT@VERSION; behind `=` a file."""
    if "=" in incomplete:
        return files(ctx, param, incomplete)
    from cf_sbom.errors import SbomError
    from cf_sbom.plugins import load

    try:
        emitters = load().emitters
    except SbomError:
        return []
    words = ((word, e.doc) for e in emitters for word in (e.name, *(f"{e.name}@{version}" for version in e.versions)))
    return _beginning(incomplete, words)


def plugins(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Names of entry points and records, all that --disable takes."""
    from cf_sbom.errors import SbomError
    from cf_sbom.plugins import load

    try:
        owners = load().owners
    except SbomError:
        return []
    names: dict[str, str] = {}
    for key, owner in owners.items():
        kind, _, name = key.partition(":")
        names.setdefault(name, f"{kind.lower()} of {owner}")
    return _beginning(incomplete, sorted(names.items()))


def limits(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """NAME= of every limit."""
    return _beginning(incomplete, ((f"{f.name}=", f"{f.metadata['doc']}; {f.default}") for f in fields(Limits)))


def files(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Left to the shell."""
    return [CompletionItem(incomplete, type="file")]


def _beginning(incomplete: str, words: Iterable[tuple[str, str]]) -> Items:
    return [CompletionItem(word, help=help_) for word, help_ in words if word.startswith(incomplete)]


class Bash(BashComplete):
    """Bash also breaks words at `=`, `@` and `:` and replaces only the part behind the last of them ($2), so the words
    are taken from the line itself and each completion is cut at the same place."""

    source_template = """\
%(complete_func)s() {
    local IFS=$'\\n' line type value
    COMPREPLY=()
    for line in $(env COMP_WORDS="${COMP_LINE:0:COMP_POINT}" COMP_CWORD="$2" %(complete_var)s=bash_complete "$1"); do
        IFS=',' read -r type value <<< "$line"
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value"); [[ $value == *= ]] && compopt -o nospace ;;
        esac
    done
    return 0
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

    def get_completion_args(self) -> tuple[list[str], str]:
        line = os.environ["COMP_WORDS"]
        words = split_arg_string(line)
        incomplete = "" if not words or line[-1].isspace() else words.pop()
        return words[1:], incomplete

    def format_completion(self, item: CompletionItem[str]) -> str:
        _, word = self.get_completion_args()
        kept = word.removesuffix(os.environ["COMP_CWORD"])
        if kept.startswith("--"):
            kept = kept.partition("=")[2]  # --option=VALUE: click completes the value alone
        return f"{item.type},{item.value.removeprefix(kept)}"


def install() -> None:
    """Let click use this bash instead of its own."""
    add_completion_class(Bash)
