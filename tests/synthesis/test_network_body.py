"""The body of an answer as it comes in: unpacked, counted and whole."""

from __future__ import annotations

import contextlib
import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.errors import SourceRefusedError
from synthesis.network.body import BoundedBody
from synthesis.network.errors import BrokenExchangeError


def _pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def _read(data: bytes, encoding: str, size: int, max_bytes: int = 10_000) -> bytes:
    body = BoundedBody("owls.example", encoding, max_bytes)
    for piece in _pieces(data, size):
        body.add(piece)
    return body.finish()


@given(parts=st.lists(st.binary(max_size=500), max_size=4), size=st.integers(1, 200))
def test_a_body_comes_as_it_was_sent(parts: list[bytes], size: int) -> None:
    """In pieces of any size, as it is, packed, or packed in several texts one after the other."""
    whole = b"".join(parts)
    assert _read(whole, "", size) == _read(whole, "identity", size) == _read(whole, "x-gzip", size) == whole
    assert _read(b"".join(map(gzip.compress, parts)), "gzip", size) == whole


@given(
    data=st.binary(min_size=1, max_size=500), keep=st.floats(0, 1, exclude_max=True), size=st.integers(1, 99)
)
def test_a_packed_body_cut_short_is_noticed(data: bytes, keep: float, size: int) -> None:
    """Case 14: a packed text that ends before its end is an error; one that was never begun is an empty body."""
    packed = gzip.compress(data)
    cut = packed[: int(keep * len(packed))]
    if cut:
        with pytest.raises(BrokenExchangeError):
            _read(cut, "gzip", size)
    else:
        assert _read(cut, "gzip", size) == b""


@given(data=st.binary(min_size=1), size=st.integers(1, 99))
def test_any_bytes_are_a_body_or_a_typed_error(data: bytes, size: int) -> None:
    """Case 14: what says that it is packed and is not is an error of the exchange."""
    with contextlib.suppress(BrokenExchangeError):
        assert isinstance(_read(data, "gzip", size), bytes)


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_the_limit_is_exact(encoding: str) -> None:
    """As many bytes as are allowed are read, and one more is refused."""
    for length in (1000, 1001):
        data = bytes(length)
        packed = gzip.compress(data) if encoding else data
        if length == 1000:
            assert _read(packed, encoding, 99, max_bytes=1000) == data
        else:
            with pytest.raises(SourceRefusedError, match="more than 1000 bytes"):
                _read(packed, encoding, 99, max_bytes=1000)


def test_a_bomb_is_not_unpacked() -> None:
    """Case 14: of a packed text that would unpack to a thousand times its size no more than the limit is in memory."""
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(64)) + packer.flush()
    tracemalloc.start()
    try:
        with pytest.raises(SourceRefusedError):
            _read(bomb, "gzip", len(bomb), max_bytes=100_000)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("stated", "refused"), [("1001", True), ("9" * 5000, True), ("1000", False), ("-1", False)]
)
def test_a_length_that_is_too_large_is_refused_at_once(stated: str, refused: bool) -> None:
    """Case 14: a body that is announced as too large is not begun; nonsense announces nothing."""
    body = BoundedBody("owls.example", "", 1000)
    if refused:
        with pytest.raises(SourceRefusedError):
            body.expect(stated)
    else:
        body.expect(stated)
