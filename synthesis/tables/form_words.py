"""The words by which the form is known again, in every language that it speaks: headings, heads of columns, labels."""

from __future__ import annotations

import re
from functools import cache, partial
from typing import TYPE_CHECKING

from synthesis.records import Label
from synthesis.terms import label_name, label_words
from synthesis.wording import LANGUAGES, say, speaking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_MARK = "\0"  # stands for what a template is filled with
_FI = "(?:fi|ﬁ|\ufffd)"  # PDF text may have lost the ligatures


def in_all_languages(words: Callable[[], str]) -> tuple[str, ...]:
    """What ``words`` says in each language, English first, each once."""
    said: list[str] = []
    for language in LANGUAGES:
        with speaking(language):
            said.append(words())
    return tuple(dict.fromkeys(said))


def any_of(words: Iterable[str]) -> str:
    """A pattern for one of ``words``, longest first, with any blanks between them."""
    patterns = (r"\s+".join(map(re.escape, one.split())) for one in words)
    return f"(?:{'|'.join(sorted(patterns, key=lambda pattern: (-len(pattern), pattern)))})"


def _around(template: Callable[[str], str], inside: str) -> str:
    """A pattern for a template in any language, with the pattern ``inside`` at its one place."""
    sides = (said.partition(_MARK) for said in in_all_languages(lambda: template(_MARK)))
    return f"(?:{'|'.join(re.escape(before) + inside + re.escape(after) for before, _, after in sides)})"


# --------------------------------------------------------------------------- headings


@cache
def abstract_headings() -> tuple[str, ...]:
    """The heading of the abstract."""
    return in_all_languages(lambda: say("Abstract"))


@cache
def claims_headings() -> tuple[str, ...]:
    """The heading of the claims' table."""
    return in_all_languages(lambda: say("Extracted Claims"))


@cache
def references_headings() -> tuple[str, ...]:
    """The heading of the reference list."""
    return in_all_languages(lambda: say("References"))


@cache
def heading_pattern() -> re.Pattern[str]:
    """A line that is a heading of the form: of a section, an appendix, or a claim."""
    sections = any_of(
        (
            *abstract_headings(),
            *in_all_languages(lambda: say("Introduction")),
            *in_all_languages(lambda: say("Methodology")),
            *in_all_languages(lambda: say("Results")),
            *in_all_languages(lambda: say("Limitations")),
            *claims_headings(),
            *references_headings(),
        )
    )
    appendix = _around(lambda letter: say("Appendix {letter}", letter=letter), r"[A-Z]\b")
    claim = _around(lambda number: say("Claim {number}", number=number), r"\d{1,6}")
    return re.compile(
        rf"\s*(?:\d{{1,2}}\.?\s+)?{sections}\s*|\s*{appendix}.{{0,80}}|\s*{claim}\s*", re.IGNORECASE
    )


@cache
def question_pattern() -> re.Pattern[str]:
    """The sentence that states the research question, as its group."""
    prefixes = (
        said.partition(_MARK)[0].strip()
        for said in in_all_languages(lambda: say("Research question: {question}", question=_MARK))
    )
    return re.compile(rf"(?<!\w){any_of(prefixes)}\s*(\S.*)", re.IGNORECASE)


# --------------------------------------------------------------------------- the claims' table


@cache
def claim_heads() -> tuple[str, ...]:
    """The head of the column of claims."""
    return in_all_languages(lambda: say("Claim"))


@cache
def verified_heads() -> tuple[str, ...]:
    """The head of the column of marks."""
    return in_all_languages(lambda: say("Verified"))


@cache
def confidence_heads() -> tuple[str, ...]:
    """The head of the column of confidences."""
    return in_all_languages(lambda: say("Confidence"))


@cache
def label_heads() -> tuple[str, ...]:
    """The head of the column of labels."""
    return in_all_languages(lambda: say("Label"))


@cache
def header_pattern() -> re.Pattern[str]:
    """The line of the table's header, on one line or one cell a line."""
    claim, verified, confidence, label = (
        any_of(heads()).replace("fi", _FI)
        for heads in (claim_heads, verified_heads, confidence_heads, label_heads)
    )
    return re.compile(
        rf"^(?:[^\n]{{0,200}}\t)?[ ]{{0,40}}{claim}\s+{verified}\s+{confidence}(?:\t[^\n]*|\s+{label})?[ \t]*\r?$",
        re.MULTILINE | re.IGNORECASE,
    )


@cache
def label_pattern() -> str:
    """A pattern for a label, as words or as a name."""
    written = (partial(words, label) for words in (label_words, label_name) for label in Label)
    return any_of(said for words in written for said in in_all_languages(words))
