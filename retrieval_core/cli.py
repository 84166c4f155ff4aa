"""The command line of the retrieval core; each command loads its module when it is called."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from retrieval_core import __version__
from retrieval_core.errors import RetrievalError
from retrieval_core.lazy_group import LazyGroup

# name → (where the command is, its line in the overview)
_COMMANDS = {
    "index": ("retrieval_core.index_commands:index", "Build a search index from a JSONL file."),
    "search": ("retrieval_core.index_commands:search", "Search an index."),
    "evaluate": (
        "retrieval_core.evaluate_commands:evaluate",
        "Measure retrieval in one language and across languages.",
    ),
    "train": ("retrieval_core.train_commands:train", "Train an encoder on questions and answers."),
    "promote": (
        "retrieval_core.promote_commands:promote",
        "Put a retrained encoder in the current one's place, if it is better.",
    ),
    "models": ("retrieval_core.promote_commands:models", "List the encoders, and which is current."),
    "rollback": (
        "retrieval_core.promote_commands:rollback",
        "Go back to the encoder that was current before.",
    ),
    "experiment": (
        "retrieval_core.experiment_commands:experiment",
        "Measure what a choice in training does.",
    ),
    "train-embedded": (
        "retrieval_core.train_embedded_commands:train_embedded",
        "Train the embedded encoder again.",
    ),
    "train-judge": ("retrieval_core.judge_commands:train_judge", "Fit the embedded judge again."),
    "evaluate-judge": ("retrieval_core.judge_commands:evaluate_judge", "Measure a judge on labelled claims."),
    "train-extractor": (
        "retrieval_core.roles_commands:train_extractor",
        "Train the sentence classifier that finds claims.",
    ),
    "evaluate-extractor": (
        "retrieval_core.roles_commands:evaluate_extractor",
        "Measure the sentence classifier on labelled abstracts.",
    ),
    "calibrate": (
        "retrieval_core.calibrate_commands:calibrate",
        "Fit scores to probabilities on labelled claims.",
    ),
}


@click.group(
    cls=LazyGroup,
    table=_COMMANDS,
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
