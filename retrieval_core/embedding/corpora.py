"""The texts that the embedded encoder is trained on: aligned rows, word pairs, questions with answer sentences."""

from __future__ import annotations

import gzip
import json
import lzma
from typing import TYPE_CHECKING, Any

from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARALLEL = ("sentences", "course_docs", "misc", "docs", "bible")
LEXICONS = ("lexicon", "lexicon_wiktionary")
# Never trained on: translations of the same 1,012 sentences into every language, to measure translation retrieval.
HELD_OUT_SOURCE = "flores"


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a compressed JSON Lines file. Raises ``InputError`` when it cannot be read."""
    try:
        with (lzma.open if path.suffix == ".xz" else gzip.open)(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)
    except (OSError, EOFError, lzma.LZMAError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read {path}: {error}. Expected compressed JSON Lines.") from error


def aligned(data: Path, *, held_out: bool = False) -> Iterator[tuple[str, dict[str, str], dict[str, str]]]:
    """(file, {language: text}, {language: heading}) of the parallel rows, without or only the held-out ones."""
    for name in PARALLEL:
        for row in rows(data / "parallel" / f"{name}.jsonl.xz"):
            if (HELD_OUT_SOURCE in (row.get("src") or "")) == held_out:
                texts = {language: text for language, text in row["t"].items() if text.strip()}
                yield name, texts, row.get("head") or {}


def word_groups(data: Path) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """(file, {language: words}) of the lexicons."""
    for name in LEXICONS:
        for row in rows(data / "parallel" / f"{name}.jsonl.xz"):
            if "w" in row:
                yield name, row["w"]
            else:
                yield name, {language: [word] for language, word in row["t"].items()}
