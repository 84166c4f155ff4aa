"""Whether one evaluated system is better than another, in each setting and each language.

The resampled unit is the question: translations of one question, and its pairs with every language, stay together,
since their values go up and down together. A question's value is its share of the macro-average,

    u_q = Q · Σ_cells v_cq / (C · n_c),

over the C cells of the setting, n_c the queries of a cell, Q the number of questions: the mean of u is exactly the
macro-average, also where a question is missing in some cells. The cells' sizes are held fixed while resampling.
p-values are Holm's over the settings, and, apart from that, over the languages within a setting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from retrieval_core.errors import InputError
from retrieval_core.evaluation import MEASURES, SETTINGS, Setting
from retrieval_core.records import Record
from retrieval_core.significance import BootstrapTest, holm, paired_bootstrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval_core.evaluation import Cell, Evaluation


class Compared(Record):
    """One paired test: of a whole setting (``language`` is ``None``) or of the queries in one language.

    ``test.difference`` is the first system minus the second; ``p_adjusted`` is Holm's within its family.
    """

    setting: Setting
    language: str | None
    test: BootstrapTest
    p_adjusted: float


class _Part(NamedTuple):
    """Queries of a cell with the values, (n_queries, 2), of both systems."""

    questions: list[str]
    values: NDArray[np.float64]


class Comparison(Record):
    """Paired tests of ``model`` against ``against`` by one measure."""

    model: str
    against: str
    measure: str
    settings: tuple[Compared, ...]
    languages: tuple[Compared, ...]

    def of(self, setting: Setting) -> Compared | None:
        """The test of a whole setting, ``None`` if it was not measured in both."""
        return next((compared for compared in self.settings if compared.setting == setting), None)


def compare(
    a: Evaluation, b: Evaluation, *, seed: int, measure: str = "map", n_resamples: int = 10_000
) -> Comparison:
    """Paired bootstrap of ``a`` against ``b`` in every setting that both have; the same seed, the same result.

    Raises ``InputError`` unless both are of the same dataset and queries.
    """
    if measure not in MEASURES:
        raise InputError(f"There is no measure {measure!r}; there are {', '.join(MEASURES)}.")
    _check_paired(a, b)

    def tested(setting: Setting, language: str | None) -> Compared | None:
        parts = _paired(a.of(setting, language), b.of(setting, language), measure)
        if not parts:
            return None
        test = paired_bootstrap(*_shares(parts), np.random.default_rng(seed), n_resamples=n_resamples)
        return Compared(setting=setting, language=language, test=test, p_adjusted=test.p_value)

    shared = [setting for setting in SETTINGS if a.of(setting) and b.of(setting)]
    by_language = [[tested(setting, language) for language in a.languages(setting)] for setting in shared]
    return Comparison(
        model=a.model,
        against=b.model,
        measure=measure,
        settings=_adjusted([tested(setting, None) for setting in shared]),
        languages=tuple(compared for family in by_language for compared in _adjusted(family)),
    )


def _check_paired(a: Evaluation, b: Evaluation) -> None:
    if a.dataset != b.dataset:
        raise InputError(f"One evaluation is on {a.dataset}, the other on {b.dataset}; both need the same.")
    shared = [setting for setting in SETTINGS if a.of(setting) and b.of(setting)]
    if not shared:
        raise InputError("The two evaluations have no setting in common, so nothing can be compared.")
    for setting in shared:
        if [_identity(cell) for cell in a.of(setting)] != [_identity(cell) for cell in b.of(setting)]:
            raise InputError(
                f"The two evaluations on {a.dataset} hold different queries in the {setting.replace('_', '-')} "
                "setting. Evaluate both on the same files."
            )


def _identity(cell: Cell) -> tuple[str, str | None, tuple[str, ...]]:
    return cell.query_language, cell.document_language, cell.question_ids


def _paired(a: Sequence[Cell], b: Sequence[Cell], measure: str) -> list[_Part]:
    """The queries of each cell for which both systems have a value, cells without any left out."""
    column = MEASURES.index(measure)
    parts = []
    for x, y in zip(a, b, strict=True):
        values = np.stack([x.values[:, column], y.values[:, column]], axis=1)
        rows = np.flatnonzero(~np.isnan(values).any(axis=1))
        if len(rows):
            parts.append(_Part([x.question_ids[row] for row in rows], values[rows]))
    return parts


def _shares(parts: Sequence[_Part]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n_questions,) shares u of both systems' macro-averages, questions in the order met."""
    places: dict[str, int] = {}
    for part in parts:
        for question in part.questions:
            places.setdefault(question, len(places))
    shares = np.zeros((len(places), 2))
    for part in parts:
        rows = [places[question] for question in part.questions]
        np.add.at(shares, rows, part.values * (len(places) / (len(parts) * len(rows))))
    return shares[:, 0], shares[:, 1]


def _adjusted(family: Sequence[Compared | None]) -> tuple[Compared, ...]:
    """One family of tests with Holm's p-values."""
    tests = {f"{c.setting} {c.language}": c for c in family if c is not None}
    p_values = holm({name: compared.test.p_value for name, compared in tests.items()})
    return tuple(
        compared.model_copy(update={"p_adjusted": p_values[name]}) for name, compared in tests.items()
    )
