"""JSON and JSON Lines → rows, and verdicts added to each object without touching the rest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from synthesis.errors import InputFileError
from synthesis.tables.columns import Grid, GridRow, check_shape
from synthesis.tables.intake import BOM, MAX_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from synthesis.tables.records import ClaimTable

LIST_KEYS = ("claims", "rows", "data")  # under which an object may hold its claims


def load(text: str, path: Path) -> Any:
    """The value of a JSON text. Raises ``InputFileError`` naming line and column."""
    try:
        return json.loads(text.removeprefix(BOM))
    except json.JSONDecodeError as error:
        raise InputFileError(
            f"{path}, line {error.lineno}, column {error.colno}: not JSON ({error.msg}); correct the place, or write "
            "one object a line and name the file .jsonl."
        ) from error
    except (RecursionError, ValueError) as error:
        raise InputFileError(
            f"{path} is JSON nested too deeply, or with a number too long, to be a table of claims; expected a list "
            'of claims, or of objects such as {"id": 1, "claim": "…"}.'
        ) from error


def load_lines(text: str, path: Path) -> tuple[list[Any], list[int]]:
    """The values of JSON Lines and the line of each; blank lines are passed over."""
    values: list[Any] = []
    lines: list[int] = []
    for number, line in enumerate(text.removeprefix(BOM).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            values.append(json.loads(line))
        except (RecursionError, ValueError) as error:
            what = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
            raise InputFileError(
                f"{path}, line {number}: not a JSON value ({what}); JSON Lines holds one object a line, such as "
                '{"id": 1, "claim": "…"}.'
            ) from error
        lines.append(number)
        if len(values) > MAX_ROWS:
            raise InputFileError(f"{path}, line {number}: more than {MAX_ROWS:,} rows; split the file.")
    return values, lines


def list_key(value: dict[str, Any]) -> str | None:
    """The key of ``LIST_KEYS`` under which an object holds a list."""
    return next((key for key in LIST_KEYS if isinstance(value.get(key), list)), None)


def list_of(value: Any, path: Path) -> list[Any]:
    """The list of claims in a JSON value: itself, or under one of ``LIST_KEYS``."""
    if isinstance(value, list):
        return value
    key = list_key(value) if isinstance(value, dict) else None
    if key is not None:
        return list(value[key])
    found = "no list"
    if isinstance(value, dict):
        found = "an object with the keys " + ", ".join(f"“{key[:40]}”" for key in list(value)[:12])
    raise InputFileError(
        f"{path} holds {found}; expected a list of claims (strings, or objects such as "
        '{"id": 1, "claim": "…"}), or an object with such a list under “claims”.'
    )


def grid_of(values: Sequence[Any], lines: Sequence[int] | None, path: Path) -> Grid:
    """Strings or objects as a grid; columns in the order in which keys first occur.

    Raises:
        InputFileError: an entry that is neither, or neither kind throughout.
    """
    unit = "entry" if lines is None else "line"
    places = range(1, len(values) + 1) if lines is None else lines
    if not values:
        raise InputFileError(f"{path} holds no claims; add an entry for each claim.")
    if all(isinstance(value, str) for value in values):
        rows = (GridRow(place, (value,)) for place, value in zip(places, values, strict=True))
        return Grid(GridRow(1, ("claim",)), tuple(rows), unit)
    for place, value in zip(places, values, strict=True):
        if not isinstance(value, dict):
            raise InputFileError(
                f"{path}, {unit} {place}: {_kind(value)} stands where an object with a claim was expected, such as "
                '{"id": 1, "claim": "…"}.'
            )
    names = tuple(dict.fromkeys(key for value in values for key in value))
    check_shape(len(values), len(names), path)
    body = (
        GridRow(place, tuple(_cell(value.get(name)) for name in names))
        for place, value in zip(places, values, strict=True)
    )
    return Grid(GridRow(places[0], names), tuple(body), unit)


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _kind(value: Any) -> str:
    names = {str: "a string", list: "a list", dict: "an object", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")


def dump(value: Any, *, indent: int | None) -> str:
    """JSON with characters as they are; halves of surrogate pairs, which UTF-8 has not, escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
    return text


def given_ids(table: ClaimTable) -> list[str | int]:
    """The ids of a table's rows as its file gave them: whole numbers stay numbers, repeated ones are not told apart.

    Of formats other than JSON, whose ids are text, those of the rows.
    """
    plain: list[str | int] = [row.claim_id for row in table.rows]
    if table.format not in {"json", "jsonl"} or table.kind == "report":
        return plain
    text = table.source.removeprefix(BOM)
    values = (
        [json.loads(line) for line in text.split("\n") if line.strip()] if table.format == "jsonl" else None
    )
    if values is None:
        whole = json.loads(text)
        values = whole if isinstance(whole, list) else whole[list_key(whole)]
    ids = [value.get("id") if isinstance(value, dict) else None for value in values]
    if len(ids) != len(plain):
        return plain
    return [
        given if isinstance(given, str | int) and not isinstance(given, bool) else row_id
        for given, row_id in zip(ids, plain, strict=True)
    ]
