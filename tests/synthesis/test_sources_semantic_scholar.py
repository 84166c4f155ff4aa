"""Semantic Scholar: its requests, its answers, and the whole path to a host on loopback that misbehaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import FakeTime, LoopbackServer, respond
from recordings import OWN, read_recordings

from synthesis.errors import SourceRefusedError
from synthesis.fetching.candidates import refused_links
from synthesis.network.client import Client
from synthesis.records import Filters, Link, Notice, Paper
from synthesis.sources.semantic_scholar import SemanticScholarSource, parse_other, parse_paper, parse_search
from synthesis.sources.semantic_scholar_model import FIELDS, PaperRow, paper_of
from synthesis.sources.semantic_scholar_requests import name_of, paper_name, plain_words
from synthesis.sources.titles import title_notice, titles_agree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from loopback import Behaviour, Handler

_JSON = "application/json"
_S2_ID = f"{1:040x}"


@pytest.fixture
def clock() -> FakeTime:
    """Clocks that only sleeping moves."""
    return FakeTime()


@pytest.fixture
def client(host: LoopbackServer, clock: FakeTime, tmp_path: Path) -> Iterator[Client]:
    """The real client, let through to the host."""
    with Client(state=tmp_path, gate=host.gate, time=clock.clockwork) as one:
        yield one


@pytest.fixture
def source(host: LoopbackServer, client: Client) -> SemanticScholarSource:
    """The source, asking the host."""
    return SemanticScholarSource(client, base_url=host.origin)


def _recorded(name: str) -> Behaviour:
    (recording,) = read_recordings(OWN / "semantic_scholar" / f"{name}.json")
    return respond(recording.body, recording.status, Content_Type=_JSON)


def _body(name: str) -> bytes:
    (recording,) = read_recordings(OWN / "semantic_scholar" / f"{name}.json")
    return recording.body


def _sent(value: object, status: int = 200) -> Behaviour:
    return respond(json.dumps(value).encode(), status, Content_Type=_JSON)


def _rows(start: int, stop: int) -> list[dict[str, str]]:
    return [{"paperId": f"{i:040x}", "title": f"Owl number {i}"} for i in range(start, stop)]


# ------------------------------------------------------------------ answers


def test_a_record_becomes_a_paper_with_every_fact() -> None:
    """A record's ids, names, fields, counts and open copy are all kept, in our own forms."""
    paper = parse_paper(_body("paper_found"))
    assert paper is not None
    assert paper.paper_id == "arxiv:2101.00001"
    assert (paper.doi, paper.acl_id) == ("10.18653/v1/2021.owls-main.7", "2021.owls-main.7")
    assert paper.other_ids == (f"s2:{_S2_ID}", "pmid:90000001", "pmcid:PMC9000001")
    assert paper.authors == ("Ada Example", "B. Beispiel")
    assert (paper.year, paper.cited_by, paper.open_access) == (2021, 12, True)
    assert paper.fields == ("Biology", "Environmental Science")
    assert paper.sections[0].title == "Abstract"
    assert paper.links == (Link(url="https://example.org/owls.pdf", form="pdf", source="semantic-scholar"),)


def test_what_is_null_or_empty_is_missing() -> None:
    """An abstract that the publisher withholds, an empty venue and an open copy "" are missing, not empty."""
    bare = parse_search(_body("search_page_1")).papers[1]
    assert (bare.abstract, bare.venue, bare.year, bare.sections, bare.links) == (None, None, None, (), ())
    assert bare.open_access is False


def test_a_title_that_says_retracted_marks_the_paper() -> None:
    """Case 36: the API has no flag for a retraction, so the publisher's word before the title is read."""
    (taken,) = parse_search(_body("search_page_2")).papers
    assert taken.retracted
    assert taken.notices == (Notice(kind="retracted", source="semantic-scholar", detail="its title"),)


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("RETRACTED ARTICLE: Owls", "retracted"),
        ("[Retracted] Owls", "retracted"),
        ("Owls (Retracted article. See vol. 5, p. 3)", "retracted"),
        ("WITHDRAWN: Owls", "withdrawn"),
        ("Retraction: Owls", None),
        ("Retracted works and who cites them", None),
        ("Drugs and their risks (withdrawn products)", None),
    ],
)
def test_only_the_publishers_mark_counts_as_a_retraction(title: str, kind: str | None) -> None:
    """A notice of a retraction, and a title about retractions, are no retracted works."""
    notice = title_notice(title, "x")
    assert (notice.kind if notice else None) == kind


