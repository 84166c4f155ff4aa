"""One request and the redirects to which it leads: each hop is checked, waits for its own turn, and keys stay at home."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synthesis.errors import SourceRefusedError, SourceUnavailableError
from synthesis.network.addresses import AddressRefusedError
from synthesis.network.keys import redact, redact_bytes, with_secret, without_secret
from synthesis.network.messages import Response
from synthesis.network.pace import Pace, pace_of
from synthesis.network.wire import Answer, Parcel, Wire, proxy_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from synthesis.network.addresses import AddressGate, Target
    from synthesis.network.clockwork import Clockwork
    from synthesis.network.closings import Closings
    from synthesis.network.messages import Request, Secret, Service

MAX_REDIRECTS = 5
_ALWAYS_FOLLOWED = frozenset({307, 308})
_FOLLOWED_BY_GET = frozenset({301, 302, 303}) | _ALWAYS_FOLLOWED


@dataclass(slots=True)
class Course:
    """One request on its way to an answer.

    ``ends`` is on the monotonic clock. ``place`` is the pace under which the host is asked that is asked just now;
    ``retries`` are the reasons for which it was asked again.
    """

    request: Request
    service: Service
    first: Target
    ends: float
    conditions: Mapping[str, str] = field(default_factory=dict)
    place: str = ""
    retries: list[str] = field(default_factory=list)


class Follower:
    """Sends requests where they lead."""

    def __init__(
        self, gate: AddressGate, state: Path, closings: Closings, time: Clockwork, user_agent: str
    ) -> None:
        self._gate = gate
        self._state = state
        self._closings = closings
        self._time = time
        self._user_agent = user_agent
        self._wire = Wire()

    def close(self) -> None:
        """Let go of what is open."""
        self._wire.close()

    def follow(self, course: Course) -> Response:
        """The answer at the end of at most five redirects.

        Raises:
            SourceError: as ``Wire.exchange``, ``AddressGate.addresses`` and ``Pace.turn``; the service is closed; the
                redirects do not end.
        """
        request, target, trusted = course.request, course.first, True
        for n_followed in range(MAX_REDIRECTS + 1):
            trusted = trusted and is_at_home(target, course.first)
            answer = self._hop(course, target, request.secret if trusted else None)
            location = answer.headers.get("location")
            followed = _FOLLOWED_BY_GET if request.method == "GET" else _ALWAYS_FOLLOWED
            if not location or answer.status not in followed:
                return _response(answer, target, request)
            if n_followed < MAX_REDIRECTS:
                target = self._next(course, target, without_secret(location, request.secret))
        raise SourceRefusedError(
            f"{course.service.title} redirected more than {MAX_REDIRECTS} times, the last from {target.url[:200]}"
        )

    def _next(self, course: Course, target: Target, location: str) -> Target:
        """Where a redirect leads, if it is an address that is asked."""
        try:
            following = target.join(location)
            self._gate.check(following)
        except AddressRefusedError as error:
            raise AddressRefusedError(f"{course.service.title} redirected, and {error}") from None
        return following

    def _hop(self, course: Course, target: Target, secret: Secret | None) -> Answer:
        """One exchange within the pace of the target's host."""
        service = course.service
        elsewhere = service.any_host and target.host != course.first.host
        name = target.host if elsewhere else service.name
        course.place, interval = pace_of(name, service.interval_seconds, target.host)
        self._closings.check(course.place)
        parcel = self._parcel(course, target, secret)
        with Pace(self._state, course.place, interval, self._time).turn(course.ends - self._time.clock()):
            left = course.ends - self._time.clock()
            if left <= 0:
                raise SourceUnavailableError(
                    f"{service.title} was not asked: its turn came only after {service.deadline_seconds:g} s"
                )
            return self._wire.exchange(parcel, min(service.timeout_seconds, left), service.max_bytes)

    def _parcel(self, course: Course, target: Target, secret: Secret | None) -> Parcel:
        """What is sent, and to which addresses: those that were checked, or the name where a proxy resolves it."""
        request, proxy = course.request, proxy_for(target)
        self._gate.check(target)
        addresses = self._gate.addresses(target) if proxy is None or course.service.any_host else ()
        headers = {"User-Agent": self._user_agent, "Accept": request.accept, "Connection": "close"}
        headers |= course.conditions
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        if secret is not None and secret.place == "header":
            headers[secret.name] = secret.value
        return Parcel(
            target=target,
            path=with_secret(target.path, secret),
            headers=headers,
            method=request.method,
            body=request.body,
            addresses=addresses if proxy is None else (),
            proxy=proxy,
        )


def is_at_home(target: Target, first: Target) -> bool:
    """Whether a key for ``first`` may go to ``target``: the same host and port, or its https in place of its http."""
    if (target.scheme, target.host, target.port) == (first.scheme, first.host, first.port):
        return True
    return target.host == first.host and (first.scheme, target.scheme, target.port) == ("http", "https", 443)


def _response(answer: Answer, target: Target, request: Request) -> Response:
    """The answer without the key, which hosts repeat in what they say."""
    return Response(
        answer.status,
        redact_bytes(answer.body, request.secret),
        {name: redact(value, request.secret) for name, value in answer.headers.items()},
        target.url,
        accept=request.accept,
    )
