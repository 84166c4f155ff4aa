"""The pages' routes: each reads what it needs, has its page made once, and answers with a tag that saves sending it."""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from synthesis.errors import SynthesisError
from synthesis.libraries import DEMO, REMOTE_SOURCES, library_folders
from synthesis.web import pages
from synthesis.web.answers import HTML, file_headers, html_answer, made_answer, to_job
from synthesis.web.bodies import read_form, text_of, upload_of
from synthesis.web.caching import Made, Press
from synthesis.web.figures import embedded_calibration
from synthesis.web.forms import matches, read_ask, read_filter, read_language, read_sources
from synthesis.web.guard import Guard
from synthesis.web.jobs import TABLE, JobBook
from synthesis.web.languages import COOKIE, safe_way_back
from synthesis.web.progress import TableOrder
from synthesis.web.runs import ALL_FORMATS, MEDIA_TYPES, Shelf
from synthesis.web.views import AskForm, Shown
from synthesis.web.watching import JobWatch
from synthesis.web.words import explain_status
from synthesis.wording import LANGUAGES, say, speaking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Hashable

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from synthesis.store import Home
    from synthesis.web.runs import Shelved
    from synthesis.web.security import Names
    from synthesis.web.sessions import Sessions
    from synthesis.web.views import JobView

_MAX_PAGE_BYTES = _MAX_FILE_BYTES = 48 << 20  # of pages, and of downloads, kept in memory
_MAX_STREAMS = 4  # of one session: a browser opens six connections to a host, and pages need some of them
_MAX_OTHERS = 50  # runs that a report offers to be compared with
_MAX_PATH_CHARS = 2000
_YEAR_SECONDS = 365 * 24 * 3600


def make_app(home: Home, names: Names, sessions: Sessions, book: JobBook) -> tuple[ASGIApp, JobWatch]:
    """The server of a home's reports, behind its guard; and what watches its jobs, to be closed when it ends."""
    site = Site(home, sessions, book)
    return Guard(site.app, names, sessions, site.login_page), site.watch


