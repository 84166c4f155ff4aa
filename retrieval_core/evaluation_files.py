"""An evaluation as JSON to read and as per-query values to test with, in files and back.

``evaluation.json`` holds the figures; ``per_query.npz`` beside it every query's value of every measure, in which
``evaluate --against FOLDER`` and ``load_evaluation`` find the run again. Arrays are read without pickle.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any, get_args
from zipfile import BadZipFile

import numpy as np

from retrieval_core.errors import InputError
from retrieval_core.evaluation import MEASURES, SETTINGS, Cell, Evaluation, Setting

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FIGURES = "evaluation.json"
PER_QUERY = "per_query.npz"
_POOL = "*"  # stands for the pool of all languages where a language is named
_DIGITS = 6  # of a figure: past them, processors differ


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """The figures: a setting's macro-averages, by query language, and by pair of languages.

    ``by_language`` and ``by_pair`` hold mAP, ``measures_by_…`` all measures. A setting that was not asked for, or that
    the languages of the set do not allow, is ``None``.
    """
    return {
        "dataset": evaluation.dataset,
        "model": evaluation.model,
        "fingerprint": evaluation.fingerprint,
        "n_queries": evaluation.n_queries,
        "n_documents": evaluation.n_documents,
        **{setting: _setting(evaluation, setting) for setting in SETTINGS},
    }


def write_evaluation(evaluation: Evaluation, folder: Path) -> None:
    """Write both files; the same evaluation gives the same bytes. Raises ``InputError`` if it cannot be written."""
    cells = evaluation.cells
    ids = [question for cell in cells for question in cell.question_ids]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(as_json(evaluation), indent=1, ensure_ascii=False)
        (folder / FIGURES).write_text(text + "\n", encoding="utf-8")
        np.savez_compressed(
            folder / PER_QUERY,
            measures=np.array(MEASURES),
            cells=np.array(
                [(c.setting, c.query_language, c.document_language or _POOL) for c in cells], dtype=str
            ),
            sizes=np.array([(len(c.question_ids), c.left_out) for c in cells], dtype=np.int64),
            question_ids=np.array(ids, dtype=str),
            values=np.concatenate([cell.values for cell in cells]),
        )
    except OSError as error:
        raise InputError(f"The evaluation could not be written to {folder}: {error.strerror}.") from error


def load_evaluation(folder: Path) -> Evaluation:
    """Read what ``write_evaluation`` wrote. Raises ``InputError`` if the files are not of that form."""
    try:
        figures = json.loads((folder / FIGURES).read_text(encoding="utf-8"))
        # np.load leaves a file open that it cannot read, unless it is given an open one.
        with (folder / PER_QUERY).open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            cells = _cells({name: arrays[name] for name in arrays.files})
        return Evaluation(
            dataset=str(figures["dataset"]),
            model=str(figures["model"]),
            fingerprint=None if figures["fingerprint"] is None else str(figures["fingerprint"]),
            n_queries=int(figures["n_queries"]),
            n_documents=int(figures["n_documents"]),
            cells=cells,
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError, BadZipFile, EOFError) as error:
        raise InputError(
            f"{folder} holds no evaluation that can be read ({FIGURES} and {PER_QUERY}): {error}. "
            "Evaluate again with --out."
        ) from error


def _cells(arrays: dict[str, Any]) -> tuple[Cell, ...]:
    if tuple(arrays["measures"].tolist()) != MEASURES:
        raise ValueError("its measures are those of another version")
    sizes = arrays["sizes"]
    bounds = [0, *np.cumsum(sizes[:, 0]).tolist()]
    ids, values = arrays["question_ids"].tolist(), arrays["values"]
    if values.shape != (bounds[-1], len(MEASURES)) or len(ids) != bounds[-1] or (sizes < 0).any():
        raise ValueError("its arrays do not fit each other")
    return tuple(
        Cell(
            _known(setting),
            query,
            None if document == _POOL else document,
            tuple(ids[i:j]),
            values[i:j],
            left_out,
        )
        for (setting, query, document), (i, j), left_out in zip(
            arrays["cells"].tolist(), pairwise(bounds), sizes[:, 1].tolist(), strict=True
        )
    )


def _known(setting: str) -> Setting:
    if setting not in get_args(Setting):
        raise ValueError(f"{setting!r} is no setting")
    return setting  # type: ignore[return-value]  # one of the literals, as just checked


def _setting(evaluation: Evaluation, setting: Setting) -> dict[str, Any] | None:
    cells = evaluation.of(setting)
    if not cells:
        return None
    languages = evaluation.languages(setting)
    by_language = {
        language: _rounded((name, evaluation.mean(setting, name, language)) for name in MEASURES)
        for language in languages
    }
    figures: dict[str, Any] = {
        **_rounded((name, evaluation.mean(setting, name)) for name in MEASURES),
        "n_queries": sum(len(cell.question_ids) for cell in cells),
        "n_left_out": sum(cell.left_out for cell in cells),
        "by_language": {language: measured["map"] for language, measured in by_language.items()},
        "measures_by_language": by_language,
    }
    if setting == "cross_lingual":
        pairs = {
            language: {
                str(cell.document_language): _rounded((name, cell.mean(name)) for name in MEASURES)
                for cell in evaluation.of(setting, language)
            }
            for language in languages
        }
        figures["by_pair"] = {
            q: {d: measured["map"] for d, measured in row.items()} for q, row in pairs.items()
        }
        figures["measures_by_pair"] = pairs
    return figures


def _rounded(named: Iterable[tuple[str, float | None]]) -> dict[str, float]:
    return {name: round(value, _DIGITS) for name, value in named if value is not None}
