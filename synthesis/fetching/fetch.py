"""The full text of a paper: its open copies tried from the best down until one reads well.

A paper's way through its copies is a course: a generator of errands, each of which either asks one service or reads
what came. ``fetch`` runs one course to its end; ``fetch_all`` runs many, the services at once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from synthesis.errors import SourceError
from synthesis.fetching import services
from synthesis.fetching.candidates import ARXIV, PLACES, candidates, has_text, refused_links
from synthesis.fetching.copies import is_web_page, sniff
from synthesis.fetching.isolation import read_copy
from synthesis.fetching.joining import is_another_paper
from synthesis.fetching.lanes import run_courses
from synthesis.fetching.records import Fetched
from synthesis.fetching.trail import Trail, outcome_of
from synthesis.network.messages import Request
from synthesis.reading.pdf.reader import PdfLimits
from synthesis.reading.problems import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from synthesis.fetching.candidates import Places
    from synthesis.network.client import Client
    from synthesis.records import Link, Paper, RequestPlan

# As much as any paper needs, many times over; see the benchmark of hostile files.
READING_LIMITS = PdfLimits(seconds=8, memory_bytes=512 << 20, output_bytes=32 << 20, max_file_bytes=64 << 20)
LEAST_QUALITY = 0.2  # below, the abstract alone says more
_UNPAYWALL = "unpaywall"


class OpenCopies(Protocol):
    """Knows where open copies of a work lie; ``unused`` says why it cannot be asked, ``None`` when it can."""

    unused: str | None

    def open_copies(self, doi: str) -> Sequence[Link]:
        """The copies of the work with this DOI, best first. Raises ``SourceError`` on failure."""
        ...


@dataclass(frozen=True, slots=True)
class Errand:
    """One step of a course. ``lane`` is the service that it asks; ``None``: it only reads."""

    lane: str | None
    run: Callable[[], object]


Course: TypeAlias = Generator[Errand, Any, Fetched]  # is sent what each errand's ``run`` returned


class FullTextFetcher:
    """Fetches and reads full texts; used by several threads at once.

    ``unpaywall`` is asked where no copy that a source named could be read. ``limits`` bound the child process in which
    each copy is read.
    """

    def __init__(
        self,
        client: Client,
        *,
        unpaywall: OpenCopies | None = None,
        places: Places = PLACES,
        limits: PdfLimits = READING_LIMITS,
    ) -> None:
        self._client = client
        self._unpaywall = unpaywall if unpaywall is None or unpaywall.unused is None else None
        self._places = places
        self._limits = limits

    def plan(self, papers: Sequence[Paper]) -> tuple[RequestPlan, ...]:
        """What fetching ``papers`` takes, as ``services.plan`` counts it. Sends nothing."""
        return services.plan(papers, self._places)

    def fetch(self, paper: Paper, found: Sequence[Link] = ()) -> Fetched:
        """``paper`` with the best text that can be read; what fails is an attempt, never an exception.

        ``found`` are open copies that were learnt of besides those that the paper names.
        """
        course = self.course(paper, found)
        result = None
        while True:
            try:
                errand = course.send(result)
            except StopIteration as end:
                fetched: Fetched = end.value
                return fetched
            result = errand.run()

    def fetch_all(
        self, papers: Sequence[Paper], on_progress: Callable[[Fetched], None] | None = None
    ) -> list[Fetched]:
        """Every paper with what could be read of it, in the order of ``papers``.

        Services are asked at once, each one request at a time. ``on_progress`` is called in this thread, with each
        paper as it is done.
        """
        return run_courses([self.course(paper) for paper in papers], on_progress)

    def course(self, paper: Paper, found: Sequence[Link] = ()) -> Course:
        """The steps by which ``paper`` is fetched, for who runs them in turn with those of other papers."""
        if has_text(paper):
            return Fetched(paper=paper)
        trail = Trail(paper, self._places)
        for link in refused_links(paper, found):
            trail.note(link, "refused", "is not http(s)")
        copies = candidates(paper, found, self._places)
        yield from self._try(copies, trail)
        if trail.best is None and paper.doi and self._unpaywall and not paper.retracted:
            ask = partial(self._ask_unpaywall, paper.doi, trail)
            more: Sequence[Link] = yield Errand(_UNPAYWALL, ask)
            known = candidates(paper, (*found, *more), self._places)
            yield from self._try([copy for copy in known if copy not in copies], trail)
        return trail.result()

    def _try(self, copies: Iterable[Link], trail: Trail) -> Generator[Errand, Any, None]:
        """Fetch and read the copies in order, until one reads well."""
        for link in copies:
            if trail.source_is_pdf and link.source == ARXIV:
                trail.note(link, "skipped", "the source on arXiv is the PDF itself")
                continue
            lane = services.service_name(link.url, self._places)
            data: bytes | None = yield Errand(lane, partial(self._download, link, trail))
            if data is not None:
                yield Errand(None, partial(self._read, data, link, trail))
            if trail.reads_well:
                return

    def _download(self, link: Link, trail: Trail) -> bytes | None:
        """The file as it came; ``None`` when none did, with the reason in ``trail``."""
        request, service = Request(link.url, accept="*/*"), services.service_of(link, self._places)
        try:
            response = self._client.send(request, service)
            if response.from_cache and link.form == "pdf" and is_web_page(response.body):
                # a log-in page that was stored is no answer for a month
                response = self._client.send(request, service, fresh=True)
        except SourceError as error:
            trail.note(link, outcome_of(error), str(error))
            return None
        if response.status != HTTPStatus.OK:
            trail.note(link, "not held", f"HTTP {response.status}")
            return None
        return response.body

    def _read(self, data: bytes, link: Link, trail: Trail) -> None:
        """Read one copy and note in ``trail`` what came of it."""
        copy = sniff(data, link.form, self._limits.max_file_bytes)
        trail.source_is_pdf |= link.form == "latex" and copy.form == "pdf"
        link = link.model_copy(update={"form": copy.form})
        try:
            text = read_copy(copy, self._limits)
        except UnreadableFileError as error:
            trail.note(link, "unreadable", error.reason)
            return
        if text.quality < LEAST_QUALITY:
            trail.note(link, "unreadable", f"quality {text.quality:.2f}: {'; '.join(text.flags)}")
            return
        if is_another_paper(trail.paper, text):
            trail.note(link, "unreadable", "is another paper")
            return
        trail.keep(text, link)

    def _ask_unpaywall(self, doi: str, trail: Trail) -> Sequence[Link]:
        """The copies that Unpaywall knows; none when it fails, with the reason in ``trail``."""
        try:
            return self._unpaywall.open_copies(doi) if self._unpaywall else ()
        except SourceError as error:
            trail.note_service(_UNPAYWALL, f"https://doi.org/{doi}", outcome_of(error), str(error))
            return ()
