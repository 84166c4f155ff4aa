"""Labelled claims that a user brings: CSV, TSV or JSON Lines with a claim, a passage, and what the one says of the other.

Columns and labels go by any of their usual names, in any case. Every bad line is named.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, NamedTuple

from retrieval_core.datasets.reading import (
    MAX_BAD_LINES,
    bad_lines,
    existing_file,
    parse_rows,
    reason_of,
)
from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

MAX_BYTES = 256 * 2**20  # of a table, which is held whole
COLUMNS = {
    "claim": ("claim", "statement", "hypothesis", "claim text"),
    "evidence": ("evidence", "passage", "premise", "abstract", "context", "text", "evidence text"),
    "label": ("label", "verdict", "gold label", "gold", "stance"),
}
LABELS = {  # names without case, blanks and marks → index as ``judge.LABELS``
    **dict.fromkeys(("supports", "supported", "support", "true", "entailment", "entails", "entailed"), 0),
    **dict.fromkeys(("refutes", "refuted", "refute", "false", "contradiction", "contradicts"), 1),
    **dict.fromkeys(("contradict", "contradicted"), 1),
    **dict.fromkeys(("nei", "neither", "neutral", "unknown", "unverifiable", "noinfo"), 2),
    **dict.fromkeys(("notenoughinfo", "notenoughinformation", "notenoughevidence"), 2),
}
_EXPECTED = (
    "a claim, a passage, and a label out of SUPPORTED, REFUTED, NEI (or true, false, neutral, entailment, …)"
)
_JSON_SUFFIXES = {".jsonl", ".ndjson", ".json"}


class LabelledRow(NamedTuple):
    """One labelled passage; ``label`` is 0 supports, 1 refutes, 2 neither."""

    claim: str
    evidence: str
    label: int


def read_labelled(path: Path) -> list[LabelledRow]:
    """All rows, in order; equal rows once. JSON Lines by its suffix (``.jsonl``), else CSV or TSV by its first line.

    Raises ``InputError`` naming the missing column, or the first bad lines with their reasons.
    """
    rows = _json_lines(path) if path.suffix.lower() in _JSON_SUFFIXES else _table(path)
    return list(dict.fromkeys(rows))


def _json_lines(path: Path) -> list[LabelledRow]:
    def parse(line: str) -> LabelledRow:
        content = json.loads(line)
        if not isinstance(content, dict):
            raise ValueError("no object in curly brackets")  # noqa: TRY004 - the line is wrong, not a caller's type
        places = _columns(list(content))
        missing = [column for column in COLUMNS if column not in places]
        if missing:
            raise ValueError(f"no field {', '.join(missing)}")
        return _row({column: _words(content[name]) for column, name in places.items()})

    return [row for _, row in parse_rows(path, parse, f"objects with {_EXPECTED}")]


def _table(path: Path) -> list[LabelledRow]:
    text = _text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max("\t,;", key=lambda mark: (len(_columns(first.split(mark))), mark == ","))
    places = _table_columns(path, first.split(delimiter))
    rows, bad = [], []
    for number, cells in _records(path, text, delimiter):
        try:
            rows.append(_row({column: cells.get(name) or "" for column, name in places.items()}))
        except ValueError as error:
            bad.append((number, reason_of(error)))
            if len(bad) == MAX_BAD_LINES:
                break
    if bad:
        raise bad_lines(path, bad, _EXPECTED)
    return rows


def _text(path: Path) -> str:
    if existing_file(path).stat().st_size > MAX_BYTES:
        raise InputError(f"{path} is larger than {MAX_BYTES // 2**20} MB; give a part of it.")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as CSV in UTF-8: {error}. Save it as UTF-8.") from error


def _records(path: Path, text: str, delimiter: str) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Each record with the line it ends on; cells beyond the named columns are passed over."""
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, {name.strip(): cell for name, cell in cells.items() if name is not None}
    except csv.Error as error:
        raise InputError(
            f"{path}, line {reader.line_num} cannot be read as CSV: {error}. Is a quotation mark left open?"
        ) from error


def _table_columns(path: Path, names: Sequence[str]) -> dict[str, str]:
    places = _columns(names)
    missing = [column for column in COLUMNS if column not in places]
    if missing:
        shown = ", ".join(repr(name[:40]) for name in names[:8] if name)
        raise InputError(
            f"{path} has no column {', '.join(missing)}; its first line must name {', '.join(COLUMNS)}"
            f" (it names {shown or 'nothing'}). Also taken: {_synonyms(missing)}."
        )
    return places


def _synonyms(columns: Sequence[str]) -> str:
    return "; ".join(f"{', '.join(COLUMNS[column][1:])} for {column}" for column in columns)


def _columns(names: Sequence[str]) -> dict[str, str]:
    """Column → the name that stands for it in the file; of several, the most usual."""
    plain = {_plain(name): name.strip().strip('"') for name in reversed(names)}
    found = {
        column: next((plain[_plain(name)] for name in known if _plain(name) in plain), None)
        for column, known in COLUMNS.items()
    }
    return {column: name for column, name in found.items() if name is not None}


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _words(value: object) -> str:
    """A field of JSON as text: a passage may be a list of sentences, a label true or false."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return " ".join(value)
    if isinstance(value, str | bool):
        return str(value)
    raise ValueError(f"{type(value).__name__} where a text was expected")


def _row(cells: Mapping[str, str]) -> LabelledRow:
    claim, evidence, label = (cells[column].strip() for column in COLUMNS)
    if not claim:
        raise ValueError("the claim is empty")
    if not evidence:
        raise ValueError("the evidence is empty")
    index = LABELS.get(_plain(label))
    if index is None:
        raise ValueError(f"unknown label {label[:40]!r}")
    return LabelledRow(claim, evidence, index)
