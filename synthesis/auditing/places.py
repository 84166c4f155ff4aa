"""Where something stands: the path of a value in a record, in words that a reader of the report knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synthesis.auditing.records import Kind

ValuePath: TypeAlias = "tuple[str | int, ...]"

REPORT_FILE = "report.report.jsonl"
_LONGEST_NAME = 80  # of what is shown as a name
# Where the report shows what each field of its record holds.
_SECTIONS = {
    "abstract": "Abstract",
    "introduction": "1 Introduction",
    "methodology": "2 Methodology",
    "results": "3 Results",
    "answer": "3 Results, answer",
    "comparisons": "3 Results, comparisons",
    "review": "3 Results, review",
    "loads": "3 Results",
    "changes": "3 Results, changes",
    "limitations": "4 Limitations",
    "claims": "5 Extracted Claims",
    "references": "References",
    "calibration": "Appendix C Calibration",
    "provenance": "Appendix D Provenance",
    "measurements": "Appendix E Measured here",
}
_APPENDED: dict[ValuePath, str] = {
    ("methodology", "queries"): "Appendix A Search",
    ("methodology", "log"): "Appendix A Search",
    ("methodology", "flow"): "Appendix B Flow of papers",
}
_SURROUNDINGS = frozenset({"before", "after"})
_NUMBER = re.compile(r"\d")


def leaves(tree: Any) -> Iterator[tuple[ValuePath, Any]]:
    """Every value of a JSON tree that is neither object nor list, by its path, in order."""
    for path, value in nodes(tree):
        if not isinstance(value, dict | list):
            yield path, value


def nodes(tree: Any) -> Iterator[tuple[ValuePath, Any]]:
    """Every value of a JSON tree, objects and lists before what they hold; as deep as it goes."""
    stack: list[tuple[ValuePath, Any]] = [((), tree)]
    while stack:
        path, value = stack.pop()
        yield path, value
        if isinstance(value, dict):
            stack += [((*path, key), child) for key, child in reversed(value.items())]
        elif isinstance(value, list):
            stack += [((*path, index), child) for index, child in reversed(list(enumerate(value)))]


def in_report(path: ValuePath) -> str:
    """The place of a value of a report's record.

    >>> in_report(("claims", 2, "evidence", 1, "quote", "text"))
    '5 Extracted Claims, claim 3, evidence 2, quote'
    """
    if not path:
        return "the whole"
    appended = _APPENDED.get(path[:2])
    section = appended or _SECTIONS.get(str(path[0]))
    if section is None:
        return _spelled(path)
    named = (
        2
        if path[:2] == ("methodology", "flow")
        else 1
        if appended or (len(path) > 1 and isinstance(path[1], str)) or len(path) == 1
        else 0
    )
    return ", ".join(filter(None, (section, _spelled(path[named:]))))


def artefact_place(name: str, rows: Sequence[Any], path: ValuePath) -> str:
    """The place of a value of a run's file; ``path`` begins with the index of its line among ``rows``.

    >>> artefact_place("evidence.evidence.jsonl", [{"claim_id": "C3"}], (0, "quote", "text"))
    'evidence.evidence.jsonl, line 1 (C3), quote'
    """
    if name == REPORT_FILE:
        return f"the run's record, {in_report(path[1:])}"
    line = path[0] if path and isinstance(path[0], int) else -1
    if not 0 <= line < len(rows):
        return f"{name}, line {line + 1}" if line >= 0 else name
    row = rows[line]
    owner = row.get("claim_id") or row.get("paper_id") if isinstance(row, dict) else None
    known = f" ({owner})" if isinstance(owner, str) and len(owner) <= _LONGEST_NAME else ""
    return ", ".join(filter(None, (f"{name}, line {line + 1}{known}", _spelled(path[1:]))))


def _spelled(path: ValuePath) -> str:
    """A path in words: a list's name before an index becomes the name of one, counted from 1."""
    words: list[str] = []
    for step in path:
        if isinstance(step, int):
            words[-1:] = [f"{_one_of(words[-1])} {step + 1}"] if words else [f"entry {step + 1}"]
        else:
            words.append(step.replace("_", " ")[:60])
    if len(words) > 1 and words[-1] == "text" and words[-2] == "quote":
        words.pop()
    return ", ".join(words)


def _one_of(name: str) -> str:
    """The singular of a field's name.

    >>> [_one_of(name) for name in ("claims", "queries", "evidence", "covered")]
    ['claim', 'query', 'evidence', 'covered']
    """
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name.removesuffix("s")


def kind_of(path: ValuePath, value: Any) -> Kind:
    """What sort of thing a value is: words of a quote, an entry of the reference list, a count, another fact."""
    names = {step for step in path if isinstance(step, str)}
    if "quote" in names or names & _SURROUNDINGS or "duplicates" in names:
        return "quote"
    if "references" in names or "reference" in names:
        return "reference"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return "fact"
    return "count" if not isinstance(value, str) or _NUMBER.search(value) else "fact"
