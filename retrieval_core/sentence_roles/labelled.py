"""Labelled sentences from files, put back into their texts, and the split of what a model is fitted on.

Rows of CSAbstruct name no text but count its sentences from 0; those of AbstRCT run on without a boundary, so that
such a file is one long text; those of conclusion_detection are single sentences.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple

from retrieval_core.datasets.reading import Wire, json_rows
from retrieval_core.errors import InputError
from retrieval_core.sentence_roles.schemes import ARGUMENT, CLAIM, CONCLUSION, ROLES, Scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

Split = Literal["train", "dev"]
EXPECTED = 'one JSON object a line with "sentence", "label", "split", "doc_id" and "position"'
_MIN_SHARED_WORDS = 6  # a shorter sentence may be the same by chance ("Results.")
_FOLDS = 8  # of the whole texts, of which one is held out

LANGUAGES = ("en", "es", "fr", "it")  # of AbstRCT; the last three translated by machine
SETS: dict[str, Scheme] = {
    "csabstruct": ROLES,
    "detecting_scientific_claim": CLAIM,
    **{f"abstrct_{language}": ARGUMENT for language in LANGUAGES},
    "conclusion_detection": CONCLUSION,
}


class _Row(Wire):
    sentence: str
    label: str
    split: str
    doc_id: str | None = None
    position: int | None = None
    conf: float = 1.0  # share of annotators that chose the label


class LabelledText(NamedTuple):
    """Sentences in their order; ``labels`` index into the scheme's. ``whole``: these are all of the text."""

    sentences: tuple[str, ...]
    labels: tuple[int, ...]
    weights: tuple[float, ...]
    whole: bool

    @property
    def key(self) -> str:
        """SHA-256 (hex) of the sentences."""
        return hashlib.sha256("\n".join(self.sentences).encode()).hexdigest()


def read_texts(data: Path, name: str, split: Split) -> list[LabelledText]:
    """The texts of one split of the set ``name`` (a key of ``SETS``), in the file's order. Raises ``InputError``."""
    path = data / f"{name}.jsonl.gz"
    scheme = SETS[name]
    rows = [row for _, row in json_rows(path, _Row, EXPECTED) if row.split == split]
    if unknown := {row.label for row in rows} - set(scheme.labels):
        raise InputError(
            f"{path} has the labels {sorted(unknown)[:3]}; expected only {', '.join(scheme.labels)}."
        )
    groups = _groups(name, rows)
    return [
        LabelledText(
            sentences=tuple(row.sentence for row in group),
            labels=tuple(scheme.labels.index(row.label) for row in group),
            weights=tuple(row.conf for row in group),
            whole=scheme is not ARGUMENT and len(group) > 1,
        )
        for group in groups
    ]


def _groups(name: str, rows: Sequence[_Row]) -> Iterable[list[_Row]]:
    if name == "csabstruct":
        starts = [i for i, row in enumerate(rows) if row.position == 0]
        return [list(rows[a:b]) for a, b in zip(starts, [*starts[1:], len(rows)], strict=True)]
    if SETS[name] is ARGUMENT:
        return [list(rows)]
    groups: dict[str, list[_Row]] = defaultdict(list)
    for number, row in enumerate(rows):
        groups[row.doc_id or f"row {number}"].append(row)
    return [sorted(group, key=lambda row: row.position or 0) for group in groups.values()]


def is_held_out(text: LabelledText) -> bool:
    """True for the eighth that thresholds and settings are chosen on, from a hash of the text.

    AbstRCT has no boundaries and its translations are in another order, so none of it is held out; nothing is chosen
    on it.
    """
    return text.whole and int(text.key[:8], 16) % _FOLDS == 0


def without_shared(texts: Iterable[LabelledText], measured: Iterable[LabelledText]) -> list[LabelledText]:
    """Those of ``texts`` that share no sentence of six words or more with what will be measured on.

    Of a text without boundaries only the sentence itself goes.
    """
    seen = {s for text in measured for s in text.sentences if len(s.split()) >= _MIN_SHARED_WORDS}
    kept = []
    for text in texts:
        rows = [i for i, sentence in enumerate(text.sentences) if sentence not in seen]
        if len(rows) == len(text.sentences):
            kept.append(text)
        elif not text.whole and rows:
            kept.append(
                LabelledText(
                    tuple(text.sentences[i] for i in rows),
                    tuple(text.labels[i] for i in rows),
                    tuple(text.weights[i] for i in rows),
                    whole=False,
                )
            )
    return kept
