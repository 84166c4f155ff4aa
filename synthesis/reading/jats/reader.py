"""JATS, the XML of PubMed Central and of most journals → full text.

Kept: title, abstracts, body, appendices, notes and abbreviations, each table where it stands, captions of figures and
footnotes in sections of their own behind the text, works cited. Left out: journal metadata, key words, acknowledgements,
authors' biographies, abstracts in other languages, and sub-articles (reviews, translations), which a flag counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synthesis.reading.full_text import FullText
from synthesis.reading.jats.body import JatsBody
from synthesis.reading.jats.front import read_front
from synthesis.reading.jats.inline import mark_formulas
from synthesis.reading.jats.references import read_references
from synthesis.reading.markup.outline import ABSTRACT
from synthesis.reading.markup.parsing import Markup, parse_xml
from synthesis.reading.problems import UnreadableFileError
from synthesis.reading.quality import combined, text_quality
from synthesis.records import Section

if TYPE_CHECKING:
    from collections.abc import Iterator

_OTHER_ROOTS = {
    "PubmedArticleSet": "is PubMed metadata, not JATS",
    "PubmedArticle": "is PubMed metadata, not JATS",
    "TEI": "is TEI, not JATS",
    "html": "is HTML, not JATS",
    "feed": "is an Atom feed, not JATS",
}
_DAMAGED, _PICTURES = 0.5, 0.9  # factors of quality: a file cut short; formulas or tables that cannot be read


def read_jats(data: bytes, label: str) -> FullText:
    """The full text of one JATS article; ``label`` names it in errors.

    Nested sections are titled by their path, "Methods: Statistical analysis". XML that is damaged is read as far as it
    goes, with a flag and half the quality. An article that is, or names, a notice of retraction, concern or correction
    has a flag that begins with "retracted", "retraction notice", "concern", "corrected" or "correction notice".

    Raises:
        UnreadableFileError: with ``reason`` one of empty, too large, declares entities, exceeds limits, damaged, "is …,
            not JATS", no text.
    """
    markup = parse_xml(data, label)
    article = _article(markup.root, label)
    mark_formulas(article)
    front = read_front(article)
    body = JatsBody()
    body.read(article)
    first = (Section(title=ABSTRACT, text=front.abstract),) if front.abstract else ()
    sections = (*first, *front.other_abstracts, *body.outline.sections())
    if not any(section.text for section in sections):
        raise UnreadableFileError(
            f"{label} is JATS without abstract or body. Look for another copy of the paper.", "no text"
        )
    quality, flags = text_quality(sections)
    own, own_flags = combined(_own_factors(markup, body))
    return FullText(
        form="jats",
        title=front.title,
        abstract=front.abstract,
        authors=front.authors,
        year=front.year,
        identifiers=front.identifiers,
        sections=sections,
        references=read_references(article),
        quality=round(quality * own, 3),
        flags=(*front.notices, *_left_out(article), *own_flags, *flags),
    )


def _article(root: Any, label: str) -> Any:
    """The article element: the root, or inside what an archive's interface wraps round it."""
    candidates = [root] if root.tag == "article" else root.iter("article")
    article = next((one for one in candidates if _is_jats(one)), None)
    if article is None:
        reason = _OTHER_ROOTS.get(root.tag, "is not JATS")
        raise UnreadableFileError(
            f"{label} {reason} (its root element is <{root.tag[:40]}>). Give the article's JATS XML, or another form of it.",
            reason,
        )
    return article


def _is_jats(article: Any) -> bool:
    return article.find("front") is not None or article.find("body") is not None


def _own_factors(markup: Markup, body: JatsBody) -> Iterator[tuple[float, str]]:
    yield (_DAMAGED if markup.damage else 1.0), f"damaged XML, read in part ({markup.damage})"
    for count, things in ((body.picture_formulas, "formulas"), (body.picture_tables, "tables")):
        yield (_PICTURES if count else 1.0), f"{things} given as pictures: {count}"


def _left_out(article: Any) -> tuple[str, ...]:
    count = sum(1 for child in article if child.tag in {"sub-article", "response"})
    return (f"sub-articles left out: {count}",) if count else ()
