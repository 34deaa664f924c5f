"""The page of settings: the keys of the file by its schema, with the options and variables that stand for the same."""

from __future__ import annotations

import click

from cf_sbom.about import NAME
from cf_sbom.faces.cli import COMMANDS, options
from docs._generate.commands import command
from docs._generate.markdown import code, prose, table
from docs._generate.schemas import describe, read

VARIABLES = {
    "SOURCE_DATE_EPOCH": "seconds since 1970: the time of documents, weaker than --timestamp",
    "CF_SBOM_KEY_PASSPHRASE": "the passphrase of the private key of --key; never an option",
    "CF_SBOM_DEBUG": "as --debug: the traceback of an error",
    "NO_COLOR": "not empty: no colour, unless --color always",
    "COLUMNS": "the width of tables where the output is no terminal; else 100",
    "DOCKER_CONFIG": "the folder of the config.json that names the registries and the credentials of push",
}
"""What no option stands for. A test looks for others in the code."""


def page() -> str:
    """Where settings come from, and every key."""
    schema = read("config")
    taken, helps = _taken(), _helps()
    rows = [
        (
            code(key),
            describe(part),
            code(f"CF_SBOM_{key.replace('-', '_').upper()}"),
            prose(part.get("description") or helps[key.replace("-", "_")]),
            ", ".join(taken[key.replace("-", "_")]),
        )
        for key, part in schema["properties"].items()
    ]
    judges = ", ".join(f"`{NAME} {name}`" for name in sorted(options._JUDGES))
    return f"""# Settings

A setting is taken from, the later the stronger:

1. the default;
2. a file: the one that `--config` names, else `cf-sbom.toml` of the working folder, else the table
   `[tool.cf-sbom]` of its `pyproject.toml`;
3. the environment;
4. conda's own settings, for `conda sbom` and `conda build` ([which](../how-to/conda-build.md));
5. options.

The file of the working folder may have been written by whoever wrote the package. So {judges}, and every run with
`--strict`, do not use it unless `--config` names it, and say so.

```toml
# cf-sbom.toml
output = ["cyclonedx-json@1.7", "spdx-json"]
channel = "conda-forge"
author = "Example Team <team@example.org>"

[limit]
members = 50000
```

## Keys

The keys are the long options of `{NAME} generate`; a command uses those that it has an option for. A key that there is
not, or a value of another type, is an error (status 2): a file is held against [its
schema](../../schemas/config.schema.json).

{table(("key", "value", "variable", "meaning", "used by"), rows)}

`[limit]` takes the names of [limits](limits.md). What is repeatable has several values
in one variable: authors with line ends between, folders with what separates them in `PATH`, all else with spaces.

## Other variables

{table(("variable", "meaning"), ((code(name), prose(text)) for name, text in VARIABLES.items()))}

Other options of the commands have a variable, too: [the command line](command-line.md) names it beside each.
"""


def _helps() -> dict[str, str]:
    """What the options of generate say of themselves, by their names as parameters."""
    options = [p for p in command("generate").params if isinstance(p, click.Option)]
    return {option.name or "": (option.help or "").partition("  [default:")[0] for option in options}


def _taken() -> dict[str, list[str]]:
    """By the name of a parameter, the commands that have it."""
    found: dict[str, list[str]] = {}
    for name in COMMANDS:
        for parameter in command(name).params:
            for word in {parameter.name or "", *(opt.lstrip("-").replace("-", "_") for opt in parameter.opts)}:
                found.setdefault(word, []).append(name)
    return found
