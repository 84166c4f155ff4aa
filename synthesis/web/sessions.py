"""Links and sessions: a link that is printed on the terminal opens one session in one browser.

A link's token is spent by its first use, so that it is worth nothing in the history of a browser, in the list of
processes (the browser that we start is given the link), or over a shoulder. Whoever sits at the terminal is never
locked out: when a link is spent the next one is printed, and at any time exactly one unspent link is valid. Opening
a spent link again in the browser that spent it simply shows the page, as its session is still there.

Only digests are kept, so that looking one up takes a time that tells nothing of the secret.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from hmac import compare_digest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_SESSIONS = 1000  # the one that was not used for longest goes
_TOKEN_BYTES = 32
MAX_SECRET_CHARS = 100


class Sessions:
    """Who may use the server since it was started; nothing of it is kept on disk.

    ``announce`` is called with the token of each link that takes the place of a spent one.
    """

    def __init__(self, announce: Callable[[str], None] = lambda _: None) -> None:
        self._announce = announce
        self._link = b""
        self._sessions: OrderedDict[bytes, None] = OrderedDict()
        # one for all sessions: they are all the same user's, and a page is then the same in each of them
        self.csrf = secrets.token_urlsafe(_TOKEN_BYTES)

    def new_link(self) -> str:
        """The token of a link; one that was given out before and not spent is void."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._link = _digest(token)
        return token

    def exchange(self, token: str) -> str | None:
        """A session for an unspent token, which is spent by this; ``None`` for any other."""
        if not self._link or not compare_digest(_digest(token), self._link):
            return None
        self._announce(self.new_link())
        session = secrets.token_urlsafe(_TOKEN_BYTES)
        self._sessions[_digest(session)] = None
        while len(self._sessions) > _MAX_SESSIONS:
            self._sessions.popitem(last=False)
        return session

    def knows(self, session: str | None) -> bool:
        """Whether a cookie's value is that of a session."""
        if not session or len(session) > MAX_SECRET_CHARS:
            return False
        digest = _digest(session)
        if digest not in self._sessions:
            return False
        self._sessions.move_to_end(digest)
        return True

    def is_csrf(self, value: str | None) -> bool:
        """Whether a form's hidden field is that of our own pages."""
        return value is not None and compare_digest(_digest(value), _digest(self.csrf))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", errors="replace")).digest()
