"""The ACL Anthology's XML (``data/xml/*.xml`` of a checkout of acl-org/acl-anthology) → papers.

A file is a collection of volumes, a volume has ``meta``, perhaps ``frontmatter``, and papers. Titles and abstracts are mixed
content: ``fixed-case``, ``tex-math``, ``i`` and so on stand inside the words.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

from synthesis.identifiers import make_paper_id, parse_acl_id
from synthesis.reading.language_codes import two_letter_code
from synthesis.reading.lines import TextLimits, read_text
from synthesis.reading.metadata import Identifiers, abstract_sections, as_text, as_year
from synthesis.reading.problems import UnreadableFileError
from synthesis.records import Link, Notice, Paper

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from synthesis.reading.problems import Rejections

NAME = "acl-anthology"
SITE = "https://aclanthology.org"
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DOCTYPE = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_MAX_DEPTH = 12  # the schema nests markup in markup, but nobody has set more than three in one another
_MAX_MATH_CHARS = 2000
_MAX_DIGITS = 6
_TWO_DIGIT_VOLUMES = frozenset({"C69"})  # besides the workshops, whose collections begin with W


def read_acl_xml(
    path: Path, name: str, rejections: Rejections, limits: TextLimits | None = None
) -> Iterator[Paper]:
    """Papers of one collection, in order; ``name`` becomes their source. Front matter is no paper.

    A paper without a title or a proper id is added to ``rejections`` under its line.

    Raises:
        UnreadableFileError: the file cannot be read, is no XML of the Anthology, holds a document type (whose entities
            could expand without bound), or is nested too deep; where it is damaged, after the papers before.
    """
    from lxml import etree  # noqa: PLC0415  loaded only when XML is read

    volume = _Volume()
    try:
        for event, element, depth in _events(_checked_text(path, limits)):
            if depth > _MAX_DEPTH:
                raise _unreadable(path, "is nested too deep", "nested too deep")
            if depth == 1 and element.tag != "collection":
                raise _unreadable(path, f"begins with <{element.tag}>, not <collection>", "unknown XML")
            if event == "start":
                volume.enter(element)
            elif element.tag == "meta" and depth == 3:
                volume.meta = element
            elif element.tag == "paper" and depth == 3:
                paper = _paper(element, volume, name, f"{path.name}:{element.sourceline}", rejections)
                if paper is not None:
                    yield paper
                element.clear()
    except etree.XMLSyntaxError as error:
        raise _unreadable(path, f"is damaged XML ({error.msg})", "damaged XML") from error


class _Volume:
    """The volume that is being read: its ids and its ``meta``."""

    def __init__(self) -> None:
        self.collection_id = ""
        self.volume_id = ""
        self.meta: Any = None

    def enter(self, element: Any) -> None:
        """Take note of the start of a collection or volume."""
        if element.tag == "collection":
            self.collection_id = element.get("id", "")
        elif element.tag == "volume":
            self.volume_id, self.meta = element.get("id", ""), None

    def text(self, tag: str) -> str | None:
        """The words of a child of ``meta``."""
        return None if self.meta is None else _child_text(self.meta, tag)


def acl_id(collection: str, volume: str, paper: str) -> str | None:
    """The Anthology id of a paper; ``None`` where the parts make none. Padding: https://aclanthology.org/info/ids/.

    >>> acl_id("2020.emnlp", "main", "477"), acl_id("P19", "1", "1"), acl_id("W18", "63", "19")
    ('2020.emnlp-main.477', 'P19-1001', 'W18-6319')
    """
    if not _is_number(paper):
        return None
    if collection[:1].isdigit():
        return parse_acl_id(f"{collection}-{volume}.{int(paper)}")
    if not _is_number(volume):
        return None
    number = int(volume)
    is_workshop = collection.startswith("W") or collection in _TWO_DIGIT_VOLUMES
    if is_workshop or (collection == "D19" and number >= 5):
        return parse_acl_id(f"{collection}-{number:02d}{int(paper):02d}")
    return parse_acl_id(f"{collection}-{number}{int(paper):03d}")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS


def _checked_text(path: Path, limits: TextLimits | None) -> bytes:
    """The file as UTF-8 without declaration; nothing with a document type goes to the parser."""
    text = _DECLARATION.sub("", read_text(path, limits), count=1)
    if _DOCTYPE.search(text):
        raise _unreadable(path, "declares a document type or entities", "holds a document type")
    return text.encode("utf-8", errors="replace")


def _events(data: bytes) -> Iterator[tuple[str, Any, int]]:
    """("start" or "end", element, depth from 1) of each element as it is parsed."""
    from lxml import etree  # noqa: PLC0415  see read_acl_xml

    depth = 0
    options = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False}
    for event, element in etree.iterparse(
        BytesIO(data), events=("start", "end"), remove_comments=True, remove_pis=True, **options
    ):
        depth += event == "start"
        yield event, element, depth
        depth -= event == "end"


def _paper(element: Any, volume: _Volume, name: str, place: str, rejections: Rejections) -> Paper | None:
    number = element.get("id", "")
    if number == "0":  # how older files keep front matter
        return None
    anthology_id = acl_id(volume.collection_id, volume.volume_id, number)
    title = _child_text(element, "title")
    if anthology_id is None or title is None:
        rejections.add(place, "no title" if anthology_id else "no Anthology id", title or anthology_id)
        return None
    ids = Identifiers.of((_child_text(element, "doi"),))
    abstract = _child_text(element, "abstract")
    notices = _notices(element)
    kinds = {notice.kind for notice in notices}
    links = () if "withdrawn" in kinds else _links(element, anthology_id)
    return Paper(
        paper_id=make_paper_id(title=title, arxiv_id=ids.arxiv_id, doi=ids.doi, acl_id=anthology_id),
        title=title,
        abstract=abstract,
        authors=_authors(element),
        year=as_year(_child_text(element, "year") or volume.text("year")),
        venue=_child_text(element, "journal") or volume.text("journal-title") or volume.text("booktitle"),
        doi=ids.doi,
        arxiv_id=ids.arxiv_id,
        acl_id=anthology_id,
        url=f"{SITE}/{anthology_id}/",
        source=name,
        retracted=bool(kinds & {"retracted", "withdrawn"}),
        sections=abstract_sections(abstract),
        language=two_letter_code(_child_text(element, "language")),
        open_access=True if links else None,
        links=links,
        notices=notices,
    )


def _authors(element: Any) -> tuple[str, ...]:
    """The authors' names; an editor is none, and a name in another script (``variant``) is not a second one."""
    names = (
        as_text(f"{_child_text(author, 'first') or ''} {_child_text(author, 'last') or ''}")
        for author in element.iterchildren("author")
    )
    return tuple(name for name in names if name)


