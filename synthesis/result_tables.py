"""Table → typed results: each numeric cell whose measure the table's heads or caption name.

Three layouts are read: a column per measure ("System | SQuAD F1 | EM"), a column per data set with the one measure in
the caption ("nDCG@10 on BEIR"), and a row per measure. A cell is a result only when its measure is certain; its data
set comes from the column's head, from a row's "Dataset" cell or from the caption, in this order.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from synthesis.names import is_name
from synthesis.records import ResultValue
from synthesis.result_datasets import dataset_name, datasets_in
from synthesis.result_metrics import Metric, metric_named, metrics_in
from synthesis.result_values import task_in, typed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MARKUP = re.compile(
    r"\[(?:BOLD|ITALIC|EMPTY|UNDERLINE)\]|\*\*|__|<[^<>]{1,20}>|[†‡*∗↑↓$]|\\(?:textbf|underline|mathbf)"
    r"|(?<=\d)\s?\[[a-z*†]{1,2}\]$|(?<=\d)\^[a-z*†]{1,2}$"  # note marks behind a number
)
_CELL = re.compile(
    r"(?P<sign>[-−]?)(?P<digits>\d{1,3}(?:\.\d+)?|\.\d+)\s?(?P<percent>%)?(?:\s?(?:±|\+/-)\s?[\d.]+\s?%?|\s?\([\d.±%\s]+\))?"
)
_PERCENT = re.compile(r"%|\bpercent", re.IGNORECASE)
_DATA_HEAD = re.compile(r"data ?sets?|corpus|corpora|benchmarks?|test ?sets?|collections?", re.IGNORECASE)
_OTHER_HEAD = re.compile(r"lang(?:uages?|s)?\.?|domains?|topics?|categor(?:y|ies)|ids?|year", re.IGNORECASE)
_SYSTEM_HEAD = re.compile(
    r"models?|methods?|systems?|approach(?:es)?|algorithms?|encoders?|parsers?|retrievers?", re.IGNORECASE
)
_SYSTEM_ROW = re.compile(
    r"\b(?:baseline|ours?|majority|random|proposed|bert|roberta|gpt|lstm|bilstm|cnn|transformer|crf|svm|elmo|llama|t5|w/o)\b|^\s*\+|\bet al\b",
    re.IGNORECASE,
)
# heads that count, or describe the set-up: never results, whatever the caption says
_NO_RESULT = re.compile(
    r"#|\b(?:params?|parameters|size|dim|epochs?|steps|time|speed|latency|layers?|tokens|train|number|no\.|count|total|years?|n|ratio|"
    r"flops|memory|gpu|lr|batch|p-value|sd|std|delta|Δ|gain|improvement|diff\w*|change)\b",
    re.IGNORECASE,
)
_ABBREVIATIONS = {
    "acc": "accuracy",
    "prec": "precision",
    "rec": "recall",
    "r-1": "ROUGE-1",
    "r-2": "ROUGE-2",
    "r-l": "ROUGE-L",
}
_LETTERS = {
    "p": "precision",
    "r": "recall",
    "f": "F1",
}  # only where two of them, or one and F1, stand together
MAX_CELLS = 20_000
MAX_CAPTION_CHARS = 2_000


class _Head(NamedTuple):
    """What a column's or a row's head says of its cells."""

    metric: Metric | None
    rest: str


class _Caption(NamedTuple):
    metric: Metric | None
    dataset: str | None
    task: str | None
    percent: bool


def table_values(
    columns: Sequence[str], rows: Sequence[Sequence[str]], caption: str = ""
) -> tuple[ResultValue, ...]:
    """The results of a table, row by row.

    ``columns`` are the heads, ``rows`` the cells as strings; a row shorter than the heads is read as far as it goes.

    >>> columns, rows = ["Model", "F1", "EM"], [["CatNet", "84.3", "71.0"]]
    >>> [(r.system, r.metric, r.dataset, r.value) for r in table_values(columns, rows, "Results on SQuAD.")]
    [('CatNet', 'F1', 'SQuAD', 84.3), ('CatNet', 'EM', 'SQuAD', 71.0)]
    """
    told = _caption(caption[:MAX_CAPTION_CHARS])
    cells = [[_clean(cell) for cell in row] for row in rows[: MAX_CELLS // max(1, len(columns))]]
    names = _names_of_columns([_clean(column) for column in columns], cells)
    heads = _heads(names)
    labels = _label_columns(heads, cells)
    if not labels:
        return ()
    told = told if _rows_are_systems(heads, cells, labels) else told._replace(metric=None)
    found: list[ResultValue] = []
    for row in cells:
        row_metric = metric_named(row[0]) if row and 0 in labels else None
        for index, (head, cell) in enumerate(zip(heads, row, strict=False)):
            if index in labels or _NO_RESULT.search(names[index]):
                continue
            metric = head.metric or row_metric or (told.metric if _is_data(head.rest) else None)
            if metric and (result := _result(cell, metric, told)):
                place = _dataset(head, row, labels, heads, told)
                system = _system(head, row, labels, heads, by_row=row_metric is None)
                found.append(result.model_copy(update={"dataset": place, "system": system}))
    return tuple(found)


def _clean(cell: str) -> str:
    return " ".join(_MARKUP.sub(" ", cell).split())


def _caption(text: str) -> _Caption:
    text = _clean(text)
    names = {name for mention in datasets_in(text) for name in mention.names}
    task = task_in(text)
    return _Caption(
        metric_named(text), names.pop() if len(names) == 1 else None, task, bool(_PERCENT.search(text))
    )


def _names_of_columns(columns: list[str], cells: list[list[str]]) -> list[str]:
    """The heads, with a second line of heads that stands in the first row."""
    first = cells[0] if cells else []
    if (
        len(first) != len(columns)
        or any(_CELL.fullmatch(cell) for cell in first)
        or not any(metrics_in(c) for c in first[1:])
    ):
        return columns
    return [
        f"{column} {cell}" if cell != column else column for column, cell in zip(columns, first, strict=True)
    ]


def _heads(names: list[str]) -> list[_Head]:
    lasts = {name.split()[-1].strip("().%").casefold() for name in names if name.split()}
    together = len(lasts & {"p", "r", "f", "f1"}) >= 2
    return [_head(name, _ABBREVIATIONS | (_LETTERS if together else {})) for name in names]


def _rows_are_systems(heads: list[_Head], cells: list[list[str]], labels: frozenset[int]) -> bool:
    """Whether rows are systems, so that columns with the names of things are data sets."""
    if any(_SYSTEM_HEAD.fullmatch(heads[index].rest) for index in labels):
        return True
    return any(_SYSTEM_ROW.search(row[index]) for row in cells for index in labels if index < len(row))


def _head(text: str, abbreviations: Mapping[str, str]) -> _Head:
    """The measure that a head names, and its other words: "SQuAD F1" → F1, "SQuAD"."""
    mentions = metrics_in(text)
    if len({mention.metric for mention in mentions}) == 1:
        rest = text
        for mention in reversed(mentions):
            rest = f"{rest[: mention.start]} {rest[mention.end :]}"
        return _Head(mentions[0].metric, re.sub(r"\(\s*%?\s*\)|%|[-–:,/]\s*$", " ", rest).strip(" -–:,/()"))
    *before, last = text.split() or [""]
    short = abbreviations.get(last.strip("().%").casefold()) if not mentions else None
    if short and (metric := metric_named(short)):
        return _Head(metric, " ".join(before))
    return _Head(None, text)


def _label_columns(heads: list[_Head], cells: list[list[str]]) -> frozenset[int]:
    """The columns that say what a row is about: from the left, as long as they hold mostly words."""
    found = []
    for index, head in enumerate(heads):
        if _NO_RESULT.search(head.rest) or _OTHER_HEAD.fullmatch(head.rest):
            continue
        column = [row[index] for row in cells if index < len(row) and row[index]]
        wordy = sum(_CELL.fullmatch(cell) is None for cell in column)
        if head.metric or wordy <= len(column) / 2:
            break
        found.append(index)
    return frozenset(found)


def _result(cell: str, metric: Metric, told: _Caption) -> ResultValue | None:
    match = _CELL.fullmatch(cell)
    if match is None or match["sign"]:
        return None
    percent = match["percent"] is not None
    written = typed(metric, match["digits"], percent=percent)
    if written is None:
        return None
    value, unit = written
    if unit == "points" and told.percent:
        unit = "percent"
    text = f"{match['digits']}{' %' if percent else ''}"
    return ResultValue(metric=metric.name, value=value, unit=unit, text=text, task=told.task)


def _dataset(
    head: _Head, row: list[str], labels: frozenset[int], heads: list[_Head], told: _Caption
) -> str | None:
    if (
        head.rest
        and head.rest.casefold() not in {"average", "avg", "avg.", "mean", "all", "overall"}
        and _is_data(head.rest)
    ):
        return dataset_name(head.rest, sure=True)
    if head.rest and head.metric is None:
        return None  # a column of something else, so the caption's data set need not hold
    for index in labels:
        if _DATA_HEAD.fullmatch(heads[index].rest) and index < len(row) and row[index]:
            return row[index]
    return told.dataset


def _is_data(text: str) -> bool:
    """Whether a head's words are the name of a data set, and of no model."""
    name = dataset_name(text)
    return name is not None and any(is_name(word) for word in name.split())


def _system(
    head: _Head, row: list[str], labels: frozenset[int], heads: list[_Head], *, by_row: bool
) -> str | None:
    """The row's own words; where rows are measures, the column's head; with a model over the measure, both."""
    if not by_row:
        return head.rest or None
    words = [
        row[i] for i in sorted(labels) if i < len(row) and row[i] and not _DATA_HEAD.fullmatch(heads[i].rest)
    ]
    over = head.rest if head.metric and head.rest and not _is_data(head.rest) else ""
    return " ".join([*words, *([f"({over})"] if over else [])]) or None