class Site:
    """All routes, and what they share."""

    def __init__(self, home: Home, sessions: Sessions, book: JobBook) -> None:
        self._home = home
        self._sessions = sessions
        self._book = book
        self._shelf = Shelf(home)
        self._press = Press(_MAX_PAGE_BYTES)
        self._files = Press(
            _MAX_FILE_BYTES, n_threads=1
        )  # a PDF takes seconds, for which no page should wait
        self._streams: Counter[str] = Counter()
        self._static = {n: (Made.of(data), media) for n, (data, media) in pages.static_files().items()}
        self.watch = JobWatch(book)
        self.app = Starlette(
            routes=self._routes(),
            lifespan=self._lifespan,
            exception_handlers={
                HTTPException: self._on_http_error,
                SynthesisError: self._on_own_error,
                ClientDisconnect: self._on_leaving,
                Exception: self._on_fault,
            },
        )

    def _routes(self) -> list[Route]:
        both = ["GET", "POST"]
        return [
            Route("/", self.library),
            Route("/ask", self.ask, methods=both),
            Route("/verify", self.verify, methods=both),
            Route("/jobs/{job}", self.job),
            Route("/jobs/{job}/events", self.job_events),
            Route("/jobs/{job}/state", self.job_state),
            Route("/jobs/{job}/stop", self.stop_job, methods=["POST"]),
            Route("/runs/{run}", self.report),
            Route("/runs/{run}/claims/{number:int}", self.claim),
            Route("/runs/{run}/download/{fmt}", self.download),
            Route("/runs/{run}/update", self.update, methods=["POST"]),
            Route("/compare", self.compare),
            Route("/calibration", self.calibration),
            Route("/language", self.language, methods=["POST"]),
            Route("/static/{name}", self.static),
        ]

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self._shelf.all()  # so that the first reader does not wait for a large library to be read
        async with self.watch.running():
            yield

    # ----------------------------------------------------------------- reading

    async def library(self, request: Request) -> Response:
        """The reports, and the jobs at work."""
        shown, query = self._shown(request), request.query_params.get("q", "").strip()[:200]
        with speaking(shown.language):
            jobs = self.watch.active()
        rows = [s.row for s in self._shelf.all() if matches(query, s.row.title, s.row.question)]
        key = ("library", shown, query, self._shelf.version, tuple(jobs))
        return await self._page(request, key, lambda: pages.library_page(shown, rows, jobs, query))

    async def report(self, request: Request) -> Response:
        """A report, its claims filtered as the query says."""
        shown, shelved = self._shown(request), self._find(request)
        filters = read_filter(request.query_params)
        runs = [s.row for s in self._shelf.all() if s is not shelved and s.row.kind == shelved.row.kind]
        others = sorted(runs, key=lambda row: row.question != shelved.row.question)[:_MAX_OTHERS]
        key = ("report", shown, shelved.sha256, shelved.row.name, filters, self._shelf.version)

        def make() -> bytes:
            row, name = shelved.row, shelved.row.name
            if row.kind == "verification" and self._book.verified_table(name):
                row = row.model_copy(update={"formats": (*row.formats, "table")})
            return pages.report_page(shown, row, self._shelf.report(shelved), filters, others)

        return await self._page(request, key, make)

    async def claim(self, request: Request) -> Response:
        """One claim with its evidence."""
        shown, shelved, number = self._shown(request), self._find(request), request.path_params["number"]

        def make() -> bytes:
            try:
                return pages.claim_page(shown, shelved.row, self._shelf.report(shelved), number)
            except KeyError:
                raise HTTPException(404) from None

        return await self._page(request, ("claim", shown, shelved.sha256, shelved.row.name, number), make)

    async def download(self, request: Request) -> Response:
        """A report's bytes in a format; "table" is the table that was handed in, verified."""
        shelved, fmt = self._find(request), request.path_params["fmt"]
        if fmt == "table":
            return await self._download_table(shelved)
        if fmt not in ALL_FORMATS:
            raise HTTPException(404)
        key = ("download", shelved.sha256, fmt)
        made = await self._files.made(key, lambda: self._shelf.download(shelved, fmt))
        return made_answer(request, made, MEDIA_TYPES[fmt], file_headers(f"{shelved.row.name}.{fmt}"))

    async def _download_table(self, shelved: Shelved) -> Response:
        path = await anyio.to_thread.run_sync(self._book.verified_table, shelved.row.name)
        if path is None:
            raise HTTPException(404)
        data = await anyio.to_thread.run_sync(path.read_bytes)
        media = MEDIA_TYPES.get(path.suffix[1:], "application/octet-stream")
        return Response(data, headers=file_headers(f"{shelved.row.name}{path.suffix}"), media_type=media)

    async def compare(self, request: Request) -> Response:
        """Two runs set against each other, once both are chosen."""
        shown = self._shown(request)
        chosen = [self._shelf.find(request.query_params.get(n, "")) for n in ("before", "after")]
        before, after = chosen
        rows = [s.row for s in self._shelf.all()]
        key = ("compare", shown, *(s and (s.row.name, s.sha256) for s in chosen), self._shelf.version)

        def make() -> bytes:
            if before is None or after is None:
                return pages.compare_page(shown, rows, before and before.row, after and after.row, None)
            from synthesis.updating import compare_runs  # noqa: PLC0415 - with its models, for this page only

            return pages.compare_page(shown, rows, before.row, after.row, compare_runs(before.run, after.run))

        return await self._page(request, key, make)

    async def calibration(self, request: Request) -> Response:
        """What the embedded judge's confidences are worth."""
        shown = self._shown(request)
        return await self._page(
            request, ("calibration", shown), lambda: pages.calibration_page(shown, *embedded_calibration())
        )

    async def static(self, request: Request) -> Response:
        """What the pages load."""
        found = self._static.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        return made_answer(request, *found)

    # ----------------------------------------------------------------- jobs

    async def ask(self, request: Request) -> Response:
        """The form in which a question is asked; sent, it starts a report."""
        shown, sources = self._shown(request), self._sources()
        if request.method != "POST":
            form = AskForm(language=shown.language)
            return html_answer(pages.ask_page(shown, form, sources))
        async with read_form(request, self._sessions) as data:
            with speaking(shown.language):
                form, problems = read_ask(data, sources)
        if problems:
            return html_answer(pages.ask_page(shown, form, sources, problems), 422)
        return to_job(await anyio.to_thread.run_sync(self._book.ask, form))

    async def verify(self, request: Request) -> Response:
        """The form to which a table is handed; sent, it starts a verification."""
        shown, sources = self._shown(request), self._sources()
        if request.method != "POST":
            return html_answer(pages.verify_page(shown, sources))
        async with read_form(request, self._sessions) as data:
            with speaking(shown.language):
                ticked, problems = read_sources(data, sources)
                upload = await upload_of(data, say("pasted table"))
                if upload is None:
                    problems.append("table: " + say("There is no table: choose a file, or paste one."))
            language = read_language(data)
        if problems or upload is None:
            return html_answer(pages.verify_page(shown, sources, problems), 422)
        table = TableOrder(
            name=upload.name,
            file=TABLE + upload.suffix,
            pasted=upload.pasted,
            sources=ticked,
            language=language,
        )
        return to_job(await anyio.to_thread.run_sync(self._book.verify, upload, table))

    async def update(self, request: Request) -> Response:
        """Brings a run up to date, as a job."""
        shelved = self._find(request)
        async with read_form(request, self._sessions):
            pass
        row = shelved.row
        return to_job(
            await anyio.to_thread.run_sync(self._book.bring_up_to_date, row.name, row.question or row.title)
        )

    async def job(self, request: Request) -> Response:
        """How far a job is."""
        shown = self._shown(request)
        return html_answer(pages.job_page(shown, self._view(request, shown.language)))

    async def job_state(self, request: Request) -> Response:
        """The same, for the page's script."""
        view = self._view(request, self._shown(request).language)
        return JSONResponse(view.model_dump(mode="json"))

    async def job_events(self, request: Request) -> Response:
        """The same, at each change."""
        language, session = self._shown(request).language, request.state.session
        view = self._view(request, language)
        ended = view.state not in {"waiting", "running"}
        if ended and request.headers.get("last-event-id") == str(self._book.mark(view.job_id)[0]):
            return Response(status_code=204)  # told already; a browser then asks no more
        if self._streams[session] >= _MAX_STREAMS:
            raise HTTPException(503)

        async def stream() -> AsyncIterator[str]:
            self._streams[session] += 1
            try:
                async for event in self.watch.stream(view.job_id, language):
                    yield event
            finally:
                self._streams[session] -= 1

        return StreamingResponse(
            stream(), media_type="text/event-stream", headers={"cache-control": "no-store"}
        )

    async def stop_job(self, request: Request) -> Response:
        """Stops a job; what it had done is kept."""
        view = self._view(request, self._shown(request).language)
        async with read_form(request, self._sessions):
            pass
        await anyio.to_thread.run_sync(self._book.stop, view.job_id)
        return to_job(view.job_id)

    async def language(self, request: Request) -> Response:
        """Chooses the language of the pages."""
        async with read_form(request, self._sessions) as data:
            chosen, back = text_of(data, "language"), safe_way_back(text_of(data, "next"))
        if chosen not in LANGUAGES:
            raise HTTPException(400)
        answer = RedirectResponse(back, 303)
        answer.set_cookie(COOKIE, chosen, max_age=_YEAR_SECONDS, httponly=True, samesite="strict")
        return answer

    # ----------------------------------------------------------------- errors

    def login_page(self, language: str) -> bytes:
        """For those who have no session."""
        return pages.login_page(Shown(language=language))

    async def _on_http_error(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = error.headers if isinstance(error, HTTPException) else None
        shown = self._shown(request)
        with speaking(shown.language):
            message, remedy = explain_status(status)
        answer = html_answer(pages.error_page(shown, status, message, remedy), status)
        answer.headers.update(headers or {})
        return answer

    async def _on_own_error(self, request: Request, error: Exception) -> Response:
        """What the user can mend: the error's own words."""
        shown = self._shown(request)
        return html_answer(pages.error_page(shown, 500, str(error)[:1].upper() + str(error)[1:], ""), 500)

    async def _on_leaving(self, _: Request, __: Exception) -> Response:
        """Whoever sent half a form and left reads no answer, and the terminal need not tell of it."""
        return Response(status_code=400)

    async def _on_fault(self, request: Request, _: Exception) -> Response:
        """What only a change of the program can mend; Starlette raises it again, so that the terminal shows it."""
        return await self._on_http_error(request, HTTPException(500))

    # ----------------------------------------------------------------- what they share

    def _shown(self, request: Request) -> Shown:
        scope = request.scope
        query = scope["query_string"].decode("latin-1") if scope["method"] == "GET" else ""
        path = quote(scope["path"]) + (f"?{query}" if query else "")
        known = "session" in scope["state"]
        csrf = self._sessions.csrf if known else ""
        return Shown(language=scope["state"]["language"], csrf=csrf, path=path[:_MAX_PATH_CHARS])

    def _find(self, request: Request) -> Shelved:
        shelved = self._shelf.find(request.path_params["run"])
        if shelved is None:
            raise HTTPException(404)
        return shelved

    def _view(self, request: Request, language: str) -> JobView:
        with speaking(language):
            try:
                return self._book.view(request.path_params["job"])
            except KeyError:
                raise HTTPException(404) from None

    def _sources(self) -> list[str]:
        """What can be ticked: the user's libraries first; one whose name is not its own goes by its folder's."""
        folders = library_folders(self._home)
        times = Counter(folders.values())
        own = [name if times[name] == 1 else folder.name for folder, name in folders.items()]
        return list(dict.fromkeys([*(n for n in own if n != DEMO), DEMO, *REMOTE_SOURCES]))

    async def _page(self, request: Request, key: Hashable, make: Callable[[], bytes]) -> Response:
        return made_answer(request, await self._press.made(key, make), HTML)
