"""A web page of a paper → full text: arXiv's and ar5iv's, which LaTeXML makes, and fairly also those of publishers.

Kept: title, abstract, sections with tables and formulas, captions of figures and footnotes in sections of their own
behind the text, works cited. Left out: navigation, what is hidden (a flag says how much), what LaTeXML could not convert.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from synthesis.reading.full_text import FullText
from synthesis.reading.html.body import HtmlBody
from synthesis.reading.html.facts import page_facts
from synthesis.reading.html.hidden import Hidden, take_out_hidden
from synthesis.reading.html.inline import classes_of, outermost_of, with_class
from synthesis.reading.markup.outline import ABSTRACT
from synthesis.reading.markup.parsing import outermost, parse_html
from synthesis.reading.problems import UnreadableFileError
from synthesis.reading.quality import combined, text_quality
from synthesis.records import Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NOT_ARTICLE = "not an article"
CONVERSION_FAILED = "conversion failed"
_SHORT_PAGE_CHARS = 4_000  # login pages and refusals are shorter, articles longer
_NO_PAGE_CHARS = 200
_FEW = 5  # titles that are looked at
_FATAL = re.compile(
    r"conversion to html had a fatal error|conversion (?:to html )?(?:has )?(?:failed|exited abruptly)"
    r"|html (?:version )?is not available for|no html (?:version )?(?:for|is available)|no content available",
    re.IGNORECASE,
)
_PARTIAL = re.compile(
    r"did not convert correctly|may be truncated or damaged|conversion to html had (?:\w+ )?(?:errors?|warnings?)",
    re.IGNORECASE,
)
_GATE = re.compile(
    r"just a moment|attention required|access (?:to this page has been )?denied|verif(?:y|ying) (?:that )?you are (?:a )?human"
    r"|checking (?:your|if the site)|enable (?:javascript|cookies)|unusual traffic|are you a robot|not a robot|captcha"
    r"|(?:40[134]|50[023])\s*[-–:|]?\s*(?:forbidden|not found|unauthorized|error|bad|service)|page not found|forbidden"
    r"|(?:log|sign)[ -]?in\b|session (?:has )?expired|purchase (?:this )?(?:article|access)|institutional access",
    re.IGNORECASE,
)


def read_html(data: bytes, label: str) -> FullText:
    """The full text of one web page; ``label`` names it in errors.

    Sections are titled by their path, "Methods: Data". Errors of LaTeXML's conversion and hidden text lower the quality.

    Raises:
        UnreadableFileError: with ``reason`` one of empty, too large, exceeds limits, damaged, conversion failed (LaTeXML
            gave up), not an article (a login page, a refusal, an error page), no text.
    """
    root = parse_html(data, label).root
    hidden = take_out_hidden(root)
    article = _article(root)
    banners = _banners(root, article)
    if _FATAL.search(banners):
        raise UnreadableFileError(
            f"{label} says that its conversion from LaTeX failed, so that text may be missing. Read the LaTeX source or the PDF.",
            CONVERSION_FAILED,
        )
    _check_article(root, article, label)
    facts = page_facts(root, article)
    body = HtmlBody(facts.title)
    errors = len(with_class(article, "ltx_ERROR"))
    body.read(article)
    sections = _sections(facts.abstract, body)
    if not any(section.text for section in sections):
        raise UnreadableFileError(
            f"{label} holds no text of an article. Look for another copy of the paper.", "no text"
        )
    quality, flags = text_quality(sections)
    own, own_flags = combined(_own_factors(errors, banners, hidden, sections))
    return FullText(
        form="html",
        title=facts.title,
        abstract=next((one.text for one in sections if one.title == ABSTRACT), None),
        authors=facts.authors,
        year=facts.year,
        identifiers=facts.identifiers,
        sections=sections,
        references=facts.references or tuple(body.references),
        quality=round(quality * own, 3),
        flags=(*own_flags, *flags),
    )


def _article(root: Any) -> Any:
    """LaTeXML's document, else the page's longest ``article``, else its ``main`` part, else all of it."""
    documents = outermost(
        root, lambda one: "ltx_document" in classes_of(one) and "package-alerts" not in classes_of(one)
    )
    found = documents or outermost(root, lambda one: one.tag == "article")
    found = found or outermost(root, lambda one: one.tag == "main" or one.get("role") == "main")
    body = next(root.iter("body"), root)
    longest = max(found, key=_n_chars, default=body)
    # A page of many short articles, or whose text stands beside them, is taken whole.
    return longest if documents or 2 * _n_chars(longest) > _n_chars(body) else body


def _n_chars(element: Any) -> int:
    return sum(map(len, element.itertext()))


def _banners(root: Any, article: Any) -> str:
    """What a page says of itself: all beside LaTeXML's article and its own messages in it; of other pages the head's."""
    if "ltx_document" not in classes_of(article):
        texts = [
            *islice(root.iter("title", "h1"), _FEW),
            *([article] if _n_chars(article) < _SHORT_PAGE_CHARS else []),
        ]
        return _joined("".join(one.itertext()) for one in texts)
    inside = set(article.iter())
    outside = (text for one in root.iter() if one not in inside for text in (one.text, one.tail) if text)
    messages = (
        "".join(one.itertext())
        for name in ("ltx_error", "package-alerts")
        for one in outermost_of(article, name)
    )
    return _joined([*outside, *messages, article.tail or ""])


def _joined(texts: Iterable[str]) -> str:
    return " ".join(" ".join(texts).split())


def _check_article(root: Any, article: Any, label: str) -> None:
    """Refuse what is plainly a login page, a refusal or an error page."""
    words = _joined(article.itertext())
    if len(words) >= _SHORT_PAGE_CHARS:
        return
    titles = " ".join("".join(one.itertext()) for one in islice(root.iter("title", "h1"), _FEW))[:1_000]
    asks = any(one.get("type") == "password" for one in root.iter("input"))
    turned = any((one.get("http-equiv") or "").lower() == "refresh" for one in root.iter("meta"))
    latexml = "ltx_document" in classes_of(article)
    gate = _GATE.search(titles) or (len(words) < _SHORT_PAGE_CHARS // 4 and _GATE.search(words))
    if not latexml and (asks or gate or (turned and len(words) < _NO_PAGE_CHARS)):
        excerpt = words[:120] or "an empty page"
        raise UnreadableFileError(
            f"{label} is a web page, but not an article ({excerpt!r}). Download the paper itself, or give its PDF.",
            NOT_ARTICLE,
        )


def _sections(abstract: str | None, body: HtmlBody) -> tuple[Section, ...]:
    sections = body.outline.sections()
    if abstract:
        return (Section(title=ABSTRACT, text=abstract), *sections)
    found = next(
        (one for one in sections if one.title.casefold().rpartition(": ")[2] == "abstract" and one.text), None
    )
    if found is None:
        return sections
    return (Section(title=ABSTRACT, text=found.text), *(one for one in sections if one is not found))


def _own_factors(
    errors: int, banners: str, hidden: Hidden, sections: tuple[Section, ...]
) -> Iterator[tuple[float, str]]:
    blocks = sum(section.text.count("\n\n") + 1 for section in sections)
    yield max(0.5, 1 - errors / max(20, blocks)), f"errors of the conversion from LaTeX: {errors}"
    yield (0.9 if _PARTIAL.search(banners) else 1.0), "the page says that parts of it may not be right"
    yield (0.9 if hidden.words else 1.0), f"hidden text left out ({hidden.words} words: “{hidden.sample}”)"
