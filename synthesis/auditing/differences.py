"""Two JSON trees compared value by value; lists of unequal length are aligned first."""

from __future__ import annotations

import difflib
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthesis.auditing.places import ValuePath

_AROUND = 40  # characters shown on either side of the first that differs
_ALIGNED = 2_000  # a longer list is compared entry by entry


class Difference(NamedTuple):
    """A value that stands where another was expected; ``None`` as JSON's null, ``ABSENT`` for nothing at all."""

    path: ValuePath
    expected: Any
    found: Any


class _Absent:
    """No value at all."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT = _Absent()


def differences(expected: Any, found: Any, path: ValuePath = ()) -> Iterator[Difference]:
    """Each value that differs, in the order of ``expected``; it goes no deeper than ``expected`` does."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in expected:
            yield from differences(expected[key], found.get(key, ABSENT), (*path, key))
        for key in sorted(found.keys() - expected.keys()):
            yield Difference((*path, key), ABSENT, found[key])
    elif isinstance(expected, list) and isinstance(found, list):
        yield from _of_lists(expected, found, path)
    elif not _same(expected, found):
        yield Difference(path, expected, found)


def _of_lists(expected: list[Any], found: list[Any], path: ValuePath) -> Iterator[Difference]:
    if len(expected) == len(found) or max(len(expected), len(found)) > _ALIGNED:
        blocks = [(0, len(expected), 0, len(found))]
    else:
        matcher = difflib.SequenceMatcher(None, _keys(expected), _keys(found), autojunk=False)
        blocks = [(a, b, c, d) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]
    for start, end, other, other_end in blocks:
        common = min(end - start, other_end - other)
        for step in range(common):
            yield from differences(expected[start + step], found[other + step], (*path, start + step))
        for index in range(start + common, end):
            yield Difference((*path, index), expected[index], ABSENT)
        for index in range(other + common, other_end):
            yield Difference((*path, index), ABSENT, found[index])


def _keys(values: list[Any]) -> list[str]:
    return [json.dumps(value, sort_keys=True, default=str) for value in values]


def _same(expected: Any, found: Any) -> bool:
    """Equal as JSON: 0.5 is 0.50, but 1 is not true."""
    numbers = (int, float, Decimal)
    if isinstance(expected, numbers) and isinstance(found, numbers):
        return isinstance(expected, bool) == isinstance(found, bool) and expected == found
    return type(expected) is type(found) and bool(expected == found)


def excerpts(expected: Any, found: Any) -> tuple[str, str]:
    """Both values as text, long ones cut to what stands around the first character that differs.

    >>> excerpts("a" * 60 + "x", "a" * 60 + "y")[0]
    '…aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaax'
    """
    one, other = _as_text(expected), _as_text(found)
    first = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    return _cut(one, first), _cut(other, first)


def _as_text(value: Any) -> str:
    if value is ABSENT:
        return ""
    if isinstance(value, dict):
        text = value.get("text")
        return text if isinstance(text, str) else f"an object with {len(value)} fields"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return str(value)


def _cut(text: str, at: int) -> str:
    start, end = max(0, at - _AROUND), at + _AROUND
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
