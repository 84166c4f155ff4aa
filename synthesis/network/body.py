"""The body of an answer as it comes in, unpacked and counted: never more of it in memory than was allowed. Pure."""

from __future__ import annotations

import zlib

from synthesis.errors import SourceRefusedError
from synthesis.network.errors import BrokenExchangeError

ACCEPT_ENCODING = "gzip"
# An x-gzip is how arXiv labels files that are archives themselves; they stay as they are, for a reader to open.
_AS_IT_IS = frozenset({"", "identity", "x-gzip"})
_GZIP_WINDOW = zlib.MAX_WBITS | 16


class BoundedBody:
    """Collects a body of ``host`` in the given Content-Encoding, up to ``max_bytes`` of it unpacked."""

    def __init__(self, host: str, encoding: str, max_bytes: int) -> None:
        if encoding not in {*_AS_IT_IS, ACCEPT_ENCODING}:
            raise SourceRefusedError(
                f"{host} packed its answer in a way that was not asked for ({encoding[:20]!r})"
            )
        self._host = host
        self._max_bytes = max_bytes
        self._body = bytearray()
        self._fed = False
        self._unpacker = zlib.decompressobj(_GZIP_WINDOW) if encoding == ACCEPT_ENCODING else None

    def expect(self, content_length: str) -> None:
        """Refuse at once what is announced as too large. Raises ``SourceRefusedError``."""
        if content_length.isdecimal() and int(content_length[:20]) > self._max_bytes:
            raise self._too_large()

    def add(self, data: bytes) -> None:
        """Take the next piece.

        Raises:
            SourceRefusedError: the body is larger than was allowed; no more than that was unpacked.
            BrokenExchangeError: it is not packed as it says.
        """
        self._fed = self._fed or bool(data)
        while data:
            data = self._add_some(data)
            if len(self._body) > self._max_bytes:
                raise self._too_large()

    def finish(self) -> bytes:
        """The whole body. Raises ``BrokenExchangeError`` when it was cut short."""
        if self._unpacker is not None and self._fed and not self._unpacker.eof:
            raise BrokenExchangeError(f"{self._host} broke off its answer (the packed text has no end)")
        return bytes(self._body)

    def _add_some(self, data: bytes) -> bytes:
        """Take what fits of ``data`` and return what is left of it."""
        if self._unpacker is None:
            self._body += data
            return b""
        if self._unpacker.eof:  # a gzip text may consist of several, one after the other (RFC 1952 2.2)
            self._unpacker = zlib.decompressobj(_GZIP_WINDOW)
        try:
            self._body += self._unpacker.decompress(data, self._max_bytes - len(self._body) + 1)
        except zlib.error:
            raise BrokenExchangeError(f"{self._host} sent an answer that cannot be unpacked") from None
        return self._unpacker.unconsumed_tail or self._unpacker.unused_data

    def _too_large(self) -> SourceRefusedError:
        return SourceRefusedError(
            f"{self._host} sent more than {self._max_bytes} bytes for one answer, which was not read to its end: "
            "ask for less at once"
        )