def test_no_hits_come_without_a_list() -> None:
    """Case 12: ``{"total": 0, "offset": 0}`` without ``data`` is an empty last page."""
    page = parse_search(_body("search_without_hits"))
    assert (page.papers, page.n_entries, page.total, page.next) == ((), 0, 0, None)


def test_a_bulk_page_names_the_next_by_its_token() -> None:
    """The token of a bulk page points to the next; none, or null, is the end."""
    pages = [parse_search(_body("bulk_page_1")), parse_search(_body("bulk_page_2"))]
    assert [(page.n_entries, page.next) for page in pages] == [(2, "TOKENA"), (1, None)]


@pytest.mark.parametrize("name", ["error_fields", "error_key", "error_rate", "match_none", "paper_unknown"])
def test_an_error_is_never_an_empty_answer(name: str) -> None:
    """An envelope with an error raises it, in Semantic Scholar's words, whichever parser reads it."""
    for parse in (parse_search, parse_paper, parse_other):
        with pytest.raises(SourceRefusedError, match="Semantic Scholar answered: "):
            parse(_body(name))


def test_answers_of_other_endpoints_are_counted() -> None:
    """Lists, wrapped lists and single objects are told apart, nulls left out."""
    assert parse_other(b'[null, {"authorId": "1"}]') == 1
    assert parse_other(b'{"recommendedPapers": [{}, {}]}') == 2
    assert parse_other(b'{"authorId": "1", "name": "A"}') == 1
    with pytest.raises(SourceRefusedError, match="neither an object nor a list"):
        parse_other(b"7")


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from([*FIELDS.split(","), "paperId"]), _VALUES), _VALUES)
def test_fields_of_any_type_are_coerced_or_missing(row: dict[str, object], rows: object) -> None:
    """Case 35: whatever types the fields have, a record is a paper or none, and a page a page."""
    paper = paper_of(PaperRow.model_validate(row))
    assert paper is None or paper.title
    parse_search(json.dumps({"total": rows, "data": rows, "next": rows}).encode())


def test_odd_types_that_were_met_are_coerced() -> None:
    """Case 35: a title as a list is joined, a year in words read, a year "20x1" and a number for a title missing."""
    row = {"title": ["Two", "parts"], "year": "May 2021", "authors": {"name": "A"}, "citationCount": "7"}
    paper = paper_of(PaperRow.model_validate(row))
    assert paper is not None
    assert (paper.title, paper.year, paper.authors, paper.cited_by) == ("Two parts", 2021, ("A",), 7)
    assert paper_of(PaperRow.model_validate({"title": 7, "year": "20x1"})) is None
    odd = paper_of(PaperRow.model_validate({"title": "T", "year": "20x1", "authors": [None, 3, []]}))
    assert odd is not None
    assert (odd.year, odd.authors) == (None, ())


# ------------------------------------------------------------------ requests


@given(st.text(max_size=200))
def test_no_sign_of_the_users_words_reaches_a_query(text: str) -> None:
    """Only letters, digits and blanks are sent, so nothing acts as an operator of the bulk search."""
    assert all(c.isalnum() or c == " " for c in plain_words(text))


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        ("arXiv:2101.00001v3", "ARXIV:2101.00001"),
        ("https://doi.org/10.9999/OWLS.1", "DOI:10.9999/owls.1"),
        ("2021.owls-main.7", "ACL:2021.owls-main.7"),
        ("P19-1001", "ACL:P19-1001"),
        ("pmid:123", "PMID:123"),
        ("pmcid:PMC123", "PMCID:123"),
        (f"s2:{_S2_ID}", _S2_ID),
        ("CorpusId:12", "CorpusId:12"),
        ("s2:../../etc", None),
        ("pmid:1; 2", None),
        ("Owls: a study", None),
    ],
)
def test_identifiers_are_named_as_the_api_names_them(identifier: str, name: str | None) -> None:
    """Each kind of id has its prefix; what is no id has no name."""
    assert paper_name(identifier) == name


