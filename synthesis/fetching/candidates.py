"""Where the open text of a paper may lie, best copy first. Pure: nothing is asked here.

LaTeX says what is a section, a table or a formula; HTML and JATS say most of it; a PDF only says where ink is. So the
order is: the source on arXiv, arXiv's HTML, JATS, then PDFs, the publisher's before the author's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthesis.identifiers import parse_acl_id, parse_arxiv_id
from synthesis.records import Link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from synthesis.records import Paper

ARXIV, EUROPE_PMC, ACL = "arxiv", "europe-pmc", "acl-anthology"
_VERSIONS = ("published", "accepted", "submitted", None)
_MOST_OTHERS = 5  # PDFs at hosts that are not named by id; a work in many repositories is the same text again
_ACL_DOI = "10.18653/v1/"  # the Anthology's own DOIs end in its ids


@dataclass(frozen=True, slots=True)
class Places:
    """Where the hosts that we know keep their files, without the last slash."""

    arxiv_source: str = "https://export.arxiv.org/e-print"
    arxiv_html: str = "https://arxiv.org/html"
    arxiv_pdf: str = "https://arxiv.org/pdf"
    europe_pmc: str = "https://www.ebi.ac.uk/europepmc/webservices/rest"
    acl: str = "https://aclanthology.org"

    def service_at(self, url: str) -> str | None:
        """The name of the service whose files lie there; ``None`` at any other host."""
        folders = {
            ARXIV: (self.arxiv_source, self.arxiv_html, self.arxiv_pdf),
            EUROPE_PMC: (self.europe_pmc,),
            ACL: (self.acl,),
        }
        held = (name for name, places in folders.items() if url.startswith(tuple(f"{p}/" for p in places)))
        return next(held, None)


PLACES = Places()


def candidates(paper: Paper, found: Sequence[Link] = (), places: Places = PLACES) -> tuple[Link, ...]:
    """The open copies of ``paper``, best first, each URL once; none of a retracted paper.

    ``found`` are copies that were learnt of besides those that the paper names. Web pages other than arXiv's are left
    out: what a publisher shows is seldom the paper.
    """
    if paper.retracted:
        return ()
    links = (*paper.links, *found)
    acl_id = _acl_id(paper, links)
    copies = [
        *_of_arxiv(paper, links, places),
        *_jats(paper, links, places),
        *(
            [Link(url=f"{places.acl}/{acl_id}.pdf", form="pdf", source=ACL, version="published")]
            if acl_id
            else []
        ),
        *_arxiv_pdf(paper, links, places),
        *sorted(_others(links, "pdf"), key=lambda link: _VERSIONS.index(link.version))[:_MOST_OTHERS],
    ]
    first: dict[str, Link] = {}
    for copy in copies:
        first.setdefault(copy.url, copy)
    return tuple(first.values())


def has_text(paper: Paper) -> bool:
    """Whether more of the paper than its abstract is here already."""
    return any(section.title.casefold() != "abstract" for section in paper.sections)


def refused_links(paper: Paper, found: Sequence[Link] = ()) -> tuple[Link, ...]:
    """The links that are never followed, because they are not http(s)."""
    return tuple(link for link in (*paper.links, *found) if not _is_web(link.url))


def _of_arxiv(paper: Paper, links: Iterable[Link], places: Places) -> Iterator[Link]:
    name = _arxiv_name(paper, links)
    if name:
        yield Link(url=f"{places.arxiv_source}/{name}", form="latex", source=ARXIV, version="submitted")
        yield Link(url=f"{places.arxiv_html}/{name}", form="html", source=ARXIV, version="submitted")


def _arxiv_pdf(paper: Paper, links: Iterable[Link], places: Places) -> Iterator[Link]:
    name = _arxiv_name(paper, links)
    if name:
        yield Link(url=f"{places.arxiv_pdf}/{name}", form="pdf", source=ARXIV, version="submitted")


def _arxiv_name(paper: Paper, links: Iterable[Link]) -> str | None:
    """The paper's arXiv id with its version where known."""
    if paper.arxiv_id:
        version = paper.arxiv_version
        return paper.arxiv_id + (f"v{version}" if version else "")
    stated = [i for i in paper.other_ids if i.startswith("arxiv:")] + [link.url for link in links]
    parsed = next((p for p in map(parse_arxiv_id, stated) if p), None)
    return None if parsed is None else parsed[0] + (f"v{parsed[1]}" if parsed[1] else "")


def _jats(paper: Paper, links: Iterable[Link], places: Places) -> Iterator[Link]:
    for other in paper.other_ids:
        pmcid = other.removeprefix("pmcid:").upper()
        if other.startswith("pmcid:") and pmcid.removeprefix("PMC").isdecimal():
            url = f"{places.europe_pmc}/PMC{pmcid.removeprefix('PMC')}/fullTextXML"
            yield Link(url=url, form="jats", source=EUROPE_PMC)
    yield from _others(links, "jats")


def _acl_id(paper: Paper, links: Iterable[Link]) -> str | None:
    if paper.acl_id:
        return paper.acl_id
    stated = [i for i in paper.other_ids if i.startswith("acl:")]
    stated += [paper.doi.removeprefix(_ACL_DOI)] if paper.doi and paper.doi.startswith(_ACL_DOI) else []
    stated += [link.url for link in links if "aclanthology.org/" in link.url]
    return next((acl_id for acl_id in map(parse_acl_id, stated) if acl_id), None)


def _others(links: Iterable[Link], form: str) -> Iterator[Link]:
    """Links of a form, save those to the files that are named by id already."""
    for link in links:
        known = parse_arxiv_id(link.url) or parse_acl_id(link.url)
        if link.form == form and _is_web(link.url) and not known:
            yield link


def _is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))
