"""Europe PMC: its query language, its answers, and the whole path to a host on loopback that misbehaves."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import FakeTime, LoopbackServer, respond
from recordings import OWN, read_recordings

from synthesis.errors import SourceRefusedError
from synthesis.network.client import Client
from synthesis.records import Filters, Link, Notice, Paper
from synthesis.sources.europe_pmc import EuropePmcSource, parse_citations, parse_references, parse_search
from synthesis.sources.europe_pmc_model import Row, paper_of, record_id, record_key
from synthesis.sources.europe_pmc_requests import build_lookup, build_query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from loopback import Behaviour

_JSON = "application/json"


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
def source(host: LoopbackServer, client: Client) -> EuropePmcSource:
    """The source, asking the host."""
    return EuropePmcSource(client, base_url=host.origin)


def _body(name: str) -> bytes:
    (recording,) = read_recordings(OWN / "europe_pmc" / f"{name}.json")
    return recording.body


def _recorded(name: str) -> Behaviour:
    return respond(_body(name), 200, Content_Type=_JSON)


def _sent(value: object, status: int = 200) -> Behaviour:
    return respond(json.dumps(value).encode(), status, Content_Type=_JSON)


def _page(rows: list[object], following: str | None, total: int) -> Behaviour:
    value = {"hitCount": total, "resultList": {"result": rows}, "nextCursorMark": following}
    return _sent({name: one for name, one in value.items() if one is not None})


def _rows(start: int, stop: int) -> list[object]:
    return [
        {"id": f"{i}", "source": "MED", "pmid": f"{i}", "title": f"Owl number {i}."}
        for i in range(start, stop)
    ]


def _owl_paper(**facts: object) -> Paper:
    values = {"paper_id": "doi:10.9999/o", "title": "Owls", "doi": "10.9999/o", "source": "x"}
    return Paper.model_validate(values | facts)


# ------------------------------------------------------------------ answers


def test_a_record_becomes_a_paper_with_every_fact() -> None:
    """Tags and entities are gone, "Y" is true, names are whole, ids, language and open copies kept."""
    answer = parse_search(_body("search_page_1"))
    paper = answer.page.papers[0]
    assert paper.title == "Owls in Strix hear H2S leaks & mice"
    assert paper.abstract == (
        "Background: Owls hunt by ear. Results: Forty of 44 owls found the leak (p < 0.01)."
    )
    assert paper.authors == ("Ada Example", "Owl Group")
    assert (paper.year, paper.venue, paper.language) == (2021, "Journal of invented birds", "en")
    assert (paper.cited_by, paper.open_access) == (7, True)
    assert paper.other_ids == ("pmid:90000001", "pmcid:PMC9000001")
    assert paper.url == "https://europepmc.org/article/MED/90000001"


def test_the_full_text_of_open_access_is_linked_as_jats() -> None:
    """With a PMCID in the open-access subset the first link is its JATS; copies for subscribers are none."""
    links = parse_search(_body("search_page_1")).page.papers[0].links
    jats = "https://www.ebi.ac.uk/europepmc/webservices/rest/PMC9000001/fullTextXML"
    assert links == (
        Link(url=jats, form="jats", source="europe-pmc", version="published"),
        Link(
            url="https://europepmc.org/articles/PMC9000001?pdf=render",
            form="pdf",
            source="europe-pmc",
            version="published",
        ),
    )
    closed = paper_of(Row.model_validate({"title": "T", "pmcid": "PMC1", "isOpenAccess": "N"}))
    assert closed is not None
    assert (closed.links, closed.open_access) == ((), False)


def test_retractions_and_concerns_become_notices() -> None:
    """Case 36: what the type and the linked records say of a work's standing is kept, one notice a kind."""
    paper = parse_search(_body("search_page_1")).page.papers[1]
    assert paper.retracted
    assert paper.notices == (
        Notice(kind="retracted", source="europe-pmc", detail="pmid:90000099"),
        Notice(kind="concern", source="europe-pmc", detail="pmid:90000098"),
    )


