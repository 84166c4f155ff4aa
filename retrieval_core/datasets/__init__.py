"""Data sets in the forms that they are published in, as pairs to train on or sets to evaluate on.

One file a form: ``jsonl`` (a user's own), ``squad``, ``lareqa``, ``beir``, ``miracl``, ``mtop``, ``parallel``. Beside
them ``splits`` divides pairs and ``leakage`` checks them against evaluation sets.
"""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from retrieval_core.datasets.reading import read_lines
from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from retrieval_core.datasets.questions import Unit
    from retrieval_core.records import QAPair, RetrievalSet

PAIR_FORMS = ("jsonl", "squad", "beir", "miracl", "mtop", "parallel")
SET_FORMS = ("xquad-r", "mlqa-r", "beir", "miracl", "mtop", "pairs")


def load_pairs(path: Path | str, form: str | None = None, *, unit: Unit = "sentence") -> tuple[QAPair, ...]:
    """Training pairs of a file or folder, by each form's defaults; of several splits, the one to train on.

    ``form``: one of ``PAIR_FORMS``; without it the names and the first line tell. ``unit``: whether the passage of
    a question with an answer's place is its "sentence" or the "paragraph". Raises ``InputError``.
    """
    path = _existing(Path(path))
    _check_unit(unit)
    match form or recognise(path):
        case "jsonl":
            from retrieval_core.datasets.jsonl import read_qa

            return read_qa(path).pairs(unit)
        case "squad":
            from retrieval_core.datasets.squad import load_squad

            return load_squad(path, unit)
        case "beir":
            from retrieval_core.datasets.beir import load_beir_pairs

            return load_beir_pairs(path)
        case "miracl":
            from retrieval_core.datasets.miracl import load_miracl_pairs

            return load_miracl_pairs(path)
        case "mtop":
            from retrieval_core.datasets.mtop import load_mtop_pairs

            return load_mtop_pairs(path)
        case "parallel":
            from retrieval_core.datasets.parallel import load_parallel

            return load_parallel(path).pairs
        case unknown:
            raise InputError(f"{path}: {unknown!r} is no form of pairs; the forms: {', '.join(PAIR_FORMS)}.")


def load_retrieval_set(path: Path | str, form: str, *, unit: Unit = "sentence") -> RetrievalSet:
    """Queries, documents and judgements of a file or folder, by each form's defaults.

    ``form``: one of ``SET_FORMS``. "pairs" makes a set of a question-answer file: with ``unit`` "sentence" every
    sentence of its contexts is a document, which are harder distractors than the contexts. Raises ``InputError``.
    """
    path = _existing(Path(path))
    _check_unit(unit)
    match form:
        case "xquad-r" | "mlqa-r":
            from retrieval_core.datasets.lareqa import load_lareqa

            return load_lareqa(path, form)
        case "beir":
            from retrieval_core.datasets.beir import load_beir

            return load_beir(path)
        case "miracl":
            from retrieval_core.datasets.miracl import load_miracl

            return load_miracl(path)
        case "mtop":
            from retrieval_core.datasets.mtop import load_mtop

            return load_mtop(path)
        case "pairs":
            from retrieval_core.datasets.jsonl import read_qa

            return read_qa(path).retrieval_set(unit)
        case _:
            raise InputError(
                f"{path}: {form!r} is no form of retrieval set; the forms: {', '.join(SET_FORMS)}."
            )


def recognise(path: Path) -> str:
    """The form of pairs that ``path`` is in, by its names and first line. Raises ``InputError`` where none fits."""
    found = _folder_form(path) if path.is_dir() else _file_form(path)
    if found is None:
        raise InputError(
            f"{path} is in no form that is known by its look; name one of {', '.join(PAIR_FORMS)}."
        )
    return found


def _folder_form(folder: Path) -> str | None:
    from retrieval_core.datasets.miracl import has_topics
    from retrieval_core.datasets.mtop import split_files

    if any(folder.glob("corpus.jsonl*")) and (folder / "qrels").is_dir():
        return "beir"
    if split_files(folder, "train"):
        return "mtop"
    if any(folder.glob("*.json")):
        return "squad"
    return "miracl" if has_topics(folder) else None


def _file_form(path: Path) -> str | None:
    if path.suffix == ".json":
        return "squad"
    if path.suffix in {".txt", ".tsv"}:
        return "mtop"
    for line in islice(read_lines(path), 1):
        try:
            fields = json.loads(line.text)
        except (ValueError, RecursionError):
            return "jsonl" if ".jsonl" in path.name else None  # whose reader says what is wrong, and where
        if isinstance(fields, dict):
            return "parallel" if isinstance(fields.get("t"), dict) else "jsonl"
    return "jsonl" if ".jsonl" in path.name else None


def _existing(path: Path) -> Path:
    if not path.exists():
        raise InputError(f"{path} does not exist; name a file or folder of data.")
    return path


def _check_unit(unit: str) -> None:
    from retrieval_core.datasets.questions import Unit

    if unit not in get_args(Unit):
        raise InputError(f"{unit!r} is no unit of passages; expected one of {', '.join(get_args(Unit))}.")
