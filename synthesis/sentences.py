"""Sentences of any text, with exact offsets.

    text → blocks (blank lines) → windows → cuts (syntok or sentencex, universal marks) → merges → spans

A cut is an offset at which a new sentence begins. The libraries only ever propose cuts, so that whatever they
do, every character of the text that is not blank lies in exactly one span. A cut that the rules of
:func:`_joins` refuse ("Fig. | 3") is dropped.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

from synthesis.records import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# The libraries see at most this many characters at once: bounds time and memory on text without marks.
WINDOW_CHARS = 10_000
# Thai and Lao write blanks between clauses, not words, and no mark behind a sentence: a sentence goes on until it
# is this long and a word that opens sentences follows, or until it is three times as long.
CLAUSE_CHARS = 60
# How far the merge rules look back and ahead.
_LEFT_CHARS, _RIGHT_CHARS = 240, 240

_BLOCK_BREAK = re.compile(r"(?:(?>\r\n|\r|\n)[^\S\r\n]*){2,}|[\f\u2029]|(?<=\|)\r?\n|\r?\n(?=\|)")
_MARK = re.compile(r"[.!?…;\u037e。！？｡।॥؟۔։።၊။។]")  # no window without one needs a library
# Marks that end a sentence in every language that writes them, with what closes behind them.
_UNIVERSAL = re.compile(r"[。！？｡।॥؟۔։።။។]+[\"'”’»)\]）］」』】》〉]*")
_CASED = re.compile(r"[A-Za-z\u00aa-\u024f\u0370-\u052f\u1e00-\u1fff]")  # Latin, Greek, Cyrillic
_CLAUSED = re.compile(r"[\u0e00-\u0eff]")  # Thai, Lao
# sentencex chooses its rules by language; where none is given, the script speaks.
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff\u3400-\u4dbf]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("ar", re.compile(r"[\u0600-\u06ff\u0750-\u077f]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("bn", re.compile(r"[\u0980-\u09ff]")),
    ("ta", re.compile(r"[\u0b80-\u0bff]")),
    ("te", re.compile(r"[\u0c00-\u0c7f]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("hy", re.compile(r"[\u0530-\u058f]")),
    ("am", re.compile(r"[\u1200-\u137f]")),
    ("my", re.compile(r"[\u1000-\u109f]")),
    ("km", re.compile(r"[\u1780-\u17ff]")),
)
_JAPANESE_KANA_SHARE = 0.05  # Chinese text quotes a kana or two at most
_CASED_LANGUAGES = frozenset(
    "bg bs ca cs da de el en es et eu fi fr ga gl hr hu id is it lt lv mk ms nb nl nn no pl pt ro ru sk sl sq sr"
    " sv sw tr uk vi".split()
)
# syntok does not cut behind a number, a citation or an address, lest it be an abbreviation.
_CUT_BEHIND_NUMBER = re.compile(r"(?<=[\d%\]])[.!?]['\"”’)\]]*\s+(?=['\"“„«(]?[^\W\d_])")
_CUT_BEHIND_COMPOUND = re.compile(r"(?<=\w-[A-Z])\.\s+(?=[^\W\d_])")  # "on MLQA-R. | It" ends in no initial
_CUT_BEHIND_ADDRESS = re.compile(r"(?:https?://|www\.)\S{1,200}\.\s+(?=[^\W\d_])")
_CITATION = re.compile(r"\[\d{1,4}(?:\s?[,–-]\s?\d{1,4}){0,20}\](?=\s)")

# ---- what never ends a sentence, and what does not before a number, a bracket or a small letter
_ALWAYS_JOINS = re.compile(
    r"(?<![^\W_])(?:i\.\s?e|e\.\s?g|cf|vs|viz|w\.\s?r\.\s?t|figs?|eqs?|eqns?|secs?|sects?|thm|alg|"
    r"approx|ca|resp|dr|mr|mrs|ms|prof|abb|kap|bzw|vgl|ggf|z\.\s?b|d\.\s?h|u\.\s?a|p\.\s?ej|núm|págs?|cfr|"
    r"рис|табл|разд|см|т\.\s?е|т\.\s?к|т\.\s?н|βλ|σχ|πίν|π\.\s?χ|εικ|डॉ|प्रो|श्री|د|أ\.\s?د)\.$",
    re.IGNORECASE,
)
_JOINS_BEFORE_DETAIL = re.compile(
    r"(?<![^\W_])(?:al|tabs?|refs?|apps?|defs?|props?|chs?|chap|vols?|nos?|nr|n|pp?|art|cap|bd|s|с|стр|гл|п|г|"
    r"st|ed|eds|etc|incl|excl|est|ver|sp|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.$",
    re.IGNORECASE,
)
_DETAIL = re.compile(r"[\d(\[#§=<>≈≤≥,;:–-]|[IVX]{1,4}\b|[a-zß-öø-ÿа-яё]")
_ENUMERATOR = re.compile(r"[\[(]?(?:\d{1,3}(?:\.\d{1,3}){0,3}|[a-z]|[ivx]{1,4})[.)\]]{1,2}", re.IGNORECASE)
_ORDINAL = re.compile(
    r"(?:^|\s)(?:am|vom|zum|zur|im|beim|der|die|das|den|dem|des|ab|bis|seit|jeden?)\s\d{1,3}\.$",
    re.IGNORECASE,
)
_DAY = re.compile(r"(?<!\S)(?:0?[1-9]|[12]\d|3[01])\.$")
_MONTH = re.compile(
    r"(?:jan|feb|mär|mar|maa|apr|mai|maj|may|jun|jul|aug|sep|okt|oct|nov|dez|dec|des|января|февраля|марта|апреля|"
    r"мая|июня|июля|августа|сентября|октября|ноября|декабря)",
    re.IGNORECASE,
)
_COMPARISON_END = re.compile(r"[<>=≈≤≥]\s*\.?$")
_CAPTION_NUMBER = re.compile(
    r"(?:^|\s)(?:figs?|figure|tables?|tab|abb|рис|табл)\.?\s\d{1,3}\.$", re.IGNORECASE
)
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")  # has no UTF-8, which sentencex works on
_CLAUSE_BREAK = re.compile(r"(?<![0-9A-Za-z])\s+(?![\s0-9A-Za-z(])")  # figures and names stay inside
_THAI_OPENER = re.compile(
    r"(?:อย่างไรก็ตาม|นอกจาก|ในขณะ|ใน|ดังนั้น|เมื่อ|แต่|ต่อมา|ทั้งนี้|จากนั้น|หลังจาก|เนื่องจาก|เพราะ|ผล|เรา|การ|งาน|โดยเฉพาะ|สำหรับ)"
)
_GREEK_END = re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]\W*;$")  # the Greek question mark
_QUOTED_SPEECH = re.compile(r"(?:と|って)")  # Japanese: 「…。」と goes on


def split_sentences(text: str, language: str | None = None) -> list[Span]:
    """Half-open offsets (code points) of the sentences of ``text``, in order and without overlap.

    Every character that is not blank (``str.isspace``) lies in exactly one span; no span begins or ends with a
    blank. ``language`` is an ISO 639-1 code; without it the script of each stretch decides. A stretch of
    ``WINDOW_CHARS`` without any sentence end is cut at a blank.
    """
    spans: list[Span] = []
    for start, end in _blocks(text):
        is_row = text.startswith("|", start)
        inside = () if is_row else _sentence_starts(text, start, end, language)
        spans.extend(_stripped(text, [start, *inside, end]))
    return spans


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Stretches between blank lines; each row of a Markdown table is one."""
    start = 0
    for gap in _BLOCK_BREAK.finditer(text):
        yield start, gap.start()
        start = gap.end()
    yield start, len(text)


