"""JSON Lines → objects; what is none is rejected under its line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from synthesis.reading.lines import TextLimits, iterate_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from synthesis.reading.problems import Rejections


def iterate_objects(
    path: Path, rejections: Rejections, limits: TextLimits | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """("file:line", object) of every line that holds a JSON object; the others are rejected."""
    limits = limits or TextLimits()
    for number, line in iterate_lines(path, limits):
        place = f"{path.name}:{number}"
        if line is None:
            rejections.add(place, "line too long", f"more than {limits.line_bytes >> 20} MiB")
            continue
        try:
            record = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            rejections.add(place, "not UTF-8", f"byte {error.start + 1} of the line")
        except (ValueError, RecursionError) as error:
            rejections.add(place, "not JSON", str(error)[:200])
        else:
            if isinstance(record, dict):
                yield place, record
            else:
                rejections.add(place, "not a JSON object", type(record).__name__)