def test_a_notice_of_a_retraction_is_no_retracted_work() -> None:
    """Case 36: "Retraction of Publication" is the notice itself."""
    row = {
        "title": "Retraction: Owls",
        "pubTypeList": {"pubType": ["Retraction of Publication"]},
        "commentCorrectionList": {
            "commentCorrection": [{"type": "Retraction of", "id": "1", "source": "MED"}]
        },
    }
    paper = paper_of(Row.model_validate(row))
    assert paper is not None
    assert (paper.retracted, paper.notices) == (False, ())


def test_a_preprint_names_its_published_version() -> None:
    """Case 36: a preprint carries the PubMed id of what it became, so both merge, and says that it is not the last."""
    (paper,) = parse_search(_body("search_page_2")).page.papers
    assert paper.other_ids == ("ppr:PPR900001", "pmid:90000003")
    assert paper.notices == (Notice(kind="newer version", source="europe-pmc", detail="pmid:90000003"),)
    assert (paper.venue, paper.authors, paper.retracted) == ("invented-Rxiv", ("Example A",), False)


def test_the_keys_of_records_are_ids_and_back() -> None:
    """A record's (source, id) as a paper's id names the same record again."""
    for key in (("MED", "1"), ("PMC", "PMC1"), ("PPR", "PPR1"), ("AGR", "IND1")):
        assert record_key(record_id(*key) or "") == key
    assert record_id("MED", "../1") is None
    assert record_key("epmc:MED/../1") is None


def test_an_error_under_200_is_an_error() -> None:
    """Case 11: ``errCode`` under HTTP 200 is raised, never read as zero hits, whichever parser reads it."""
    for parse in (parse_search, parse_references, parse_citations):
        with pytest.raises(SourceRefusedError, match="error 404: The query is missing"):
            parse(_body("error_under_200"))
    with pytest.raises(SourceRefusedError, match="without a list of results"):
        parse_search(b'{"version": "6.9"}')


@pytest.mark.parametrize(("following", "expected"), [("AoE=", "AoE="), ("*", None), ("", None), (None, None)])
def test_the_end_of_a_search_is_known(following: str | None, expected: str | None) -> None:
    """Case 9: an absent or empty cursor, or the one that was sent, ends the search."""
    value = {"hitCount": 9, "resultList": {"result": _rows(1, 3)}, "nextCursorMark": following}
    assert parse_search(json.dumps(value).encode(), "*").page.next == expected
    empty = {"hitCount": 9, "resultList": {"result": []}, "nextCursorMark": following}
    assert parse_search(json.dumps(empty).encode(), "*").page.next is None


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
_NAMES = [field.alias or name for name, field in Row.model_fields.items()]


@given(st.dictionaries(st.sampled_from(_NAMES), _VALUES), _VALUES)
def test_fields_of_any_type_are_coerced_or_missing(row: dict[str, object], other: object) -> None:
    """Case 35: whatever types the fields have, a record is a paper or none, and a page a page."""
    paper = paper_of(Row.model_validate(row))
    assert paper is None or paper.title
    value = {"hitCount": other, "resultList": {"result": other}, "request": other}
    parse_search(json.dumps(value).encode())


def test_odd_types_that_were_met_are_coerced() -> None:
    """Case 35: one author or type that is no list, a year in words, a PubMed id as a number."""
    row = {
        "title": ["Two", "parts."],
        "pmid": 7,
        "pubYear": "2021 Spring",
        "authorList": {"author": {"fullName": "A B"}},
        "pubTypeList": {"pubType": "Retracted Publication"},
    }
    paper = paper_of(Row.model_validate(row))
    assert paper is not None
    assert (paper.title, paper.year, paper.authors) == ("Two parts", 2021, ("A B",))
    assert (paper.other_ids, paper.retracted) == (("pmid:7",), True)


# ------------------------------------------------------------------ queries