def test_a_papers_own_id_names_it_before_all_others() -> None:
    """Semantic Scholar's id comes first, then arXiv's, then the DOI; a title alone names nothing."""
    paper = Paper(paper_id="doi:10.9999/a", title="T", doi="10.9999/a", source="x")
    assert name_of(paper) == "DOI:10.9999/a"
    assert name_of(paper.model_copy(update={"other_ids": (f"s2:{_S2_ID}",)})) == _S2_ID
    assert name_of(Paper(paper_id="title:0123456789abcdef", title="T", source="x")) is None


# ------------------------------------------------------------------ the whole path


def test_a_search_walks_through_its_pages(host: LoopbackServer, source: SemanticScholarSource) -> None:
    """Two pages are asked for in turn, with the fields named, and their papers come in order."""
    host.script.extend([_recorded("search_page_1"), _recorded("search_page_2")])
    answer = source.search("owls – in the dark?", 3)
    assert [paper.title for paper in answer.papers] == [
        "Owls hear better in the dark: a field study",
        "Nest boxes",
        "RETRACTED: Owls can count to nine",
    ]
    assert (answer.total, answer.note, answer.incomplete) == (3, None, False)
    first, second = host.requests
    assert first.path == "/paper/search"
    assert first.params == {"query": "owls in the dark", "fields": FIELDS, "offset": "0", "limit": "3"}
    assert second.params["offset"] == "2"
    assert "x-api-key" not in first.headers


def test_no_hits_are_said_as_such(host: LoopbackServer, source: SemanticScholarSource) -> None:
    """Case 12: an answer without a list is zero papers of a total of zero, and no failure."""
    host.script.append(_recorded("search_without_hits"))
    answer = source.search("xqzzy", 10)
    assert (answer.papers, answer.total, answer.incomplete) == ((), 0, False)


def test_a_query_without_a_word_is_not_sent(host: LoopbackServer, source: SemanticScholarSource) -> None:
    """Signs alone ask nothing, and that is said."""
    assert "no word" in (source.search("?!", 10).note or "")
    assert host.requests == []


def test_filters_are_put_to_the_api_or_checked_here(host: LoopbackServer, client: Client) -> None:
    """Years, venue, a field it knows and open copies are parameters; a language is checked on the papers."""
    filters = Filters(from_year=2019, venue="Invented Owls", field="computer science", open_access=True)
    host.script.extend([_recorded("search_without_hits")] * 2)
    SemanticScholarSource(client, filters=filters, base_url=host.origin).search("owls", 5)
    asked = host.requests[0].params
    assert (asked["year"], asked["venue"], asked["fieldsOfStudy"]) == (
        "2019-",
        "Invented Owls",
        "Computer Science",
    )
    assert asked["openAccessPdf"] == ""
    odd = Filters(to_year=2020, venue="Owls, A", field="ornithology")
    SemanticScholarSource(client, filters=odd, base_url=host.origin).search("owls", 5)
    assert host.requests[1].params.keys() == {"query", "fields", "offset", "limit", "year"}
    assert host.requests[1].params["year"] == "-2020"


def test_what_the_api_cannot_be_asked_is_checked_on_the_papers(host: LoopbackServer, client: Client) -> None:
    """A field of study that the API does not know rules out papers of other fields, and the note counts them."""
    host.script.extend([_recorded("search_page_1"), _recorded("search_page_2")])
    source = SemanticScholarSource(client, filters=Filters(field="ornithology"), base_url=host.origin)
    answer = source.search("owls", 3)
    assert [paper.title for paper in answer.papers] == ["Nest boxes", "RETRACTED: Owls can count to nine"]
    assert "2 of 3 papers: 1 entr" in (answer.note or "")
    assert "filter" in (answer.note or "")


