"""The command line: ``synthesis report | verify | search | library | replay | doctor``.

Commands load when they are called, so that ``--help`` starts fast.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done in part (a source failed).
"""

from __future__ import annotations

import difflib
import importlib
import sys
from typing import TYPE_CHECKING

import click

import synthesis
from synthesis.errors import SynthesisError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_PARTIAL = 0, 1, 2, 3

_COMMANDS = {
    "report": ("synthesis.commands.report", "Answer a research question with a report."),
    "verify": ("synthesis.commands.verify", "Verify a table of claims, or a report."),
    "search": ("synthesis.commands.library", "Search the literature and your libraries."),
    "library": ("synthesis.commands.library", "Add papers to your own libraries, list them."),
    "replay": ("synthesis.commands.report", "Compute a run again, offline, and compare every byte."),
    "runs": ("synthesis.commands.report", "List the runs made so far."),
    "doctor": ("synthesis.commands.doctor", "Say what is installed, where data lies, what is damaged."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All command names, in the order of the table."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; ``None`` when there is none of that name."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(_COMMANDS[cmd_name][0]), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table: nothing is imported for ``--help``."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; a name that is none suggests the nearest."""
        name = args[0]
        if name not in _COMMANDS:
            near = difflib.get_close_matches(name, _COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else f" Commands: {', '.join(_COMMANDS)}."
            ctx.fail(f"there is no command '{name}'.{hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Each command explains itself with examples: synthesis report --help",
)
@click.version_option(synthesis.__version__, prog_name="synthesis")
def cli() -> None:
    """Answer a research question from the literature, and say how far each claim can be trusted.

    No API key, no language model. First steps:

    \b
      synthesis report "Does hybrid batch training improve multilingual retrieval?" --source demo
      synthesis verify claims.csv --library my_papers/
      synthesis doctor
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; errors that a user can mend are one paragraph on stderr, never a traceback."""
    _use_utf8()
    try:
        code = cli.main(args=arguments, prog_name="synthesis", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.Abort:
        click.echo("\nStopped. Give the same command again and it goes on where it was.", err=True)
        code = 130
    except UsageError as error:
        click.echo(f"Error: {error}", err=True)
        code = EXIT_USAGE
    except (SynthesisError, OSError) as error:
        click.echo(f"Error: {_explain(error)}", err=True)
        code = EXIT_FAILED
    sys.exit(code if isinstance(code, int) else EXIT_DONE)


def _explain(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'the file system'}: {error.strerror or error}."
    return str(error)


def _use_utf8() -> None:
    """A locale of C must not break ✓ and ×, nor the scripts of papers."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    main()