_TERM = r'TITLE_ABS:(?:"[\w ]+"|\w+)'
_PAIR = rf"\({_TERM} AND {_TERM}\)"
_SAFE_QUERY = re.compile(rf"\((?:{_TERM}(?: AND {_TERM})*|{_PAIR}(?: OR {_PAIR})*)\)")


@given(st.text(max_size=120) | st.text(alphabet='ab "():*\\AND OR NOT[]', max_size=60))
def test_no_word_of_the_user_becomes_syntax(text: str) -> None:
    """A query is of our own form whatever the text holds: fields, brackets and operators are ours alone."""
    query = build_query(text, Filters())
    assert query == "" or _SAFE_QUERY.fullmatch(query)


def test_a_lone_operator_is_a_word() -> None:
    """A text of nothing but an operator's name asks for that word, in quotes."""
    assert build_query("OR", Filters()) == '(TITLE_ABS:"or")'
    assert build_query("owls AND mice", Filters()) == "(TITLE_ABS:owls AND TITLE_ABS:mice)"


@given(st.text(max_size=60))
def test_no_title_or_doi_leaves_its_quotes(text: str) -> None:
    """In a look-up the quotes are ours, so the text cannot end them."""
    for one in (text, f"10.9999/{text}"):
        query = build_lookup(one)
        if query is not None and query.startswith(("TITLE:", "DOI:")):
            assert re.fullmatch(r'(TITLE|DOI):"[^"\\]*"', query)


def test_filters_are_written_in_the_query_language() -> None:
    """Years, journal, language by all its codes, and open access are clauses of their own."""
    filters = Filters(from_year=2019, venue='Invented "birds"', language="de", open_access=True)
    assert build_query("owls", filters) == (
        '(TITLE_ABS:owls) AND PUB_YEAR:[2019 TO 9999] AND JOURNAL:"Invented birds" AND '
        '(LANG:"de" OR LANG:"deu" OR LANG:"ger") AND OPEN_ACCESS:y'
    )
    assert build_query("owls", Filters(to_year=2020)).endswith("PUB_YEAR:[1000 TO 2020]")
    assert build_query("?!", filters) == ""


@pytest.mark.parametrize(
    ("identifier", "query"),
    [
        ("https://doi.org/10.9999/OWLS", 'DOI:"10.9999/owls"'),
        ("2101.00001v2", 'DOI:"10.48550/arxiv.2101.00001"'),
        ("pmid:123", "EXT_ID:123 AND SRC:MED"),
        ("ppr:PPR1", "EXT_ID:PPR1 AND SRC:PPR"),
        ("pmcid:PMC12", "PMCID:PMC12"),
        ("pmcid:x OR 1", 'TITLE:"pmcid x OR 1"'),
        ("Owls: a study", 'TITLE:"Owls a study"'),
        ("2021.owls-main.7", None),
        ("openalex:W1", None),
        ("https://example.org", None),
    ],
)
def test_identifiers_are_asked_for_in_their_fields(identifier: str, query: str | None) -> None:
    """Each kind of id has its field; what Europe PMC cannot know is not asked about."""
    assert build_lookup(identifier) == query


# ------------------------------------------------------------------ the whole path


def test_a_search_walks_along_its_cursors(host: LoopbackServer, source: EuropePmcSource) -> None:
    """The first cursor is "*", then the one that each page names, until all that is held was sent."""
    host.script.extend([_recorded("search_page_1"), _recorded("search_page_2"), _recorded("search_end")])
    answer = source.search("owls", 5)
    assert [paper.year for paper in answer.papers] == [2021, 2015, 2099]
    assert (answer.total, answer.note, answer.incomplete) == (3, None, False)
    first = host.requests[0]
    assert first.path == "/search"
    assert first.params == {
        "query": "(TITLE_ABS:owls)",
        "format": "json",
        "resultType": "core",
        "pageSize": "5",
        "cursorMark": "*",
    }
    assert host.requests[1].params["cursorMark"] == "AoE="