def _stripped(text: str, cuts: list[int]) -> Iterator[Span]:
    """Spans between neighbouring cuts, without the blanks around them; blank ones are left out."""
    for start, end in pairwise(cuts):
        piece = text[start:end]
        if body := piece.strip():
            first = start + len(piece) - len(piece.lstrip())
            yield Span(start=first, end=first + len(body))


def _sentence_starts(text: str, start: int, end: int, language: str | None) -> Iterator[int]:
    """Offsets inside the block at which a sentence begins, the block's own start left out."""
    sentence = start
    while start < end:
        stop = min(start + WINDOW_CHARS, end)
        last = start
        for cut in _proposed_cuts(text, start, stop, language):
            if not _joins(text, sentence, cut, end):
                yield cut
                sentence = last = cut
        if stop == end:
            return
        if last == start:  # no sentence ends here: cut where it hurts least
            last = _emergency_cut(text, start, stop)
            yield last
            sentence = last
        start = last


def _emergency_cut(text: str, start: int, stop: int) -> int:
    """A cut in the window's second half: behind a blank, else where no mark combines with what precedes it."""
    middle = (start + stop) // 2
    for cut in range(stop, middle, -1):
        if text[cut - 1].isspace():
            return cut
    for cut in range(stop, middle, -1):
        if unicodedata.category(text[cut]) not in {"Mn", "Mc", "Me", "Cf"} and text[cut - 1] != "\u200d":
            return cut
    return stop


def _proposed_cuts(text: str, start: int, stop: int, language: str | None) -> list[int]:
    """All cuts inside the window that a library or a universal mark proposes, in order."""
    window = text[start:stop]
    engine = _engine(window, language)
    if engine == "clauses":
        return [start + cut for cut in _clause_cuts(window)]
    if not _MARK.search(window):
        return []
    cuts = {match.end() for match in _UNIVERSAL.finditer(window)}
    cuts.update(_syntok_cuts(window) if engine == "syntok" else _sentencex_cuts(window, engine))
    return sorted(start + cut for cut in cuts if 0 < cut < len(window))