def test_a_key_is_stripped_and_goes_in_its_header(
    host: LoopbackServer, client: Client, tmp_path: Path
) -> None:
    """Case 13: a line end behind the key is taken off; the key is in the header alone and in no file or text."""
    host.script.append(_recorded("search_page_2"))
    source = SemanticScholarSource(client, base_url=host.origin, key=" canary-key\n")
    answer = source.search("owls", 1)
    assert host.requests[0].headers["x-api-key"] == "canary-key"
    assert "canary" not in f"{host.requests[0].params}{answer!r}{source.service!r}"
    assert not any(b"canary" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def test_a_blank_key_is_no_key(host: LoopbackServer, client: Client) -> None:
    """Case 13: a key of blanks is not sent."""
    host.script.append(_recorded("search_page_2"))
    SemanticScholarSource(client, base_url=host.origin, key=" \n").search("owls", 1)
    assert "x-api-key" not in host.requests[0].headers


def test_a_refused_key_is_said_with_the_way_out(host: LoopbackServer, client: Client) -> None:
    """Case 13: a bad key is refused in clear words after one request; nothing is asked again without it."""
    host.script.append(_recorded("error_key"))
    source = SemanticScholarSource(client, base_url=host.origin, key="wrong-canary")
    with pytest.raises(SourceRefusedError, match=r"refused the key \(HTTP 403\).*unset it") as caught:
        source.search("owls", 1)
    assert "canary" not in str(caught.value)
    assert len(host.requests) == 1


def test_a_full_pool_is_waited_for(
    host: LoopbackServer, source: SemanticScholarSource, clock: FakeTime
) -> None:
    """Case 1: 429 twice and then the answer: it waits longer each time, and the note counts the retries."""
    host.script.extend([_recorded("error_rate"), _recorded("error_rate"), _recorded("search_page_2")])
    answer = source.search("owls", 1)
    assert len(answer.papers) == 1
    assert "2 retries" in (answer.note or "")
    assert sum(clock.slept) >= 3.0


def test_a_pool_that_stays_full_fails_at_the_deadline(
    host: LoopbackServer, source: SemanticScholarSource, clock: FakeTime
) -> None:
    """Case 2: 429 for ever ends at the deadline with its words, and the next call fails at once."""
    host.route = _recorded("error_rate")
    with pytest.raises(SourceRefusedError, match="HTTP 429"):
        source.search("owls", 1)
    assert clock.seconds - 1000.0 <= source.service.deadline_seconds
    asked = len(host.requests)
    with pytest.raises(SourceRefusedError, match="HTTP 429"):
        source.search("hawks", 1)
    assert len(host.requests) == asked


def test_a_rate_limit_under_200_is_a_rate_limit(host: LoopbackServer, source: SemanticScholarSource) -> None:
    """An error that comes as a success is read as what it says: this one is waited for."""
    host.script.extend([_sent({"message": "Too Many Requests", "code": "429"}), _recorded("search_page_2")])
    assert len(source.search("owls", 1).papers) == 1


def test_an_error_of_the_request_is_raised_at_once(
    host: LoopbackServer, source: SemanticScholarSource
) -> None:
    """HTTP 400 is raised in the API's words and not tried again."""
    host.script.append(_recorded("error_fields"))
    with pytest.raises(SourceRefusedError, match="Unrecognized or unsupported fields"):
        source.search("owls", 1)
    assert len(host.requests) == 1


def test_a_page_of_html_is_an_error_with_an_excerpt(
    host: LoopbackServer, source: SemanticScholarSource
) -> None:
    """Case 10: HTML under a JSON type, and under 404, is a typed error that quotes its beginning."""
    page = b"<!doctype html><title>Please log in</title>" + b"x" * 5000
    for status in (200, 404):
        host.script.append(respond(page, status, Content_Type=_JSON if status == 200 else "text/html"))
        with pytest.raises(SourceRefusedError, match="Please log in") as caught:
            source.lookup("10.9999/owls.1")
        assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "damage", [b'{"total": 1, "data": [{"ti', b'{"total": 1, "x": "\xff"}', b"", b"[" * 10**5]
)
def test_damaged_json_is_never_an_empty_answer(
    host: LoopbackServer, source: SemanticScholarSource, damage: bytes
) -> None:
    """Case 14: JSON that is cut short, not UTF-8, empty or nested too deep is an error in the end."""
    host.route = respond(damage, 200, Content_Type=_JSON)
    with pytest.raises(SourceRefusedError):
        source.search("owls", 1)


def test_json_that_comes_whole_the_second_time_is_read(
    host: LoopbackServer, source: SemanticScholarSource
) -> None:
    """Case 14: an answer cut short is asked for again; one with a byte order mark is read as it is."""
    whole = b"\xef\xbb\xbf" + _body("search_page_2")
    host.script.extend([respond(whole[:90], Content_Type=_JSON), respond(whole, Content_Type=_JSON)])
    assert len(source.search("owls", 1).papers) == 1


