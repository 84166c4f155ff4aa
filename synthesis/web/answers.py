"""Answers: pages, files, and the way on."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

    from synthesis.web.caching import Made

HTML = "text/html; charset=utf-8"


def made_answer(
    request: Request, made: Made, media_type: str, headers: dict[str, str] | None = None
) -> Response:
    """What was made, or 304 where the reader has it already (RFC 9110, section 13.1.2)."""
    known = {"etag": made.etag, "cache-control": "private, no-cache", **(headers or {})}
    asked = request.headers.get("if-none-match", "")
    if asked and made.etag in (tag.strip().removeprefix("W/") for tag in asked.split(",")):
        return Response(status_code=304, headers=known)
    return Response(made.body, headers=known, media_type=media_type)


def html_answer(body: bytes, status: int = 200) -> Response:
    """A page that is made for one reader."""
    return Response(body, status, media_type=HTML)


def file_headers(name: str) -> dict[str, str]:
    """Headers of what is kept, never shown in the page's place (RFC 6266); nothing in it may run."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-._") else "_" for c in name)
    return {
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    }


def to_job(job_id: str) -> Response:
    """To the page of a job, by GET."""
    return RedirectResponse(f"/jobs/{job_id}", 303)
