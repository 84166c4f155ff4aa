"""The command line of the retrieval core; each command loads its module when it is called."""

from __future__ import annotations

import difflib
import sys
from importlib import import_module
from typing import NoReturn

import click

from retrieval_core import __version__
from retrieval_core.errors import RetrievalError

# name → (where the command is, its line in the overview)
_COMMANDS = {
    "index": ("retrieval_core.index_commands:index", "Build a search index from a JSONL file."),
    "search": ("retrieval_core.index_commands:search", "Search an index."),
    "train-judge": ("retrieval_core.judge_commands:train_judge", "Fit the embedded judge again."),
    "evaluate-judge": ("retrieval_core.judge_commands:evaluate_judge", "Measure a judge on labelled claims."),
    "calibrate": (
        "retrieval_core.judge_commands:calibrate",
        "Fit scores to probabilities on labelled claims.",
    ),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and loads one when it is needed; typing errors get a suggestion."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Names in the order of the overview."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """Load the command ``cmd_name``."""
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown command names the one that may have been meant."""
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], _COMMANDS, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else f" Commands: {', '.join(_COMMANDS)}."
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        """Write the overview from the table, so that help loads no command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog='\b\nExample:\n  retrieval-core index corpus.jsonl --out my-index\n  retrieval-core search my-index "query"',
)
@click.version_option(__version__, prog_name="retrieval-core")
def cli() -> None:
    """Search texts in many languages, and judge and calibrate what they say of a claim."""


def main() -> NoReturn:
    """Entry point. Exit codes: 0 done, 1 failed, 2 wrong usage."""
    try:
        cli()
    except RetrievalError as error:
        click.echo(f"Error: {error}", err=True)
    sys.exit(1)  # click itself has left with the code of every other outcome