def test_pages_that_repeat_and_shrink_end(host: LoopbackServer, source: SemanticScholarSource) -> None:
    """Case 8: repeated entries are kept once, a total that shrinks and what is missing are said."""
    host.script.extend(
        [
            _sent({"total": 300, "offset": 0, "next": 100, "data": _rows(0, 100)}),
            _sent({"total": 240, "offset": 100, "next": 200, "data": _rows(50, 150)}),
            _sent({"total": 240, "offset": 200, "data": []}),
        ]
    )
    answer = source.search("owls", 300)
    assert [paper.title for paper in answer.papers] == [f"Owl number {i}" for i in range(150)]
    assert "150 of 300" in (answer.note or "")
    assert "changed from 300 to 240" in (answer.note or "")


def test_a_failure_behind_the_first_page_keeps_what_came(
    host: LoopbackServer, source: SemanticScholarSource
) -> None:
    """Case 5: an error on a later page leaves the papers before it, says what was lost and marks the answer."""
    host.script.append(_sent({"total": 250, "offset": 0, "next": 100, "data": _rows(0, 100)}))
    host.route = respond(b"<html>gone</html>", 400, Content_Type="text/html")
    answer = source.search("owls", 250)
    assert len(answer.papers) == 100
    assert answer.incomplete
    assert "HTTP 400" in (answer.note or "")


def _ranked_and_bulk(tokens: dict[str, str | None]) -> Behaviour:
    """1,500 papers; a search ranks those from 0 up, a bulk search lists all by ``tokens``: asked with → next."""

    def route(handler: Handler) -> None:
        params = handler.params
        if handler.seen.path.endswith("/bulk"):
            token = params.get("token", "")
            first = {"": 0, "A": 700, "B": 1400}[token]
            rows = _rows(first, min(first + 700, 1500))
            _sent({"total": 1500, "token": tokens[token], "data": rows})(handler)
            return
        offset, size = int(params["offset"]), int(params["limit"])
        if offset + size >= 1000:
            _sent({"error": "offset + limit must be < 1000"}, 400)(handler)
            return
        _sent({"total": 1500, "offset": offset, "next": offset + size, "data": _rows(offset, offset + size)})(
            handler
        )

    return route


def test_beyond_the_ranked_papers_a_bulk_search_goes_on(
    host: LoopbackServer, source: SemanticScholarSource
) -> None:
    """The 999 papers that are ranked come first, then those that only the bulk search gives, each once."""
    host.route = _ranked_and_bulk({"": "A", "A": "B", "B": None})
    answer = source.search("owls", 1400)
    assert [paper.title for paper in answer.papers] == [f"Owl number {i}" for i in range(1400)]
    assert all(int(seen.params["offset"]) + int(seen.params["limit"]) < 1000 for seen in host.requests[:10])
    assert not answer.incomplete
    assert "the first 999 papers are the most relevant" in (answer.note or "")


def test_a_limit_within_the_ranked_papers_needs_no_bulk_search(
    host: LoopbackServer, source: SemanticScholarSource
) -> None:
    """999 papers are ten requests, the last for 99."""
    host.route = _ranked_and_bulk({})
    assert len(source.search("owls", 999).papers) == 999
    assert [seen.params["limit"] for seen in host.requests] == ["100"] * 9 + ["99"]


