"""The door: every request passes here before any route sees it, and every answer bears the headers of here."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from synthesis.web import security
from synthesis.web.bodies import bounded, limit_of
from synthesis.web.languages import language_of
from synthesis.web.security import HEADERS, MAX_HEADER_BYTES, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from synthesis.web.security import Names
    from synthesis.web.sessions import Sessions

PUBLIC = "/static/"  # what the page that asks for a link is made of; it tells nothing of the user
_WORDS = {
    400: "This is not a request that the server understands.",
    403: "This request did not come from the server's own pages, so it is refused.",
    413: "This is larger than what is taken.",
    415: "Only the forms of the server's own pages are taken.",
    421: "The server does not answer to that name. Open the link that `synthesis serve` printed.",
    431: "The headers of this request are too long.",
}


class Guard:
    """Refuses what may not be served, opens sessions, and hands the rest to ``app``.

    Routes find ``request.state.language`` and ``request.state.session`` (the cookie's value).
    """

    def __init__(
        self, app: ASGIApp, names: Names, sessions: Sessions, login_page: Callable[[str], bytes]
    ) -> None:
        self._app = app
        self._names = names
        self._sessions = sessions
        self._login_page = login_page  # language → the page that says how to get a link
        self._cookie = f"synthesis-{names.port}"  # cookies do not tell ports apart, so the name does

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send = _with_headers(send)
        headers = _headers_of(scope)
        refused = self._refusal(scope, headers)
        if refused is not None:
            answer: Response | None = PlainTextResponse(_WORDS[refused.status] + "\n", refused.status)
        else:
            cookies = cookie_parser(headers.get("cookie", ""))
            scope["state"]["language"] = language_of(cookies, headers.get("accept-language", ""))
            answer = self._session(scope, cookies.get(self._cookie))
        if answer is not None:
            await answer(scope, receive, send)
        elif scope["method"] in security.SAFE_METHODS:
            await self._app(scope, receive, send)
        else:
            await self._app(scope, bounded(receive, limit_of(scope["path"])), send)

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> Refusal | None:
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
            return Refusal(431, "headers")
        target = scope["raw_path"].decode("latin-1")
        method = scope["method"]
        refused = (
            security.refusal_of_host(headers.get("host"), target, self._names, scope["server"])
            or security.refusal_of_origin(method, headers)
            or security.refusal_of_body(method, headers)
        )
        if refused is None and not target.startswith("/"):  # absolute form, of this server
            scope["path"] = "/" + scope["path"].partition("://")[2].partition("/")[2]
        length = headers.get("content-length", "0")
        too_long = not length.isdecimal() or int(length) > limit_of(scope["path"])
        return refused or (Refusal(413, "length") if too_long else None)

    def _session(self, scope: Scope, session: str | None) -> Response | None:
        """The answer to who has no session, or to who comes by a link; ``None`` for those who may go on."""
        known = self._sessions.knows(session)
        token = _token_of(scope)
        if known and token is None:
            scope["state"]["session"] = session
            return None
        if token is not None:
            opened = session if known else self._sessions.exchange(token)
            if opened is not None:
                return self._opened(opened)
        elif scope["path"].startswith(PUBLIC):
            return None
        page = self._login_page(scope["state"]["language"])
        return Response(page, 403, media_type="text/html; charset=utf-8")

    def _opened(self, session: str) -> Response:
        """To the first page, by an address that does not hold the token."""
        answer = RedirectResponse("/", 303, {"referrer-policy": "no-referrer"})
        answer.set_cookie(self._cookie, session, httponly=True, samesite="strict")
        return answer


def _token_of(scope: Scope) -> str | None:
    """The token of a link, on the first page's address alone."""
    query: bytes = scope["query_string"]
    if scope["path"] != "/" or scope["method"] != "GET" or b"token=" not in query:
        return None
    try:
        return parse_qs(query.decode("latin-1"), max_num_fields=10).get("token", [""])[0]
    except ValueError:  # more fields than a link has
        return ""


def _headers_of(scope: Scope) -> dict[str, str]:
    """Headers by name in lower case; one that stands twice is joined, so that it equals nothing that is allowed."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _with_headers(send: Send) -> Send:
    async def send_guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            present = {name for name, _ in headers}
            headers += [(name, value) for name, value in HEADERS if name not in present]
            message["headers"] = headers
        await send(message)

    return send_guarded
