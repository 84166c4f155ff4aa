"""A request as a source builds it, and the whole answer to it. Pure data; nothing here touches the network."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Secret:
    """A key that goes with a request: to the service's own host alone, never into a log, a cache or a report."""

    place: Literal["header", "query"]
    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``url`` holds no secret. ``body`` is JSON for POST; only GET and such POSTs are sent."""

    url: str
    method: Literal["GET", "POST"] = "GET"
    accept: str = "application/json"
    body: bytes | None = None
    secret: Secret | None = None

    @classmethod
    def post_json(cls, url: str, value: Any, secret: Secret | None = None) -> Request:
        """A POST that only asks (it may be sent again) with ``value`` as JSON."""
        return cls(url, "POST", body=json.dumps(value).encode(), secret=secret)


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer, whatever its status; header names in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    url: str  # after redirects, without secrets
    from_cache: bool = False
    retries: tuple[str, ...] = ()  # why it had to be asked for again, each time
    accept: str = ""  # the media types that the request asked for

    @property
    def content_type(self) -> str:
        """The media type without parameters, in lower case; "" when none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an answer is not one.

    ``kind``: ``busy`` (slow down and try again), ``spent`` (the budget is used up until later: do not try again),
    ``refused`` (asking again will not help). ``wait_seconds``: how long the host asks for, where it says so.
    """

    kind: Literal["busy", "spent", "refused"]
    message: str  # begins with the service's name, e.g. "OpenAlex answered HTTP 429: …"
    wait_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """What the client must know of one host; the rules are shared by all processes of this machine.

    ``diagnose`` looks at a whole answer and the time: ``None`` when the source's parser may read it (a 404 that
    only means "not held" is such an answer).
    """

    name: str  # as in reports and in the names of pace files: "openalex"
    title: str  # as a reader knows it: "OpenAlex"
    interval_seconds: float  # from the end of one request to the start of the next
    diagnose: Callable[[Response, datetime], Trouble | None]
    deadline_seconds: float = 60.0  # one request with all its retries
    timeout_seconds: float = 30.0  # one exchange
    max_bytes: int = 16 * 2**20
    max_age_seconds: float = 86_400.0  # how long a stored answer stands without asking again
    any_host: bool = False  # True: a fetcher of open copies wherever they lie; every address is checked
