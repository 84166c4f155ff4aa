"""Text that was pasted: claims, one a line, where it is no table."""

from __future__ import annotations

import json
import re

_MIN_WORDS = 3  # a line that is shorter is no claim, as in the lists of Markdown (synthesis.tables)
_TABLE_MARKS = re.compile(r"[\t|]|^\s*[\[{<]")


def lines_as_table(data: bytes) -> bytes | None:
    r"""Claims that stand one a line, as JSON Lines; ``None`` where a line is no sentence, so that a table was meant.

    >>> lines_as_table("Cats sleep all day.\n\nDogs bark at night.".encode())
    b'{"claim": "Cats sleep all day."}\n{"claim": "Dogs bark at night."}\n'
    >>> lines_as_table(b"id,words\n1,Cats sleep all day.") is None
    True
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or any(_TABLE_MARKS.search(line) or _is_short(line) for line in lines):
        return None
    return "".join(json.dumps({"claim": line}, ensure_ascii=False) + "\n" for line in lines).encode()


def _is_short(line: str) -> bool:
    return line.isascii() and len(line.split()) < _MIN_WORDS
