"""The commands ``promote``, ``models`` and ``rollback``."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval_core.promoted import Listed
    from retrieval_core.promotion import Outcome
    from retrieval_core.promotion_data import Gate, HeldOut
    from retrieval_core.training_run import Run

_PATH = click.Path(exists=True, path_type=Path)
_LAST_EPOCH = 253_402_300_799  # the end of the year 9999
_NO_GATE = (
    "Give a set that the encoder must not be worse on: --gate xquad-r=DIR. For XQuAD-R (CC BY-SA 4.0) DIR is the folder "
    "xquad-r of https://github.com/google-research-datasets/lareqa: git clone it, or copy its LANG.json files. Sets of "
    "other forms work too. With --no-gate it is promoted without, and its card says so."
)
_models = click.option(
    "--models",
    "home",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where promoted encoders are kept, instead of RETRIEVAL_CORE_HOME or the user's data folder.",
)


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--data", multiple=True, required=True, type=_PATH, help="What the run was trained on; may be repeated."
)
@click.option(
    "--held-out", type=_PATH, help="Pairs to measure on instead of those that training held out of --data."
)
@click.option(
    "--gate",
    "gates",
    multiple=True,
    metavar="FORM=DIR",
    help="A set that it must not be worse on, such as xquad-r=DIR; may be repeated.",
)
@click.option("--no-gate", is_flag=True, help="Do not measure what it forgot.")
@click.option("--dry-run", is_flag=True, help="Measure and say what would be done.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the test's resamples.")
@click.option("--json", "as_json", is_flag=True, help="All figures as JSON.")
@_models
def promote(
    *,
    run: Path,
    data: tuple[Path, ...],
    held_out: Path | None,
    gates: tuple[str, ...],
    no_gate: bool,
    dry_run: bool,
    seed: int,
    as_json: bool,
    home: Path | None,
) -> None:
    """Put the model of RUN in the current encoder's place, if it is better.

    RUN is the folder that "retrieval-core train" wrote. The model is measured against the current encoder on
    questions that training held out, and on the gate. It is promoted if it is better on the former beyond chance
    (95 % interval of the gain in mAP above 0) and no setting of the gate lost more than 0.01 mAP; otherwise nothing
    changes, the exit code is 1, and what to try is said. Use it as "current"; "retrieval-core rollback" undoes it.

    \b
    Example:
      retrieval-core train my_qa.jsonl --out my-run
      retrieval-core promote my-run --data my_qa.jsonl --gate xquad-r=xquad-r
    """
    if bool(gates) == no_gate:
        raise click.UsageError("Give --gate or --no-gate, not both." if gates else _NO_GATE)
    from retrieval_core.promotion import promote as run_promotion
    from retrieval_core.promotion import read_run

    date = _date()
    trained = read_run(run)
    outcome = run_promotion(
        run,
        _held_out(trained, data, held_out),
        [_gate(text, trained, data) for text in gates],
        date=date,
        home=home,
        dry_run=dry_run,
        seed=seed,
        progress=lambda line: click.echo(line, err=True),
    )
    click.echo(_figures_json(outcome) if as_json else _table(outcome))
    _conclude(outcome)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@_models
def models(*, as_json: bool, home: Path | None) -> None:
    """List the embedded encoder and the promoted ones; a star marks the current one."""
    from retrieval_core.promoted import listed

    found = listed(home)
    for one in found:
        click.echo(one.model_dump_json() if as_json else _line(one))


@click.command()
@click.option(
    "--to-embedded", is_flag=True, help="At once to the embedded encoder, also from a damaged registry."
)
@_models
def rollback(*, to_embedded: bool, home: Path | None) -> None:
    """Go back to the encoder that was current before the last promotion, finally the embedded one."""
    from retrieval_core.promoted import rollback as go_back

    click.echo(f"The current encoder is {go_back(home, to_embedded=to_embedded)}.")


def _held_out(run: Run, data: Sequence[Path], file: Path | None) -> HeldOut:
    from retrieval_core.promotion_data import held_out_by_training, held_out_file

    return held_out_by_training(run, data) if file is None else held_out_file(run, data, file)


def _gate(text: str, run: Run, data: Sequence[Path]) -> Gate:
    from retrieval_core.datasets import SET_FORMS
    from retrieval_core.promotion_data import load_gate

    form, separator, place = text.partition("=")
    if not separator or form not in SET_FORMS:
        raise click.UsageError(
            f"--gate {text!r}: expected FORM=DIR, such as xquad-r=DIR, with a form out of {', '.join(SET_FORMS)}."
        )
    return load_gate(run, data, form, Path(place))


def _date() -> str:
    """Today, or the day of ``SOURCE_DATE_EPOCH`` (reproducible-builds.org) where it is set; UTC."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return datetime.now(UTC).date().isoformat()
    if not re.fullmatch(r"[0-9]{1,12}", epoch) or int(epoch) > _LAST_EPOCH:
        raise click.UsageError(f"SOURCE_DATE_EPOCH is {epoch!r}; it must be a number of seconds since 1970.")
    return datetime.fromtimestamp(int(epoch), UTC).date().isoformat()


def _table(outcome: Outcome) -> str:
    from retrieval_core.promotion_card import HEADER, figure_rows

    rows = [HEADER, *figure_rows(outcome.promotion)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def _figures_json(outcome: Outcome) -> str:
    figures = {
        "promoted": outcome.folder is not None,
        "reasons": outcome.reasons,
        **outcome.promotion.model_dump(mode="json"),
    }
    return json.dumps(figures, indent=1, ensure_ascii=False)


def _conclude(outcome: Outcome) -> None:
    name = outcome.promotion.after_fingerprint[:12]
    if not outcome.promotion.gates:
        click.echo("What it forgot was not measured (--no-gate).", err=True)
    if outcome.reasons:
        click.echo("Not promoted; the current encoder stays.", err=True)
        for reason in outcome.reasons:
            click.echo(f"- {reason}", err=True)
        click.get_current_context().exit(1)
    if outcome.folder is None:
        click.echo(f"{name} would be promoted; nothing was changed.", err=True)
    else:
        click.echo(f'{name} is current now. Use it as "current"; its card is in {outcome.folder}.', err=True)


def _line(one: Listed) -> str:
    from retrieval_core.promoted import EMBEDDED

    mark = "*" if one.current else " "
    if one.name == EMBEDDED:
        return f"{mark} {EMBEDDED}"
    if one.manifest is None:
        return f"{mark} {one.name}  damaged: its manifest is missing or malformed"
    return f"{mark} {one.name}  {one.manifest.metrics.get('date', '')}  {one.manifest.name}"
