"""What the sentence classifier is worth on texts that it has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.records import Record
from retrieval_core.sentence_roles.labelled import SETS, read_texts
from retrieval_core.sentence_roles.schemes import ARGUMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval_core.sentence_roles.labelled import LabelledText
    from retrieval_core.sentence_roles.schemes import Scheme
    from retrieval_core.sentence_roles.tagger import RoleTagger

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

RESAMPLES = 1000
_BLOCK = 10  # sentences drawn together where a file marks no texts; an abstract of AbstRCT has about ten


class Figure(Record):
    """A figure with its 95 % percentile interval of a bootstrap over texts."""

    value: float
    low: float
    high: float


class SetFigures(Record):
    """Figures of one set. ``claim_f1``: of the scheme's claim label, chosen as ``rule`` says."""

    name: str
    n: int
    accuracy: Figure
    macro_f1: Figure
    claim_f1: Figure
    claim_rule: str
    either_f1: Figure | None = None  # AbstRCT: claim or premise against none


class RolesFigures(Record):
    """Everything that ``evaluate-extractor`` prints."""

    model: str
    seed: int
    resamples: int = RESAMPLES
    sets: tuple[SetFigures, ...]


def evaluate(data: Path, tagger: RoleTagger, *, seed: int = 0) -> RolesFigures:
    """Measure on the dev split of every set. Raises ``InputError``."""
    found = []
    for name, scheme in SETS.items():
        texts = read_texts(data, name, "dev")
        found.append(
            set_figures(
                name,
                texts,
                tagged(texts, scheme, tagger),
                threshold=tagger.config.thresholds.get(scheme.name),
                seed=seed,
            )
        )
    return RolesFigures(model=tagger.fingerprint, seed=seed, sets=tuple(found))


def tagged(texts: Sequence[LabelledText], scheme: Scheme, tagger: RoleTagger) -> Floats:
    """(n, labels) of all sentences of the texts in a row."""
    return np.concatenate(
        [tagger.probabilities(text.sentences, whole=text.whole)[scheme.name] for text in texts]
    )


def set_figures(
    name: str, texts: Sequence[LabelledText], scores: Floats, *, threshold: float | None, seed: int
) -> SetFigures:
    """Figures of (n, labels) ``scores``, highest chosen; the claim label from ``threshold`` on, where there is one."""
    scheme = SETS[name]
    truth, groups = labels_of(texts), groups_of(texts)
    chosen = scores.argmax(axis=1)
    claim = scheme.labels.index(scheme.claim)
    claimed = chosen == claim if threshold is None else scores[:, claim] >= threshold
    labels = confusions(truth, chosen, len(scheme.labels), groups)
    claims = confusions(truth == claim, claimed, 2, groups)
    either = confusions(truth > 0, chosen > 0, 2, groups)
    return SetFigures(
        name=name,
        n=len(truth),
        accuracy=bootstrap(accuracy, labels, seed=seed),
        macro_f1=bootstrap(macro_f1, labels, seed=seed),
        claim_f1=bootstrap(last_f1, claims, seed=seed),
        claim_rule="likeliest label" if threshold is None else f"probability at least {threshold:g}",
        either_f1=bootstrap(last_f1, either, seed=seed) if scheme is ARGUMENT else None,
    )


def labels_of(texts: Sequence[LabelledText]) -> Ints:
    """(n,) of all sentences in a row."""
    return np.array([label for text in texts for label in text.labels], np.int64)


def groups_of(texts: Sequence[LabelledText]) -> list[Ints]:
    """The rows of each text; ten rows at a time of a file that marks none."""
    groups = []
    start = 0
    for text in texts:
        rows = np.arange(start, start + len(text.sentences))
        step = len(rows) if text.whole else _BLOCK
        groups += [rows[i : i + step] for i in range(0, len(rows), step)]
        start += len(rows)
    return groups


def confusions(
    truth: NDArray[np.generic], chosen: NDArray[np.generic], n_labels: int, groups: Sequence[Ints]
) -> Ints:
    """(groups, labels, labels): how often a label (row) was called another (column), in each group of rows."""
    cells = np.zeros((len(groups), n_labels * n_labels), np.int64)
    pairs = truth.astype(np.int64) * n_labels + chosen.astype(np.int64)
    for number, rows in enumerate(groups):
        cells[number] = np.bincount(pairs[rows], minlength=n_labels * n_labels)
    return cells.reshape(len(groups), n_labels, n_labels)


def accuracy(tables: Ints) -> Floats:
    """Of confusion tables (…, k, k)."""
    hits: Floats = np.trace(tables, axis1=-2, axis2=-1) / np.maximum(tables.sum(axis=(-2, -1)), 1)
    return hits


def f1s(tables: Ints) -> Floats:
    """(…, k, k) → (…, k): 2 · hits / (true + chosen) of each label; 0 for a label that does not occur."""
    hits = np.diagonal(tables, axis1=-2, axis2=-1)
    found: Floats = 2 * hits / np.maximum(tables.sum(axis=-1) + tables.sum(axis=-2), 1)
    return found


def macro_f1(tables: Ints) -> Floats:
    """Mean F1 of the labels that occur, as truth or as choice."""
    occurs = tables.sum(axis=-1) + tables.sum(axis=-2) > 0
    found: Floats = f1s(tables).sum(axis=-1) / np.maximum(occurs.sum(axis=-1), 1)
    return found


def last_f1(tables: Ints) -> Floats:
    """F1 of the last label."""
    return f1s(tables)[..., -1]


def best_threshold(scores: Floats, truth: NDArray[np.bool_]) -> float:
    """The threshold on ``scores`` (n,), in hundredths, with the best F1 of ``truth``."""
    steps = np.arange(1, 100) / 100
    everything = [np.arange(len(truth))]
    tables = np.concatenate([confusions(truth, scores >= step, 2, everything) for step in steps])
    return float(steps[int(np.argmax(last_f1(tables)))])


def bootstrap(measure: Callable[[Ints], Floats], tables: Ints, *, seed: int) -> Figure:
    """``measure`` of the sum of ``tables`` (groups, k, k), and its interval when groups are drawn anew."""
    rng = np.random.default_rng(seed)
    n = len(tables)
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=RESAMPLES)  # (resamples, groups): how often each
    low, high = np.percentile(measure(np.tensordot(drawn, tables, axes=1)), [2.5, 97.5])
    value = float(measure(tables.sum(axis=0)))
    return Figure(value=round(value, 4), low=round(float(low), 4), high=round(float(high), 4))
