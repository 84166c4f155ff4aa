"""Unpaywall: where open copies of a work with a DOI lie. It is asked for copies, never searched.

It wants an e-mail address with every request, so it is used only by those who give one. The address is handled as a
secret: it goes to Unpaywall alone and stands in no log, cache or report. The copies lie on hosts of any kind.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, ConfigDict

from synthesis.errors import SourceRefusedError
from synthesis.identifiers import parse_doi
from synthesis.network.diagnosis import diagnose_http
from synthesis.network.messages import Request, Secret, Service, Trouble
from synthesis.records import Link, Record, RequestPlan
from synthesis.sources.lenient import Flag, Lenient, Text, as_list, read_json
from synthesis.sources.urls import build_url, path_part, web_url

if TYPE_CHECKING:
    from datetime import datetime

    from synthesis.network.client import Client
    from synthesis.network.messages import Response

NAME = "unpaywall"
TITLE = "Unpaywall"
BASE_URL = "https://api.unpaywall.org/v2"
EMAIL_VARIABLE = "SYNTHESIS_EMAIL"
INTERVAL_SECONDS = 0.1  # 100,000 a day are allowed, with no other limit stated
_EMAIL = re.compile(r"[^\s@,;<>()\"\\]+@[^\s@,;<>()\"\\]+\.[^\s@,;<>()\"\\]+")
_NO_EMAIL = (
    f"{TITLE} is not used: it asks for an e-mail address with every request. Set {EMAIL_VARIABLE} to yours to find "
    "more open copies"
)
_BAD_EMAIL = f"{TITLE} is not used: what {EMAIL_VARIABLE} holds is not an e-mail address"
_VERSIONS: dict[str | None, Literal["published", "accepted", "submitted"]] = {
    "publishedversion": "published",
    "acceptedversion": "accepted",
    "submittedversion": "submitted",
}


class OpenCopies(Record):
    """What Unpaywall says of one work."""

    is_oa: bool | None = None
    links: tuple[Link, ...] = ()  # the best first
    n_dropped: int = 0  # addresses that are not plain http(s), which are never followed


class _Object(Lenient):
    model_config = ConfigDict(alias_generator=None)  # this API writes names with underscores


class _Location(_Object):
    url: Text = None
    url_for_pdf: Text = None
    version: Text = None


class _Work(_Object):
    is_oa: Flag = None
    best_oa_location: _Location | None = None
    oa_locations: Annotated[tuple[_Location, ...], BeforeValidator(as_list)] = ()


class Unpaywall:
    """Open copies by DOI. ``unused`` says why it cannot be asked, ``None`` when it can."""

    name: str = NAME
    fingerprint: str = NAME
    remote: bool = True

    def __init__(self, client: Client, email: str | None, *, base_url: str = BASE_URL) -> None:
        address = (email or "").strip()
        usable = _EMAIL.fullmatch(address) is not None
        self.unused: str | None = None if usable else _BAD_EMAIL if address else _NO_EMAIL
        self.service = Service(NAME, TITLE, INTERVAL_SECONDS, diagnose)
        self._client = client
        self._base = base_url
        self._secret = Secret("query", "email", address)

    def open_copies(self, doi: str) -> tuple[Link, ...]:
        """The open copies of the work with this DOI, best first; none of a work that Unpaywall does not know.

        Raises:
            SourceUnavailableError: no network, or no whole answer by the deadline.
            SourceRefusedError: an error of Unpaywall, or it cannot be asked (``unused``).
        """
        return self.copies(doi).links

    def is_oa(self, doi: str) -> bool | None:
        """Whether the work is open anywhere; ``None`` when Unpaywall does not know it.

        Raises:
            SourceUnavailableError, SourceRefusedError: as ``open_copies``.
        """
        return self.copies(doi).is_oa

    def copies(self, doi: str) -> OpenCopies:
        """All that Unpaywall says of the work with this DOI.

        Raises:
            SourceUnavailableError, SourceRefusedError: as ``open_copies``.
        """
        if self.unused:
            raise SourceRefusedError(self.unused)
        request = lookup_request(self._base, doi)
        if request is None:
            return OpenCopies()
        response = self._client.send(replace(request, secret=self._secret), self.service)
        return parse_copies(response.body) if response.status == 200 else OpenCopies()

    def plan(self, n_works: int) -> RequestPlan:
        """What asking for ``n_works`` would take."""
        n_requests = 0 if self.unused else max(n_works, 0)
        seconds = max(0, n_requests - 1) * INTERVAL_SECONDS
        return RequestPlan(source=NAME, requests=n_requests, seconds=seconds, note=self.unused)


def lookup_request(base: str, doi: str) -> Request | None:
    """The request for one DOI, without the e-mail address; ``None`` for what is no DOI."""
    parsed = parse_doi(doi)
    path = path_part(parsed) if parsed else None
    return Request(build_url(base, f"/{path}")) if path else None


def parse_copies(body: bytes) -> OpenCopies:
    """The copies that an answer names, each address once, the best location first, then in its order.

    Raises:
        SourceRefusedError: it is not an object of JSON.
    """
    value = read_json(body, TITLE)
    if not isinstance(value, dict):
        raise SourceRefusedError(f"{TITLE} answered with something else than an object")
    work = _Work.model_validate(value)
    best = [work.best_oa_location] if work.best_oa_location else []
    links: dict[str, Link] = {}
    dropped: set[str] = set()
    for location in (*best, *work.oa_locations):
        for url in filter(None, (location.url_for_pdf, location.url)):
            if web_url(url) is None:
                dropped.add(url)
                continue
            form: Literal["pdf", "html"] = "pdf" if url == location.url_for_pdf else "html"
            version = _VERSIONS.get((location.version or "").lower())
            links.setdefault(url, Link(url=url, form=form, source=NAME, version=version))
            break  # its page adds nothing to its file
    return OpenCopies(is_oa=work.is_oa, links=tuple(links.values()), n_dropped=len(dropped))


def diagnose(response: Response, now: datetime) -> Trouble | None:
    """What is wrong with an answer. An unknown DOI (404) is an answer, not an error.

    A refused e-mail address (422) is told in our words: theirs may repeat it.
    """
    if response.status == 422:
        return Trouble(
            "refused",
            f"{TITLE} refuses the e-mail address (HTTP 422): it wants one that is yours, not an example. "
            f"Correct {EMAIL_VARIABLE}, or unset it to go without {TITLE}",
        )
    if response.status == 404 and response.content_type == "application/json":
        return None
    return diagnose_http(TITLE, response, now)
