"""The command line: ``synthesis report | verify | search | library | resume | replay | runs | doctor``.

Commands load when they are called, so that ``--help`` starts fast.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done in part (a source failed).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

import synthesis
from retrieval_core.lazy_group import LazyGroup
from synthesis.errors import SynthesisError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_PARTIAL = 0, 1, 2, 3

_COMMANDS = {
    "report": ("synthesis.commands.report:report", "Answer a research question with a report."),
    "verify": ("synthesis.commands.verify:verify", "Verify a table of claims, or a report."),
    "search": ("synthesis.commands.search:search", "Search the literature and your libraries."),
    "library": ("synthesis.commands.library:library", "Add papers to your own libraries, list them."),
    "resume": ("synthesis.commands.report:resume", "Complete a report in which a source failed."),
    "replay": ("synthesis.commands.report:replay", "Compute a run again, offline, and compare every byte."),
    "update": ("synthesis.commands.update:update", "Bring a report up to date, and say what changed."),
    "runs": ("synthesis.commands.report:runs", "List the runs made so far."),
    "serve": ("synthesis.commands.serve:serve", "Show the reports in a browser; ask and verify there."),
    "audit": ("synthesis.commands.audit:audit", "Check a report, offline: every quote, count and reference."),
    "doctor": (
        "synthesis.commands.doctor:doctor",
        "Say what is installed, where data lies, what is damaged.",
    ),
}


@click.group(
    cls=LazyGroup,
    table=_COMMANDS,
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