def test_no_hits_are_no_failure(host: LoopbackServer, source: EuropePmcSource) -> None:
    """An empty list under a total of zero is zero papers."""
    host.script.append(_recorded("search_without_hits"))
    answer = source.search("xqzzy", 5)
    assert (answer.papers, answer.total, answer.incomplete) == ((), 0, False)


def test_an_error_under_200_fails_the_search(host: LoopbackServer, source: EuropePmcSource) -> None:
    """Case 11: the error of a search is raised in Europe PMC's words, after one request."""
    host.script.append(_recorded("error_under_200"))
    with pytest.raises(SourceRefusedError, match="Europe PMC answered with error 404: The query is missing"):
        source.search("owls", 5)
    assert len(host.requests) == 1


def test_a_busy_error_under_200_is_waited_for(host: LoopbackServer, source: EuropePmcSource) -> None:
    """Case 11: where the code says overload, the request is made again."""
    host.script.extend([_sent({"errCode": 503, "errMsg": "busy"}), _recorded("search_end")])
    assert "1 retry" in (source.search("owls", 5).note or "")


def test_overload_for_ever_fails_at_the_deadline(
    host: LoopbackServer, source: EuropePmcSource, clock: FakeTime
) -> None:
    """Case 2: 503 for ever ends at the deadline as an error."""
    host.route = respond(b"overloaded", 503)
    with pytest.raises(SourceRefusedError, match="HTTP 503"):
        source.search("owls", 5)
    assert clock.seconds - 1000.0 <= source.service.deadline_seconds


def test_a_page_of_html_is_an_error_with_an_excerpt(host: LoopbackServer, source: EuropePmcSource) -> None:
    """Case 10: a page under a JSON type is a typed error that quotes its beginning."""
    host.script.append(respond(b"<html><h1>Maintenance</h1>", 200, Content_Type=_JSON))
    with pytest.raises(SourceRefusedError, match="Maintenance"):
        source.search("owls", 5)


def test_an_echoed_cursor_ends_the_walk(host: LoopbackServer, source: EuropePmcSource) -> None:
    """Case 9: the cursor that was sent comes back with a full page: it ends, and what is missing is said."""
    host.script.extend([_page(_rows(0, 250), "A", 900), _page(_rows(250, 500), "A", 900)])
    answer = source.search("owls", 900)
    assert len(answer.papers) == 500
    assert "500 of 900" in (answer.note or "")
    assert len(host.requests) == 2


def test_cursors_that_go_round_end_the_walk(host: LoopbackServer, source: EuropePmcSource) -> None:
    """Case 9: A → B → A stops."""
    host.script.extend([_page(_rows(0, 250), "A", 9000), _page(_rows(250, 500), "B", 9000)])
    host.route = _page(_rows(500, 750), "A", 9000)
    answer = source.search("owls", 9000)
    assert len(answer.papers) == 750
    assert answer.incomplete
    assert len(host.requests) == 3


def test_short_and_repeated_pages_are_reconciled(host: LoopbackServer, source: EuropePmcSource) -> None:
    """Case 8: a short page is not the end, repeated records are kept once, the shortfall is said."""
    host.script.extend([_page(_rows(0, 9), "A", 20), _page(_rows(5, 12), "B", 20), _page([], "B", 12)])
    answer = source.search("owls", 20)
    assert len(answer.papers) == 12
    assert "12 of 20" in (answer.note or "")


def test_another_query_than_ours_is_said(host: LoopbackServer, source: EuropePmcSource) -> None:
    """The query that Europe PMC repeats is compared with what was sent; blanks do not matter."""
    value = {"hitCount": 1, "resultList": {"result": _rows(1, 2)}, "request": {"queryString": "hawks"}}
    host.script.append(_sent(value))
    assert "says that it searched for 'hawks'" in (source.search("owls", 1).note or "")
    host.script.append(_sent(value | {"request": {"queryString": " (TITLE_ABS:owls) "}}))
    assert source.search("owls", 1).note is None


