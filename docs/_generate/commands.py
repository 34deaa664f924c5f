"""The page of the command line, out of click's own objects: what is printed by --help, and the environment's names."""

from __future__ import annotations

import inspect
import re
from importlib import import_module

import click

from cf_sbom.about import NAME
from cf_sbom.faces.cli import COMMANDS, STATUSES, cli
from cf_sbom.plugins import load
from docs._generate.markdown import code, prose, table


def page() -> str:
    """Every command with its arguments and options, the formats, and the exit statuses."""
    context = click.Context(cli, info_name=NAME)
    commands = "\n\n".join(_section(name, context) for name in cli.list_commands(context))
    listing = table(("command", "what it does"), ((f"[`{name}`](#{name})", text) for name, text in COMMANDS.items()))
    return f"""# The command line

{_text(cli.help)} With conda, `conda sbom` takes the same words.

{listing}

Before or behind each command:

{_options(cli, context)}

Each command has `--help`. Most options can be set in the environment, and many in a file: [settings](settings.md).

## Formats

`-o` takes `FORMAT[@VERSION][=PATH]`; the first version is the default.
[What each can carry](../explanation/formats.md).

{_formats()}

## Exit status

{table(("status", "meaning"), ((str(number), prose(text)) for number, text in STATUSES.items()))}

What a command says of its own status below is true besides.

{commands}
"""


def command(name: str) -> click.Command:
    """The object of a command."""
    found: click.Command = import_module(f"cf_sbom.faces.cli.{name}").command
    return found


def _section(name: str, parent: click.Context) -> str:
    of = command(name)
    context = click.Context(of, info_name=name, parent=parent)
    usage = " ".join([context.command_path, *of.collect_usage_pieces(context)])
    parts = [f"## {name}", f"```text\n{usage}\n```", _text(of.help), _options(of, context)]
    if of.epilog:
        parts.append(f"```text\n{_examples(of.epilog)}\n```")
    return "\n\n".join(parts)


def _options(command: click.Command, context: click.Context) -> str:
    options = [p for p in command.get_params(context) if isinstance(p, click.Option) and not p.hidden]
    rows = [_option(option, context) for option in options if "--help" not in option.opts]
    return table(("option", "meaning", "default", "environment"), rows)


def _option(option: click.Option, context: click.Context) -> tuple[str, str, str, str]:
    words = ", ".join([*option.opts, *option.secondary_opts])
    if not option.is_flag:
        words += f" {option.make_metavar(context)}"
    meaning, default = _meaning(option)
    extra = option.get_help_extra(context)
    default = default or (code(extra["default"]) if "default" in extra else "")
    if "range" in extra:
        meaning += f" ({extra['range']})"
    return code(words), prose(meaning), default, code(str(option.envvar)) if option.envvar else ""


def _meaning(option: click.Option) -> tuple[str, str]:
    """Help and default: what no value stands for is told in brackets at the end of the help."""
    text, found, rest = (option.help or "").partition("[default:")
    return text.strip(), prose(rest.rstrip("] ")) if found else ""


def _text(text: str | None) -> str:
    return "\n\n".join(prose(paragraph) for paragraph in inspect.cleandoc(text or "").split("\n\n"))


def _examples(epilog: str) -> str:
    """The lines of an epilog, without click's mark that keeps them as they are."""
    return "\n".join(re.sub(r"^  ", "", line) for line in epilog.replace("\b\n", "").strip().splitlines()[1:])


def _formats() -> str:
    rows = [
        (code(emitter.name), ", ".join(emitter.versions), code(emitter.suffix), code(emitter.media_type), emitter.doc)
        for emitter in load(frozenset()).emitters
    ]
    return table(("format", "versions", "sidecar", "media type", ""), rows)
