"""Which service a copy is asked of: its pace, its bounds, and what its answers mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from synthesis.fetching.candidates import ACL, ARXIV, EUROPE_PMC, PLACES, candidates, has_text
from synthesis.network.diagnosis import diagnose_http, excerpt
from synthesis.network.messages import Service, Trouble
from synthesis.network.pace import ARXIV_INTERVAL_SECONDS
from synthesis.records import RequestPlan
from synthesis.sources import europe_pmc

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from synthesis.fetching.candidates import Places
    from synthesis.network.messages import Response
    from synthesis.records import Link, Paper, TextForm

_TITLES = {ARXIV: "arXiv", EUROPE_PMC: "Europe PMC", ACL: "ACL Anthology"}
_INTERVALS = {ARXIV: ARXIV_INTERVAL_SECONDS, EUROPE_PMC: europe_pmc.INTERVAL_SECONDS}
_INTERVAL_SECONDS = 1.0  # at hosts that state no limit
_MAX_BYTES: dict[TextForm, int] = {"latex": 64 << 20, "pdf": 48 << 20, "html": 32 << 20, "jats": 32 << 20}
_TIMEOUT_SECONDS, _DEADLINE_SECONDS = 60.0, 120.0  # for a large file, at a host that is slow to begin
_MONTH, _FOREVER = 30 * 86_400.0, 3650 * 86_400.0
_VERSIONED = re.compile(r"v\d{1,3}$")
_NOT_HELD, _NO_ACCESS = frozenset({404, 410}), frozenset({401, 403})
_RATE_NOTICE = b"rate exceeded"  # arXiv's, whatever the status
_ARXIV_HOST = re.compile(r"(?:.*\.)?arxiv\.org")  # a file of arXiv's under any name keeps arXiv's pace


def service_of(link: Link, places: Places = PLACES) -> Service:
    """The service of a copy. arXiv's files share the pace of its query API, Europe PMC's that of its search."""
    name = service_name(link.url, places)
    title = _TITLES.get(name, name)
    final = name == ARXIV and _VERSIONED.search(link.url) is not None
    return Service(
        name=name,
        title=title,
        interval_seconds=_INTERVALS.get(name, _INTERVAL_SECONDS),
        diagnose=_diagnosis(title),
        deadline_seconds=_DEADLINE_SECONDS,
        timeout_seconds=_TIMEOUT_SECONDS,
        max_bytes=_MAX_BYTES[link.form],
        max_age_seconds=_FOREVER if final else _MONTH,  # a version of an arXiv paper never changes
        any_host=True,
    )


def service_name(url: str, places: Places = PLACES) -> str:
    """The name of the service at ``url``: one that we know, else the host with its port."""
    known = places.service_at(url)
    if known:
        return known
    try:
        parts = urlsplit(url)
        host = f"{parts.hostname or ''}:{parts.port}" if parts.port else parts.hostname or ""
    except ValueError:
        host = ""
    return ARXIV if _ARXIV_HOST.fullmatch(host) else host or "a host without a name"


def plan(papers: Sequence[Paper], places: Places = PLACES) -> tuple[RequestPlan, ...]:
    """What fetching ``papers`` takes, a row a service, in order of name.

    ``requests`` is how many there are when every copy but the last fails; ``seconds`` is the least, when every first
    one reads.
    """
    most: dict[str, int] = {}
    least: dict[str, int] = {}
    interval: dict[str, float] = {}
    for paper in papers:
        if has_text(paper):
            continue
        for place, link in enumerate(candidates(paper, (), places)):
            service = service_of(link, places)
            interval[service.name] = service.interval_seconds
            most[service.name] = most.get(service.name, 0) + 1
            least[service.name] = least.get(service.name, 0) + (place == 0)
    return tuple(
        RequestPlan(
            source=name,
            requests=most[name],
            seconds=max(least[name] - 1, 0) * interval[name],
            note=f"full texts; {least[name]} if every best copy reads",
        )
        for name in sorted(most)
    )


def _diagnosis(title: str) -> Callable[[Response, datetime], Trouble | None]:
    """As any host's, save that a file which is not there is an answer."""

    def diagnose(response: Response, now: datetime) -> Trouble | None:
        if response.status in _NOT_HELD:
            return None
        if response.status in _NO_ACCESS:
            said = excerpt(response.body)
            return Trouble("refused", f"{title} refused access (HTTP {response.status}): {said}")
        if response.body[:64].strip().lower().startswith(_RATE_NOTICE):
            return Trouble("busy", f"{title} answered HTTP {response.status}: {excerpt(response.body)}")
        return diagnose_http(title, response, now)

    return diagnose