def test_papers_are_looked_up_by_id_or_agreeing_title(host: LoopbackServer, source: EuropePmcSource) -> None:
    """An id takes the record that comes; a title takes the one whose title agrees, or none."""
    host.script.extend([_recorded("search_page_2"), *[_recorded("search_page_1")] * 2])
    assert (source.lookup("ppr:PPR900001") or _owl_paper()).year == 2099
    found = source.lookup("Owls can count to nine")
    assert found is not None
    assert found.doi == "10.9999/owls.2"
    assert source.lookup("Owls can count to ten") is None
    assert source.lookup("openalex:W1") is None
    assert len(host.requests) == 3


def test_references_and_citations_are_read_by_page(host: LoopbackServer, source: EuropePmcSource) -> None:
    """Works that could not be identified keep their printed title; those without one are counted."""
    host.script.extend([_recorded("references"), _recorded("citations")])
    paper = _owl_paper(other_ids=("pmid:90000001",))
    references = source.references(paper, 100)
    assert [one.title for one in references.papers] == ["Ears of owls", "A book about barns"]
    assert references.papers[0].doi == "10.9999/ears"
    assert "2 of 3 papers: 1 entr" in (references.note or "")
    (citing,) = source.citations(paper, 100).papers
    assert (citing.title, citing.year, citing.other_ids) == ("Owls, reconsidered", 2024, ("pmid:90000020",))
    assert [seen.path for seen in host.requests] == ["/MED/90000001/references", "/MED/90000001/citations"]


def test_long_lists_of_citations_are_paged(host: LoopbackServer, source: EuropePmcSource) -> None:
    """Page after page is asked for until as many came as are stated."""
    for start, stop in ((0, 1000), (1000, 1005)):
        rows = _rows(start, stop)
        host.script.append(_sent({"hitCount": 1005, "citationList": {"citation": rows}}))
    answer = source.citations(_owl_paper(other_ids=("pmid:1",)), 2000)
    assert len(answer.papers) == 1005
    assert [seen.params["page"] for seen in host.requests] == ["1", "2"]


def test_without_a_total_a_short_page_is_the_last(host: LoopbackServer, source: EuropePmcSource) -> None:
    """Where no total is stated, pages are asked for until one holds less than was asked for."""
    for start, stop in ((0, 1000), (1000, 1005)):
        host.script.append(_sent({"citationList": {"citation": _rows(start, stop)}}))
    answer = source.citations(_owl_paper(other_ids=("pmid:1",)), 2000)
    assert len(answer.papers) == 1005
    assert len(host.requests) == 2


@pytest.mark.parametrize("value", [{}, {"referenceList": None}, {"referenceList": {"reference": None}}])
def test_no_list_of_relations_is_no_answer(value: dict[str, object]) -> None:
    """An answer without its list is an error, unless it states that there is nothing to list."""
    value |= {name.replace("reference", "citation"): one for name, one in value.items()}
    for parse in (parse_references, parse_citations):
        with pytest.raises(SourceRefusedError, match="without a list of"):
            parse(json.dumps(value | {"hitCount": 5}).encode())
        with pytest.raises(SourceRefusedError, match="without a list of"):
            parse(json.dumps(value).encode())
        assert parse(json.dumps(value | {"hitCount": 0}).encode()).n_entries == 0


def test_a_paper_known_by_doi_alone_is_found_first(host: LoopbackServer, source: EuropePmcSource) -> None:
    """Without a record's key the DOI is looked up; what is not held is said not to be."""
    host.script.extend([_recorded("search_page_1"), _recorded("references")])
    assert len(source.references(_owl_paper(), 100).papers) == 2
    host.script.append(_recorded("search_without_hits"))
    assert "does not hold doi:10.9999/o" in (source.references(_owl_paper(), 100).note or "")


def test_a_plan_is_what_searches_take(client: Client) -> None:
    """Pages of 250, half a second apart."""
    plan = EuropePmcSource(client).plan(3, 600)
    assert (plan.source, plan.requests, plan.seconds) == ("europe-pmc", 9, 4.0)
