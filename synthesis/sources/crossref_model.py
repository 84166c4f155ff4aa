"""Crossref's JSON → papers: what its works hold, taken leniently. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, ConfigDict, Field

from synthesis.identifiers import make_paper_id, parse_doi
from synthesis.reading.metadata import Identifiers, abstract_sections, as_year
from synthesis.records import Link, Notice, Paper, TextForm
from synthesis.sources.lenient import Count, Lenient, Name, Text, Texts, Year, as_list
from synthesis.sources.markup import plain_abstract, plain_text
from synthesis.sources.titles import title_notice
from synthesis.sources.urls import web_url

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "crossref"
_MAX_AUTHORS = 5000
_KEYED_HOSTS = frozenset({"api.elsevier.com", "api.wiley.com"})  # they answer with a key of their own alone
_OPEN_LICENCE = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(?:licenses|publicdomain)/", re.IGNORECASE
)
_FORMS: dict[str, TextForm] = {"application/pdf": "pdf", "application/xml": "jats", "text/xml": "jats"}
_VERSIONS: dict[str | None, Literal["published", "accepted"]] = {"vor": "published", "am": "accepted"}
_Kind = Literal["retracted", "withdrawn", "concern", "corrected", "newer version"]
# Types of update that Crossmark knows (www.crossref.org/documentation/crossmark); a part taken back is a concern.
_KINDS: dict[str, _Kind] = {
    "retraction": "retracted",
    "removal": "retracted",
    "withdrawal": "withdrawn",
    "partial_retraction": "concern",
    "expression_of_concern": "concern",
    "correction": "corrected",
    "corrigendum": "corrected",
    "erratum": "corrected",
    "addendum": "corrected",
    "clarification": "corrected",
    "new_edition": "newer version",
    "new_version": "newer version",
}
_OTHER_FORMS = ("is-preprint-of", "has-preprint")


def _as_first_year(value: Any) -> int | None:
    """The year of ``{"date-parts": [[2020, 5]]}``, which may be partial, or ``[[null]]``."""
    while isinstance(value, dict | list) and value:
        value = value.get("date-parts") if isinstance(value, dict) else value[0]
    return as_year(value)


def _as_relations(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _as_strings(value: Any) -> tuple[str, ...]:
    """Strings with their markup, from a list or from one alone; Crossref sends lists, its other outputs strings."""
    values = [value] if isinstance(value, str) else as_list(value)
    return tuple(one for one in values if isinstance(one, str) and one.strip())


class _Object(Lenient):
    model_config = ConfigDict(alias_generator=lambda name: name.replace("_", "-"))


class _Author(_Object):
    given: Text = None
    family: Text = None
    name: Text = None  # of an organisation

    @property
    def whole(self) -> str | None:
        """The name as it is read."""
        return " ".join(part for part in (self.given, self.family) if part) or self.name


class _Licence(_Object):
    url: Text = Field(None, alias="URL")
    content_version: Text = None


class _Copy(_Object):
    url: Text = Field(None, alias="URL")
    content_type: Text = None
    content_version: Text = None


class _Update(_Object):
    doi: Text = Field(None, alias="DOI")
    type: Text = None


class _Related(_Object):
    id: Name = None
    id_type: Text = None


class CitedWork(_Object):
    """An entry of a reference list."""

    doi: Text = Field(None, alias="DOI")
    article_title: Text = None
    volume_title: Text = None
    journal_title: Text = None
    author: Text = None
    year: Year = None


_FirstYear = Annotated[int | None, BeforeValidator(_as_first_year)]
_Strings = Annotated[tuple[str, ...], BeforeValidator(_as_strings)]
_Updates = Annotated[tuple[_Update, ...], BeforeValidator(as_list)]


class Work(_Object):
    """A work, of the fields that are asked for."""

    doi: Text = Field(None, alias="DOI")
    title: _Strings = ()
    subtitle: _Strings = ()
    abstract: _Strings = ()
    author: Annotated[tuple[_Author, ...], BeforeValidator(as_list)] = ()
    published: _FirstYear = None
    issued: _FirstYear = None
    type: Text = None
    container_title: Texts = ()
    group_title: Text = None
    subject: Texts = ()
    language: Text = None
    is_referenced_by_count: Count = None
    license: Annotated[tuple[_Licence, ...], BeforeValidator(as_list)] = ()
    link: Annotated[tuple[_Copy, ...], BeforeValidator(as_list)] = ()
    relation: Annotated[dict[str, Any], BeforeValidator(_as_relations)] = Field(default_factory=dict)
    update_to: _Updates = ()
    updated_by: _Updates = ()
    reference: Annotated[tuple[CitedWork, ...], BeforeValidator(as_list)] = ()


# What can be selected of a list, as the API's own error 400 names it; the language cannot.
FIELDS = tuple(
    field.alias or name.replace("_", "-")
    for name, field in Work.model_fields.items()
    if name not in {"language", "reference"}
)


def paper_of(work: Work) -> Paper | None:
    """A work as a paper, its abstract the only section; ``None`` without a title."""
    title = _title(work)
    if title is None:
        return None
    doi = parse_doi(work.doi or "")
    abstract = plain_abstract(work.abstract[0]) if work.abstract else None
    notices = tuple(_notices(work, title, doi))
    has_open_licence = any(_is_open(licence, "vor") for licence in work.license)
    return Paper(
        paper_id=make_paper_id(title=title, doi=doi),
        title=title,
        abstract=abstract,
        authors=tuple(name for author in work.author[:_MAX_AUTHORS] if (name := author.whole)),
        year=work.published or work.issued,
        venue=plain_text(work.container_title[0]) if work.container_title else work.group_title,
        doi=doi,
        url=f"https://doi.org/{doi}" if doi else None,
        source=NAME,
        retracted=any(notice.kind in {"retracted", "withdrawn"} for notice in notices),
        other_ids=tuple(_other_forms(work)),
        sections=abstract_sections(abstract),
        language=_language(work.language),
        fields=work.subject,
        cited_by=work.is_referenced_by_count,
        open_access=True if has_open_licence else None,
        links=tuple(_links(work)),
        notices=notices,
    )


def cited_paper(cited: CitedWork) -> Paper | None:
    """A work of a reference list as the list names it; ``None`` without a title."""
    title = plain_text(cited.article_title or cited.volume_title or "")
    if title is None:
        return None
    ids = Identifiers.of([cited.doi])
    return Paper(
        paper_id=make_paper_id(title=title, arxiv_id=ids.arxiv_id, doi=ids.doi),
        title=title,
        authors=(cited.author,) if cited.author else (),
        year=cited.year,
        venue=cited.journal_title,
        doi=ids.doi,
        arxiv_id=ids.arxiv_id,
        url=f"https://doi.org/{ids.doi}" if ids.doi else None,
        source=NAME,
    )


def _title(work: Work) -> str | None:
    """Title and subtitle, unless the title holds it already."""
    title = plain_text(work.title[0]) if work.title else None
    subtitle = plain_text(work.subtitle[0]) if work.subtitle else None
    if title is None or subtitle is None or subtitle.casefold() in title.casefold():
        return title
    return f"{title}{'' if title[-1] in ':?!.' else ':'} {subtitle}"


def _notices(work: Work, title: str, doi: str | None) -> Iterator[Notice]:
    """What updates of the work say of it; an update to another work makes this one a notice, not a noticed work."""
    own = (update for update in work.update_to if doi and parse_doi(update.doi or "") == doi)
    for update in (*work.updated_by, *own):
        kind = _KINDS.get((update.type or "").lower().replace("-", "_").replace(" ", "_"))
        if kind:
            yield Notice(kind=kind, source=NAME, detail=parse_doi(update.doi or ""))
    if stated := title_notice(title, NAME):
        yield stated


def _other_forms(work: Work) -> Iterator[str]:
    """``doi:…`` or ``arxiv:…`` of the preprint, or of what came of this preprint."""
    for kind in _OTHER_FORMS:
        for value in as_list(work.relation.get(kind)):
            ids = Identifiers.of([_Related.model_validate(value).id])
            if ids.arxiv_id:
                yield f"arxiv:{ids.arxiv_id}"
            elif ids.doi:
                yield f"doi:{ids.doi}"


def _is_open(licence: _Licence, version: str | None) -> bool:
    covers = licence.content_version in {version, "unspecified", None}
    return covers and bool(licence.url and _OPEN_LICENCE.match(licence.url))


def _links(work: Work) -> Iterator[Link]:
    """The copies, each once, whose version stands under an open licence."""
    seen = set()
    for copy in work.link:
        url = web_url(copy.url)
        form = _FORMS.get((copy.content_type or "").lower())
        if url is None or form is None or url in seen or urlsplit(url).hostname in _KEYED_HOSTS:
            continue
        if any(_is_open(licence, copy.content_version) for licence in work.license):
            seen.add(url)
            yield Link(url=url, form=form, source=NAME, version=_VERSIONS.get(copy.content_version))


def _language(code: str | None) -> str | None:
    match = re.fullmatch(r"([a-z]{2})(?:[-_].*)?", (code or "").lower())
    return match[1] if match else None