def _links(element: Any, anthology_id: str) -> tuple[Link, ...]:
    """The PDF at the Anthology, or where else it lies. ``url`` names the Anthology's own file by its id alone."""
    addresses = [_child_text(url) or "" for url in element.iterchildren("url")]
    if element.find("pdf") is not None or any(one and "://" not in one for one in addresses):
        addresses = [f"{SITE}/{anthology_id}.pdf"]
    return tuple(
        Link(url=one, form="pdf", source=NAME, version="published")
        for one in addresses
        if one.startswith(("https://", "http://")) and one.lower().endswith(".pdf")
    )


def _notices(element: Any) -> tuple[Notice, ...]:
    """What the Anthology says of a paper's standing. Of revisions the first is the paper as it first was."""
    kinds: dict[str, Literal["retracted", "withdrawn", "corrected"]] = {
        "retracted": "retracted",
        "removed": "withdrawn",
        "erratum": "corrected",
        "revision": "corrected",
    }
    return tuple(
        Notice(kind=kinds[child.tag], source=NAME, detail=_notice_detail(child))
        for child in element.iterchildren(*kinds)
        if not (child.tag == "revision" and child.get("id") == "1")
    )


def _notice_detail(child: Any) -> str | None:
    """Which one, when, and why; an erratum's text is only the name of its file."""
    number = f"{child.tag} {child.get('id')}" if child.get("id") else None
    words = None if child.tag == "erratum" else _child_text(child)
    return as_text(", ".join(part for part in (number, child.get("date"), words) if part))


def _child_text(element: Any, tag: str | None = None) -> str | None:
    """The words of an element, or of its first child of that tag, on one line; ``None`` when there are none."""
    found = element if tag is None else element.find(tag)
    return None if found is None else as_text("".join(_words(found)))


def _words(element: Any) -> Iterable[str]:
    """The text inside an element in order; formulas as text, paragraphs parted by a blank."""
    if element.tag == "tex-math":
        yield _formula("".join(element.itertext()))
        return
    yield element.text or ""
    for child in element:
        if child.tag == "par":
            yield " "
        elif isinstance(child.tag, str):  # an entity that was not resolved is none
            yield from _words(child)
        yield child.tail or ""


def _formula(tex: str) -> str:
    """TeX as plain text; what is too long or cannot be read stays TeX."""
    if "\\" not in tex or len(tex) > _MAX_MATH_CHARS:
        return tex
    from pylatexenc.latex2text import LatexNodes2Text  # noqa: PLC0415  few titles hold formulas
    from pylatexenc.latexwalker import LatexWalkerError  # noqa: PLC0415  see above

    try:
        return str(
            LatexNodes2Text(math_mode="text", strict_latex_spaces="based-on-source").latex_to_text(tex)
        )
    except (LatexWalkerError, RecursionError, ValueError, IndexError):
        return tex


def _unreadable(path: Path, what: str, reason: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path} {what}. Give a file of data/xml of a checkout of acl-org/acl-anthology, as it is there.",
        reason,
    )