def test_repeated_entries_do_not_lead_past_the_ranked_papers(
    host: LoopbackServer, source: SemanticScholarSource
) -> None:
    """Case 8: where pages repeat each other the walk ends at offset 999 all the same, and the shortfall is said."""

    def route(handler: Handler) -> None:
        offset, size = int(handler.params["offset"]), int(handler.params["limit"])
        rows = _rows(offset // 2, offset // 2 + size)
        _sent({"total": 5000, "offset": offset, "next": offset + size, "data": rows})(handler)

    host.route = route
    answer = source.search("owls", 999)
    assert len(answer.papers) == 549
    assert "549 of 999" in (answer.note or "")
    assert [seen.params["offset"] for seen in host.requests] == [f"{100 * i}" for i in range(10)]


def test_tokens_that_go_round_end_the_walk(host: LoopbackServer, source: SemanticScholarSource) -> None:
    """Case 9: tokens A → B → A stop, with what came and a word on why."""
    host.route = _ranked_and_bulk({"": "A", "A": "B", "B": "A"})
    answer = source.search("owls", 3000)
    assert len(answer.papers) == 1500
    assert len(host.requests) < 20


def test_an_echoed_token_ends_the_walk(host: LoopbackServer, source: SemanticScholarSource) -> None:
    """Case 9: a token that comes back unchanged stops, and the shortfall is said."""
    host.route = _ranked_and_bulk({"": "A", "A": "A"})
    answer = source.search("owls", 1450)
    assert len(answer.papers) == 1400
    assert answer.incomplete
    assert "came back unchanged" in (answer.note or "")


def test_a_bulk_search_that_fails_leaves_the_ranked_papers(
    host: LoopbackServer, source: SemanticScholarSource
) -> None:
    """What is ranked is kept when the search behind it is refused, and the answer is marked."""

    def route(handler: Handler) -> None:
        refused = handler.seen.path.endswith("/bulk")
        (_sent({"error": "no"}, 400) if refused else _ranked_and_bulk({}))(handler)

    host.route = route
    answer = source.search("owls", 1200)
    assert len(answer.papers) == 999
    assert answer.incomplete


def test_a_paper_is_looked_up_by_its_id(host: LoopbackServer, source: SemanticScholarSource) -> None:
    """An id is one request to its own address; signs in a DOI are escaped."""
    host.script.extend([_recorded("paper_found"), _recorded("paper_unknown")])
    found = source.lookup("https://arxiv.org/abs/2101.00001v2")
    assert found is not None
    assert found.paper_id == "arxiv:2101.00001"
    assert source.lookup("10.9999/none<1>#x?y") is None
    assert [unquote(seen.path) for seen in host.requests] == [
        "/paper/ARXIV:2101.00001",
        "/paper/DOI:10.9999/none<1>#x?y",
    ]


def test_an_unknown_address_is_no_unknown_paper(host: LoopbackServer, source: SemanticScholarSource) -> None:
    """404 means "not held" only in the words for it: that of a gateway is an error."""
    host.script.append(_sent({"message": "Not Found"}, 404))
    with pytest.raises(SourceRefusedError, match="HTTP 404"):
        source.lookup("10.9999/owls.1")


def test_no_id_steps_out_of_its_folder(host: LoopbackServer, source: SemanticScholarSource) -> None:
    """A DOI with ".." is not sent; ids of other databases and foreign addresses are not asked about."""
    for identifier in ("10.9999/../../author/1", "openalex:W1", "https://example.org/x", "title:0123"):
        assert source.lookup(identifier) is None
    assert host.requests == []


def test_a_title_must_agree(host: LoopbackServer, source: SemanticScholarSource) -> None:
    """The best match is taken only where its title is the one asked for; no match at all is none."""
    host.script.extend([_recorded("match_found"), _recorded("match_found"), _recorded("match_none")])
    assert source.lookup("Owls hear better in the dark – a field study!") is not None
    assert source.lookup("Owls hear worse by daylight") is None
    assert source.lookup("xqzzy") is None
    assert {seen.path for seen in host.requests} == {"/paper/search/match"}


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_agreeing_titles_agree_both_ways(one: str, other: str, end: str) -> None:
    """The comparison knows no order, and titles with different numbers never agree."""
    assert titles_agree(one, other) == titles_agree(other, one)
    start = "A long title about the hearing of the barn owls of the north, part"
    assert titles_agree(f"{start} 1 {end}", f"{start}: 1 {end}")
    assert not titles_agree(f"{start} 1 {end}", f"{start} 2 {end}")
    assert titles_agree(f"{start} one", f"{start}, one.")
    assert titles_agree(f"{start} one", f"{start} on")


def test_many_ids_are_one_batch(host: LoopbackServer, source: SemanticScholarSource) -> None:
    """Case 12: nulls in a batch are ids that are not held, named in the note; the others keep their order."""
    host.script.append(_recorded("batch_with_nulls"))
    answer = source.lookup_ids(["10.9999/none", "2101.00001", "pmid:90000004", "A title"])
    assert [paper.paper_id for paper in answer.papers] == ["arxiv:2101.00001"]
    assert "does not hold 10.9999/none, pmid:90000004, A title" in (answer.note or "")
    (seen,) = host.requests
    assert (seen.method, seen.path) == ("POST", "/paper/batch")
    assert json.loads(seen.body) == {"ids": ["DOI:10.9999/none", "ARXIV:2101.00001", "PMID:90000004"]}


def test_batches_hold_at_most_500_ids(host: LoopbackServer, source: SemanticScholarSource) -> None:
    """1,001 ids are three batches; one of which no id is known (HTTP 400) is 500 missing papers."""

    def route(handler: Handler) -> None:
        ids = json.loads(handler.seen.body)["ids"]
        if ids[0] == "PMID:501":
            _recorded("batch_none_valid")(handler)
        else:
            _sent([{"paperId": f"{int(one[5:]):040x}", "title": f"Owl {one[5:]}"} for one in ids])(handler)

    host.route = route
    answer = source.lookup_ids([f"pmid:{i}" for i in range(1, 1002)])
    assert [len(json.loads(seen.body)["ids"]) for seen in host.requests] == [500, 500, 1]
    assert len(answer.papers) == 501
    assert answer.papers[-1].title == "Owl 1001"


def test_a_batch_of_the_wrong_length_is_refused(host: LoopbackServer, source: SemanticScholarSource) -> None:
    """An answer that cannot be laid beside its ids is an error, not a guess."""
    host.script.append(_sent([None]))
    with pytest.raises(SourceRefusedError, match="answered 1 of 2 ids"):
        source.lookup_ids(["pmid:1", "pmid:2"])


def _owl_paper(**facts: object) -> Paper:
    values = {"paper_id": "doi:10.9999/o", "title": "Owls", "doi": "10.9999/o", "source": "x"}
    return Paper.model_validate(values | facts)


def test_references_are_the_works_cited(host: LoopbackServer, source: SemanticScholarSource) -> None:
    """Works without an id of their own are kept by their title; those without a title are counted."""
    host.script.append(_recorded("references"))
    answer = source.references(_owl_paper(other_ids=(f"s2:{_S2_ID}",)), 100)
    assert [paper.title for paper in answer.papers] == ["Nest boxes", "A book about barns"]
    assert ": 1 entr" in (answer.note or "")
    assert host.requests[0].path == f"/paper/{_S2_ID}/references"


def test_withheld_references_are_said_to_be(host: LoopbackServer, source: SemanticScholarSource) -> None:
    """A list that the publisher elides is null; the note says so instead of "no references"."""
    host.script.append(_recorded("references_withheld"))
    answer = source.references(_owl_paper(), 100)
    assert "does not let Semantic Scholar show the references" in (answer.note or "")


def test_citations_that_end_early_are_said_to(host: LoopbackServer, source: SemanticScholarSource) -> None:
    """Beyond about a thousand the list is empty: fewer than are stated to exist is said."""
    host.script.extend([_recorded("citations"), _sent({"offset": 1, "data": []})])
    answer = source.citations(_owl_paper(cited_by=5132), 3000)
    assert len(answer.papers) == 1
    assert "lists 1 of about 5132 citations" in (answer.note or "")


def test_relations_of_an_unknown_paper_are_not_held(
    host: LoopbackServer, source: SemanticScholarSource
) -> None:
    """A paper without an id that the API knows is not asked about; one that it does not hold is said to be so."""
    assert "does not hold" in (source.citations(_owl_paper(doi=None, paper_id="title:00"), 9).note or "")
    assert host.requests == []
    host.script.append(_recorded("paper_unknown"))
    assert "does not hold DOI:10.9999/o" in (source.citations(_owl_paper(), 9).note or "")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.org/a.pdf", "data:text/html,x", "jar:x!/y"]
)
def test_links_of_other_schemes_are_refused(url: str) -> None:
    """Case 18: an open copy that is not http(s) is among the links that are never followed, and so is counted."""
    row = {"title": "Owls", "openAccessPdf": {"url": url}}
    paper = paper_of(PaperRow.model_validate(row))
    assert paper is not None
    assert refused_links(paper) == paper.links != ()


def test_a_plan_is_what_searches_take(client: Client) -> None:
    """Pages of 100 up to 999 papers, one request a second; more papers are bulk pages besides."""
    plan = SemanticScholarSource(client).plan(3, 100)
    assert (plan.requests, plan.seconds) == (3, 2.0)
    assert "without a key" in (plan.note or "")
    assert SemanticScholarSource(client, key="k").plan(2, 250).requests == 6
    assert SemanticScholarSource(client, key="k").plan(1, 2000).requests == 12
    assert SemanticScholarSource(client).plan(0, 100).seconds == 0
