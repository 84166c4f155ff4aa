"""How the judge reads text: sentences, and in each its words, stems and names.

Sentences here are units of reading, not of quoting: a wrong cut costs a little accuracy, never an offset.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from retrieval_core.entailment.lexicon import FUNCTION_WORDS
from retrieval_core.entailment.stems import stem_words

MAX_SENTENCE_CHARS = 1200  # longer stretches without a full stop are cut, so that cost stays linear

_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
_NAME = re.compile(r"[^\W_]+(?:[-/.][^\W_]+)*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:al|approx|cf|dr|ed|eq|etc|ext|fig|figs|i\.e|e\.g|mr|mrs|ms|no|nos|prof|ref|refs|resp|st|vs|viz)"
    r"|\b[A-Z])\.$",
    re.IGNORECASE,
)
# Possessive and anchored at the first mark of a run, so that no text takes more than linear time.
_SENTENCE_END = re.compile(
    r"(?<![.!?])[.!?]++[\"'’”)\]]*+\s++(?=[\"'“‘(\[]?[^\Wa-z_])|[。！？؟।॥]++|\n[^\S\n]*+\n"
)


@dataclass(frozen=True)
class Sentence:
    """A sentence as the judge sees it; everything further is worked out once, when first asked for."""

    text: str

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Lower-case words in order."""
        if _other_script(self.text):
            return self.stems
        return tuple(word.lower().replace("’", "'") for word in _WORD.findall(self.text))

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """Stems of ``words``, one for one; for scripts without our stemmer, the terms of the lexical index."""
        if _other_script(self.text):
            from retrieval_core.analysis import analyze  # noqa: PLC0415 - only other scripts pay for it

            return tuple(term for term in analyze(self.text) if not term.endswith("*"))
        return stem_words(self.words)

    @cached_property
    def content(self) -> tuple[str, ...]:
        """Stems that carry content, in order, with repeats."""
        return tuple(
            stem
            for word, stem in zip(self.words, self.stems, strict=True)
            if word not in FUNCTION_WORDS and not (len(word) == 1 and word.isascii())
        )

    @cached_property
    def content_set(self) -> frozenset[str]:
        """The distinct stems of ``content``."""
        return frozenset(self.content)

    @cached_property
    def names(self) -> frozenset[str]:
        """Names as far as spelling tells: inner capitals, letters with digits, capitals inside a sentence."""
        found = set()
        for match in _NAME.finditer(self.text):
            name = match.group()
            if name.islower() and name.isalpha():
                continue
            inner = any(c.isupper() for c in name[1:])
            mixed = any(c.isdigit() for c in name) and any(c.isalpha() for c in name)
            if inner or mixed or (match.start() > 0 and name[0].isupper() and len(name) > 1):
                found.add(re.sub(r"[-/.]", "", name.lower()))
        return frozenset(found)


def clean(text: str) -> str:
    """``text`` without characters that no reader sees, compatibility forms (ligatures, full width) resolved."""
    if text.isascii() and text.isprintable():
        return text
    plain = unicodedata.normalize("NFKC", text)
    if plain.isprintable():
        return plain
    kept = (c if c.isprintable() or c.isspace() else _replacement(c) for c in plain)
    return "".join(kept)


def split_sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a passage, read; empty for a passage without a letter or digit."""
    return tuple(Sentence(piece) for piece in _pieces(clean(text)) if _WORD.search(piece))


def read_sentence(text: str) -> Sentence:
    """A whole text read as one sentence, e.g. a claim; past ``MAX_SENTENCE_CHARS`` it is not read."""
    return Sentence(clean(text).strip()[:MAX_SENTENCE_CHARS])


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if _ABBREVIATION.search(text, max(start, match.start() - 8), match.start() + 1):
            continue
        pieces.extend(_cut(text[start : match.end()]))
        start = match.end()
    pieces.extend(_cut(text[start:]))
    return pieces


def _cut(piece: str) -> list[str]:
    """Break a stretch that is too long to be a sentence at its white space."""
    piece = piece.strip()
    parts = []
    while len(piece) > MAX_SENTENCE_CHARS:
        at = piece.rfind(" ", MAX_SENTENCE_CHARS // 2, MAX_SENTENCE_CHARS)
        at = at if at > 0 else MAX_SENTENCE_CHARS
        parts.append(piece[:at])
        piece = piece[at:].lstrip()
    return [*parts, piece] if piece else parts


def _replacement(char: str) -> str:
    """Nothing for format characters (zero width, bidi, soft hyphen), a space for other controls."""
    return "" if unicodedata.category(char) == "Cf" else " "


def _other_script(text: str) -> bool:
    """True when most letters are neither Latin nor lone Greek symbols (α, β) in Latin text."""
    if text.isascii():
        return False
    letters = [c for c in text if c.isalpha()]
    return sum(ord(c) > 0x24F for c in letters) * 2 > len(letters)
