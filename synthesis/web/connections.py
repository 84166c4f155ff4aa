"""Connections: how many, how long, and how slow they may be.

uvicorn bounds none of this by itself: a client that opens a thousand connections and says nothing, sends a byte a
second, or never reads what it asked for, would hold the server's files and memory for ever.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from synthesis.web.security import HEADERS

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

MAX_CONNECTIONS = 512  # more readers than anyone has, and half of what a process may open by default
HEAD_SECONDS = (
    10.0  # for a request's line and headers to be whole, and for a kept connection to be used again
)
WRITE_SECONDS = 60.0  # for a client to take what it asked for
_MAX_DISCARDED_BYTES = 32 << 20  # of a body that was refused: let go by, so that the client reads why


class BoundedProtocol(H11Protocol):
    """An HTTP connection with deadlines; when there are too many, the one that was idle for longest is closed."""

    _deadline: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None
    _discarded = 0
    idle_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection was opened: its first request is awaited."""
        super().connection_made(transport)
        self._await_request()
        if len(self.connections) > MAX_CONNECTIONS:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Bytes came; those of a body that was already answered are counted and let go."""
        if self.is_idle and self.conn.their_state is h11.SEND_BODY:
            self._discarded += len(data)
            if self._discarded > _MAX_DISCARDED_BYTES:
                self.transport.abort()
                return
        super().data_received(data)
        if not self.is_idle:
            _cancel(self._deadline)

    def on_response_complete(self) -> None:
        """A request was answered: the next is awaited, however many bytes of the last still come."""
        self._await_request()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client does not read as fast as it is answered."""
        super().pause_writing()
        self._stalled = self._after(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """It reads again."""
        super().resume_writing()
        _cancel(self._stalled)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        _cancel(self._deadline)
        _cancel(self._stalled)
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request of HTTP, with the headers that every answer bears.

        The status is h11's hint (431 for headers that are too long), and 421 where it is the Host that is at fault.
        """
        error = sys.exception()
        hint = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        status = 421 if "Host:" in str(error) else hint
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            headers = [
                *HEADERS,
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", str(len(msg)).encode()),
                (b"connection", b"close"),
            ]
            parts = (
                h11.Response(status_code=status, headers=headers, reason=STATUS_PHRASES[status]),
                h11.Data(data=msg.encode("ascii")),
                h11.EndOfMessage(),
            )
            self.transport.write(b"".join(self.conn.send(part) or b"" for part in parts))
        self.transport.close()

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _await_request(self) -> None:
        self.idle_since = self.loop.time()
        self._discarded = 0
        _cancel(self._deadline)
        self._deadline = self._after(HEAD_SECONDS, self.transport.close)

    def _after(self, seconds: float, call: Callable[[], None]) -> asyncio.TimerHandle:
        return self.loop.call_later(seconds, call)

    def _make_room(self) -> None:
        """Close the connection that has been idle for longest; this one where all the others are at work."""
        idle = [c for c in self.connections if isinstance(c, BoundedProtocol) and c.is_idle]
        longest = min(idle, key=lambda c: c.idle_since)
        longest.connections.discard(longest)
        longest.transport.close()


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