def _engine(window: str, language: str | None) -> str:
    """``"syntok"``, ``"clauses"`` or the language that sentencex is told."""
    code = language.lower().replace("_", "-").split("-")[0] if language else None
    if code in {"th", "lo"}:
        return "clauses"
    if code is not None:
        return "syntok" if code in _CASED_LANGUAGES else code
    cased, claused = len(_CASED.findall(window)), len(_CLAUSED.findall(window))
    counts = {name: len(letters.findall(window)) for name, letters in _SCRIPTS}
    if counts["ja"] > _JAPANESE_KANA_SHARE * (counts["ja"] + counts["zh"]):
        counts["ja"] += counts["zh"]
    best = max(counts, key=lambda name: counts[name])
    if claused > max(cased, counts[best]):
        return "clauses"
    # An ideograph says as much as two or three letters, so Chinese with English terms stays Chinese.
    weight = 3 if best in {"zh", "ja"} else 1
    return best if counts[best] * weight > cased else "syntok"


def _syntok_cuts(window: str) -> Iterator[int]:
    from syntok import segmenter  # noqa: PLC0415 - loaded when the first text comes

    for paragraph in segmenter.analyze(window):
        for tokens in paragraph:
            cut = tokens[0].offset
            citation = _CITATION.match(window, cut)  # "… is shown.[3] Next": the number belongs to the left
            yield citation.end() if citation and not window[cut - 1 : cut].isspace() else cut
    for pattern in (_CUT_BEHIND_NUMBER, _CUT_BEHIND_COMPOUND, _CUT_BEHIND_ADDRESS):
        for match in pattern.finditer(window):
            if window[match.end() :].lstrip("'\"“„«(")[:1].isupper():
                yield match.end()


def _sentencex_cuts(window: str, language: str) -> Iterator[int]:
    from sentencex import segment  # noqa: PLC0415 - loaded when the first text comes

    cut = 0
    for piece in segment(language, _LONE_SURROGATE.sub("\ufffd", window)):
        cut += len(piece)
        yield cut


def _clause_cuts(window: str) -> Iterator[int]:
    """Thai and Lao: behind a blank, once the sentence is long enough."""
    last = 0
    for blank in _CLAUSE_BREAK.finditer(window):
        length = blank.start() - last
        opens = _THAI_OPENER.match(window, blank.end()) is not None
        ends = _MARK.match(window, max(blank.start() - 1, 0)) is not None
        if ends or length >= (CLAUSE_CHARS if opens else 3 * CLAUSE_CHARS):
            last = blank.end()
            yield last


def _joins(text: str, sentence: int, cut: int, end: int) -> bool:
    """Whether the sentence that began at ``sentence`` goes on behind ``cut``."""
    left = text[max(sentence, cut - _LEFT_CHARS) : cut].rstrip()
    right = text[cut : min(end, cut + _RIGHT_CHARS)].lstrip()
    touching = not text[cut - 1].isspace() and not text[cut : cut + 1].isspace()
    return (
        not any(c.isalnum() for c in right[:80])  # closing marks only
        or (not any(c.isalnum() for c in left) and len(left) < _LEFT_CHARS)
        or _ENUMERATOR.fullmatch(left) is not None
        or _abbreviation_joins(left, right)
        or _number_joins(left, right)
        or (left.endswith(";") and _GREEK_END.search(left) is None)
        or (touching and left.endswith(".") and (right[:1].isdigit() or right[:1].islower()))
        or (left[-1:] in '」』”’"' and _QUOTED_SPEECH.match(right) is not None)
        or _bracket_is_open(left, right)
    )


def _abbreviation_joins(left: str, right: str) -> bool:
    if _ALWAYS_JOINS.search(left):
        return True
    return _JOINS_BEFORE_DETAIL.search(left) is not None and _DETAIL.match(right) is not None


def _number_joins(left: str, right: str) -> bool:
    """A number whose full stop is an ordinal's, a date's, a caption's, or that a comparison waits for."""
    return (
        _ORDINAL.search(left) is not None
        or (_DAY.search(left) is not None and _MONTH.match(right) is not None)
        or _COMPARISON_END.search(left) is not None
        or (_CAPTION_NUMBER.fullmatch(left) is not None)
    )


def _bracket_is_open(left: str, right: str) -> bool:
    """Whether ``left`` opens a bracket that ``right`` closes before it opens another."""
    for opening, closing in ("()", "[]", "（）"):
        if left.rfind(opening) > left.rfind(closing):
            close = right.find(closing)
            return close >= 0 and opening not in right[:close]
    return False


def sentence_texts(text: str, spans: Iterable[Span]) -> list[str]:
    """The text of each span."""
    return [text[span.start : span.end] for span in spans]
