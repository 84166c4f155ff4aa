"""Unpaywall: open copies by DOI, an e-mail address that nobody else sees, and addresses that are not followed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import FakeTime, LoopbackServer, respond
from recordings import OWN, read_recordings

from synthesis.errors import SourceRefusedError
from synthesis.network.cache import ResponseCache
from synthesis.network.client import Client
from synthesis.sources.unpaywall import Unpaywall, lookup_request, parse_copies
from synthesis.sources.urls import web_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from loopback import Behaviour

_EMAIL = "canary@owls.example"
_JSON = "application/json"


@pytest.fixture
def client(host: LoopbackServer, tmp_path: Path) -> Iterator[Client]:
    """The real client, let through to the host."""
    cache = ResponseCache(tmp_path / "cache")
    with Client(state=tmp_path, cache=cache, gate=host.gate, time=FakeTime().clockwork) as one:
        yield one


@pytest.fixture
def source(host: LoopbackServer, client: Client) -> Unpaywall:
    """The source, asking the host."""
    return Unpaywall(client, f" {_EMAIL}\n", base_url=host.origin)


def _recorded(name: str) -> Behaviour:
    (recording,) = read_recordings(OWN / "unpaywall" / f"{name}.json")
    return respond(recording.body, recording.status, Content_Type=_JSON)


def _body(name: str) -> bytes:
    (recording,) = read_recordings(OWN / "unpaywall" / f"{name}.json")
    return recording.body


def test_the_best_copy_comes_first(host: LoopbackServer, source: Unpaywall) -> None:
    """Files before the pages they lie on, each once, with the version that they are."""
    host.script.append(_recorded("open"))
    links = source.open_copies("https://doi.org/10.9999/OWLS.1")
    assert [(link.url, link.form, link.version) for link in links] == [
        ("https://publisher.example/owls.pdf", "pdf", "published"),
        ("https://repository.example/owls", "html", "submitted"),
        ("https://archive.example/owls-accepted.pdf", "pdf", "accepted"),
    ]
    assert host.requests[0].path == "/10.9999/owls.1"
    assert host.requests[0].params == {"email": _EMAIL}


def test_a_closed_work_has_no_copies(host: LoopbackServer, source: Unpaywall) -> None:
    """``best_oa_location`` null is a work without open copies, known to be closed."""
    host.script.append(_recorded("closed"))
    assert source.open_copies("10.9999/owls.2") == ()
    assert source.is_oa("10.9999/owls.2") is False


def test_an_unknown_doi_has_no_copies(host: LoopbackServer, source: Unpaywall) -> None:
    """404 means that Unpaywall does not know the work; what is no DOI is not asked about."""
    host.script.append(_recorded("unknown"))
    assert source.open_copies("10.9999/none") == ()
    assert source.is_oa("10.9999/none") is None
    assert source.open_copies("not a doi") == ()
    assert len(host.requests) == 1


def test_without_an_address_it_is_not_used(host: LoopbackServer, client: Client) -> None:
    """Without an e-mail address nothing is sent: ``unused`` and the error say why and what to set."""
    for email in (None, " \n"):
        source = Unpaywall(client, email, base_url=host.origin)
        assert "SYNTHESIS_EMAIL" in (source.unused or "")
        with pytest.raises(SourceRefusedError, match="asks for an e-mail address"):
            source.open_copies("10.9999/owls.1")
        assert source.plan(5).requests == 0
    assert host.requests == []


@pytest.mark.parametrize(
    "email", ["no-at-sign", "a@b", "a b@c.de", "a@b.de\r\nX: y", 'a"@b.de', "a@b.de,c@d.ef"]
)
def test_what_is_no_address_is_not_sent(host: LoopbackServer, client: Client, email: str) -> None:
    """Case 16: an address with blanks, line ends or signs is not sent, and not repeated either."""
    source = Unpaywall(client, email, base_url=host.origin)
    assert "is not an e-mail address" in (source.unused or "")
    assert email not in (source.unused or "")
    assert host.requests == []


def test_a_refused_address_is_said_in_clear_words(host: LoopbackServer, source: Unpaywall) -> None:
    """Case 13: 422 is about the address: the words say what to correct and do not hold it."""
    words = {"error": True, "message": f"{_EMAIL} is not welcome, use your own email"}
    for behaviour in (_recorded("email_refused"), respond(json.dumps(words).encode(), 422)):
        host.script.append(behaviour)
        with pytest.raises(SourceRefusedError, match=r"refuses the e-mail address \(HTTP 422\)") as caught:
            source.open_copies("10.9999/owls.1")
        assert "canary" not in str(caught.value)


def test_the_address_is_written_nowhere(
    host: LoopbackServer, source: Unpaywall, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Case 13: the address stands in no log, no file of the cache, no error and no value, even where it is echoed."""
    caplog.set_level(0)
    echo = json.dumps(
        {"is_oa": True, "asked_by": _EMAIL, "oa_locations": [{"url": "https://x.example/"}]}
    ).encode()
    host.script.extend([respond(echo, Content_Type=_JSON), respond(b"who is " + _EMAIL.encode(), 400)])
    copies = source.copies("10.9999/owls.1")
    with pytest.raises(SourceRefusedError) as caught:
        source.copies("10.9999/owls.2")
    assert "canary" not in f"{copies!r}{caught.value}{source!r}{caplog.text}"
    assert [file for file in tmp_path.rglob("*") if file.is_file()]
    assert not any(b"canary" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def test_addresses_that_are_not_followed_are_dropped_and_counted() -> None:
    """Case 18: file, ftp, data and javascript addresses, and one that hides its host, are no links; they are counted."""
    copies = parse_copies(_body("odd_addresses"))
    assert [link.url for link in copies.links] == ["https://repository.example/owls"]
    assert copies.n_dropped == 5


@given(st.text(max_size=40) | st.from_regex(r"[a-z]{1,8}://?[^/]{0,12}/x", fullmatch=True))
def test_only_plain_web_addresses_pass(url: str) -> None:
    """Cases 16 and 18: what passes begins with http(s), names a host and holds no blank, control or credential."""
    if web_url(url) is not None:
        assert url.lower().startswith(("http://", "https://"))
        assert not set(url) & set(" \t\r\n\\\0")
        assert "@" not in url.split("/")[2]


@pytest.mark.parametrize(
    "url",
    [
        "https://user:pass@x.example/",
        "http://127.0.0.1:6666\\@x.example/",
        "https://x.example/a b",
        "https://x.example/\r\nHost: y",
        "https://[::1",
        "https:///path",
        "//x.example/",
        f"https://x.example/{'a' * 3000}",
    ],
)
def test_addresses_that_parsers_read_differently_do_not_pass(url: str) -> None:
    """Case 16: credentials, backslashes, blanks, line ends, no host, broken brackets and endless addresses."""
    assert web_url(url) is None


_SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(_VALUES, _VALUES, _VALUES)
def test_fields_of_any_type_are_coerced_or_missing(one: object, other: object, third: object) -> None:
    """Case 35: whatever types the fields have, the answer is copies or none."""
    place = {"url": one, "url_for_pdf": other, "version": third}
    value = {"is_oa": one, "best_oa_location": place, "oa_locations": [place, other]}
    assert isinstance(parse_copies(json.dumps(value).encode()).links, tuple)


@pytest.mark.parametrize("body", [b"[]", b"7", b"{", b"<html>", b""])
def test_what_is_no_object_is_an_error(body: bytes) -> None:
    """Cases 10 and 14: a page, a list, a cut or empty answer is an error, never "no copies"."""
    with pytest.raises(SourceRefusedError, match="Unpaywall"):
        parse_copies(body)


def test_a_page_of_html_is_an_error_with_an_excerpt(host: LoopbackServer, source: Unpaywall) -> None:
    """Case 10: a login page under 200 or 404 is a typed error that quotes its beginning."""
    for status in (200, 404):
        host.script.append(respond(b"<html>Log in first</html>", status, Content_Type="text/html"))
        with pytest.raises(SourceRefusedError, match="Log in first"):
            source.open_copies("10.9999/owls.1")


def test_a_doi_stays_in_its_folder() -> None:
    """Signs of a DOI are escaped in the path, and one that steps out of it is not asked about."""
    request = lookup_request("https://x.example/v2", "10.9999/a?email=b#c d")
    assert request is None
    request = lookup_request("https://x.example/v2", "10.9999/a?email=b#c")
    assert request is not None
    assert request.url == "https://x.example/v2/10.9999/a%3Femail%3Db%23c"
    assert lookup_request("https://x.example/v2", "10.9999/../x") is None
