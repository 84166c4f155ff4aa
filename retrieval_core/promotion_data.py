"""What a retrained encoder is measured on: questions of the new data that were not trained on, and gates."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from retrieval_core.datasets import load_pairs, load_retrieval_set
from retrieval_core.datasets.jsonl import to_jsonl
from retrieval_core.datasets.leakage import THRESHOLD, check_leakage
from retrieval_core.errors import InputError
from retrieval_core.promotion_card import UsedFile
from retrieval_core.training_development import development_set, hold_out
from retrieval_core.training_run import DataFile, Run, sha256_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from retrieval_core.records import QAPair, RetrievalSet


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Held-out questions with their passages as candidates; ``how``: a sentence on how they were kept apart."""

    dataset: RetrievalSet
    files: tuple[UsedFile, ...]
    how: str


class Gate(NamedTuple):
    """A set that a retrained encoder must not be worse on."""

    dataset: RetrievalSet
    file: UsedFile


def held_out_by_training(run: Run, data: Sequence[Path]) -> HeldOut:
    """The test part that ``train`` itself held out of ``data``, found again by the run's seed.

    Raises ``InputError`` if the data are not those of the run, or if it held nothing out of them.
    """
    pairs = _trained_pairs(run, data)
    test = _test_part(run)
    if test is None:
        raise InputError(
            "The run trained on all of its data, so none of it can measure the gain. Give questions that it has not "
            "seen with --held-out FILE, or train again with --development auto."
        )
    _, held = hold_out(pairs, seed=run.config.seed)
    if hashlib.sha256(to_jsonl(held)).hexdigest() != test.sha256:
        raise InputError(
            f"The run held {test.rows:,} pairs out, but its seed now gives others: it was made by another version. "
            "Give questions that it has not seen with --held-out FILE."
        )
    return HeldOut(
        development_set("held-out questions", held),
        (),
        f"the {len(held):,} of {len(pairs):,} pairs that training held out (seed {run.config.seed}), none of which "
        "shares a passage with a trained one. No step saw them, and the best step was not chosen by them.",
    )


def held_out_file(run: Run, data: Sequence[Path], file: Path) -> HeldOut:
    """The pairs of ``file``, those left out whose question equals or nearly equals one of ``data``.

    Raises ``InputError`` if ``data`` are not those of the run, or if ``file`` was trained on or has nothing else.
    """
    digest = sha256_of(file)
    if (test := _test_part(run)) is not None and digest == test.sha256:
        return held_out_by_training(run, data)
    if any(used.sha256 == digest and used.use != "development" for used in run.files):
        raise InputError(f"{file} was trained on, so it cannot be held out. Give other questions.")
    held, trained = load_pairs(file), _trained_pairs(run, data)
    leaks = check_leakage(held, [development_set("trained pairs", trained)]).leaks
    known = {leak.pair_id for leak in leaks if leak.kind == "question"}
    clean = [pair for pair in held if pair.pair_id not in known]
    if not clean:
        raise InputError(f"Every question of {file} was trained on, or nearly. Give other questions.")
    seen = {pair.passage for pair in trained}
    return HeldOut(
        development_set(file.name, clean),
        (UsedFile(name=file.name, sha256=digest, rows=len(held), use="held out"),),
        f"{len(clean):,} of the {len(held):,} pairs of {file.name}; the questions of the others were trained on, or "
        f"resemble one that was (similarity of at least {THRESHOLD:g}). {sum(p.passage in seen for p in clean):,} ask "
        "for a passage that other questions were trained to find.",
    )


def load_gate(run: Run, data: Sequence[Path], form: str, path: Path) -> Gate:
    """The set of ``form`` in ``path``, and how many pairs of ``data`` know a text of it.

    Raises ``InputError`` if it cannot be read or was trained on as a whole.
    """
    dataset = load_retrieval_set(path, form)
    digest = sha256_of(path)
    if any(used.sha256 == digest for used in run.files):
        raise InputError(
            f"The run has used {path} for training, so it cannot tell what was forgotten. Give another gate."
        )
    pairs = _trained_pairs(run, data)
    known = len(pairs) - len(check_leakage(pairs, [dataset]).clean)
    use = f"gate ({form}); {known:,} of {len(pairs):,} pairs of the data have a text like one of it"
    return Gate(dataset, UsedFile(name=path.name, sha256=digest, rows=len(dataset.queries), use=use))


def _test_part(run: Run) -> DataFile | None:
    return next((file for file in run.files if file.use == "test"), None)


def _trained_pairs(run: Run, data: Sequence[Path]) -> tuple[QAPair, ...]:
    """The pairs of the files that the run was given, in the order in which it read them."""
    paths = {sha256_of(path): path for path in data if path.exists()}
    trained = [file for file in run.files if file.use == "train"]
    missing = [file.name for file in trained if file.sha256 not in paths]
    if missing or len(paths) != len({file.sha256 for file in trained}):
        raise InputError(
            f"The run was trained on {', '.join(file.name for file in trained)}, with other content or other files than "
            f"{', '.join(path.name for path in data)}. Give exactly the files that it was trained on with --data."
        )
    return tuple(pair for file in trained for pair in load_pairs(paths[file.sha256]))
