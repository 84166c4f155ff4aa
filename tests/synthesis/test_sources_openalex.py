"""The real OpenAlex source over loopback HTTP: what it holds, and the ways in which it goes wrong."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import LoopbackServer, cut_short, reset, respond
from recordings import OWN as FIXTURES
from recordings import own, read_recordings, replay

from synthesis.errors import SourceRefusedError, SourceUnavailableError
from synthesis.network.client import Client
from synthesis.network.errors import BudgetSpentError
from synthesis.network.messages import Response
from synthesis.records import Filters, Link, Paper
from synthesis.sources.openalex import OpenAlexSource, build_filter, lookup_path, next_page, search_words
from synthesis.sources.openalex_model import (
    Work,
    WorkList,
    diagnose,
    paper_of,
    read_list,
    read_work,
    rebuild_abstract,
)

QUERY = '"barn owls" hearing'


@pytest.fixture
def server(served):
    """A host with our own exchanges."""
    with LoopbackServer(replay(own("openalex"), served)) as running:
        yield running


@pytest.fixture
def make(server, fake, tmp_path):
    """A real source over a real client that asks ``server``."""
    with Client(state=tmp_path, gate=server.gate, time=fake.clockwork) as client:
        yield lambda **options: OpenAlexSource(client, **({"base_url": server.origin} | options))


def recorded(name):
    """Our own answer of that name."""
    return read_recordings(FIXTURES / "openalex" / f"{name}.json")[0].response


# ------------------------------------------------------------------ what it holds


def test_search_without_a_key_goes_by_page_number(make, server, served):
    """Without a key pages are numbered, no key is sent, and only what is read is asked for."""
    answer = make(page_size=2).search(QUERY, 3)
    assert served == ["search_page_1", "search_page_2"]
    assert [p.paper_id for p in answer.papers] == [
        "arxiv:9912.00001",
        "doi:10.99999/owls.2",
        "doi:10.99999/owls.3",
    ]
    assert (answer.total, answer.note, answer.incomplete) == (3, None, False)
    for seen in server.requests:
        assert not {"api_key", "cursor", "mailto"} & seen.params.keys()
        assert "abstract_inverted_index" in seen.params["select"].split(",")
        assert "referenced_works" not in seen.params["select"].split(",")


def test_search_with_a_key_goes_by_cursor(make, server, served):
    """Case 13: with a key pages go by cursor until it is null; the key is stripped and sent as a parameter."""
    answer = make(key=" sesame\n", page_size=3).search(QUERY, 3)
    assert served == ["search_cursor_1", "search_cursor_2"]
    assert len(answer.papers) == 3
    assert {seen.params["api_key"] for seen in server.requests} == {"sesame"}
    assert not any("page" in seen.params for seen in server.requests)


def test_blank_key_is_no_key(make, server):
    """Case 13: a key of blanks is not sent: it would be refused rather than passed over."""
    make(key=" \n", page_size=2).search(QUERY, 3)
    assert not any("api_key" in seen.params for seen in server.requests)


def test_work_becomes_paper(make):
    """Every fact that OpenAlex states of a work arrives: ids, open copies, fields, the abstract put in order."""
    paper = make().lookup("https://doi.org/10.99999/OWLS.1")
    assert paper == Paper(
        paper_id="arxiv:9912.00001",
        title="Owls hear better in the dark: a field study",
        abstract="We played sounds of mice to forty owls. They turned their heads within 80 ms at p < 0.01.",
        authors=("Ada Example", "Bo Sample"),
        year=2021,
        venue="Journal of Invented Owls",
        doi="10.99999/owls.1",
        arxiv_id="9912.00001",
        url="https://doi.org/10.99999/owls.1",
        source="openalex",
        other_ids=("openalex:W9000000001", "pmid:90000001", "pmcid:PMC9000001"),
        sections=paper.sections,
        language="en",
        fields=("Environmental Science", "Ecology", "Hearing of Birds"),
        cited_by=4,
        open_access=True,
        links=(
            Link(url="https://arxiv.org/pdf/9912.00001", form="pdf", source="openalex", version="submitted"),
            Link(
                url="https://repository.example.org/1.pdf", form="pdf", source="openalex", version="accepted"
            ),
        ),
    )
    assert [(s.title, s.text) for s in paper.sections] == [("Abstract", paper.abstract)]


def test_retraction_is_kept(make):
    """Case 36: a retracted work is marked, and who says so."""
    (paper,) = make(page_size=2).search(QUERY, 3).papers[2:]
    assert paper.retracted
    assert [(n.kind, n.source) for n in paper.notices] == [("retracted", "openalex")]


@pytest.mark.parametrize(
    ("identifier", "path"),
    [
        ("10.99999/Owls.1", "/works/doi:10.99999/owls.1"),
        ("https://arxiv.org/abs/2408.10536v2", "/works/doi:10.48550/arxiv.2408.10536"),
        ("10.48550/arXiv.2408.10536", "/works/doi:10.48550/arxiv.2408.10536"),
        ("2020.emnlp-main.477", "/works/doi:10.18653/v1/2020.emnlp-main.477"),
        ("P19-1001", "/works/doi:10.18653/v1/p19-1001"),
        ("openalex:W9000000001", "/works/W9000000001"),
        ("https://openalex.org/W9000000001", "/works/W9000000001"),
        ("pmid:90000001", "/works/pmid:90000001"),
        ("pmcid:PMC9000001", "/works/pmcid:PMC9000001"),
        ("10.1000/a?b#c", "/works/doi:10.1000/a%3Fb%23c"),
        ("10.1000/../../admin", None),
        ("Owls hear better", None),
        ("90000001", None),
    ],
)
def test_lookup_paths(identifier, path):
    """Each kind of identifier is looked up as the single work that costs nothing; a title is none."""
    assert lookup_path(identifier) == path


def test_unknown_work_is_none(make):
    """Case 10: the 404 for a work that is not held is a page of HTML, and no error."""
    assert make().lookup("10.99999/nothing") is None


def test_title_lookup_verifies(make, served):
    """A title finds the work of that title, not one whose number differs, and no other host's address."""
    source = make()
    found = source.lookup("Owls hear better in the dark: a field study")
    assert served == ["title_found"]
    assert found.doi == "10.99999/owls.1"
    assert source.lookup("https://example.org/owls") is None


def test_references_in_their_order(make, served):
    """What a paper cites comes in its own order; what OpenAlex cannot give of it is told."""
    cited = make().references(
        Paper(paper_id="doi:10.99999/owls.1", title="x", doi="10.99999/owls.1", source="t"), 10
    )
    assert served == ["work_by_doi", "references"]
    assert [p.doi for p in cited.papers] == ["10.99999/owls.3", "10.99999/owls.2"]
    assert (cited.total, cited.note) == (3, "2 of 3 papers: the list ended after 2 entries")


def test_citations_by_the_known_id(make, served):
    """Who cites a paper is asked with the id that the paper carries, and found by DOI where it carries none."""
    paper = Paper(paper_id="doi:10.99999/owls.1", title="x", doi="10.99999/owls.1", source="t")
    source = make()
    known = source.citations(paper.model_copy(update={"other_ids": ("openalex:W9000000001",)}), 5)
    assert served == ["citations"]
    assert [p.doi for p in known.papers] == ["10.99999/owls.2"]
    assert source.citations(paper, 5).papers == known.papers
    assert served[1:] == ["work_by_doi", "citations"]


def test_paper_that_is_not_held_has_no_relations(make):
    """Neither references nor citations of an unknown paper are an error; the note says why there are none."""
    paper = Paper(paper_id="doi:10.99999/nothing", title="Nothing", doi="10.99999/nothing", source="t")
    for ask in (make().references, make().citations):
        answer = ask(paper, 5)
        assert (answer.papers, answer.note) == ((), "OpenAlex does not hold “Nothing”")


# ------------------------------------------------------------------ filters and the plan


def test_filters_are_put_in_its_words():
    """Years, language, field and open access are asked for; the venue, and a field by another name, are not."""
    filters = Filters(
        from_year=2019, to_year=2021, venue="ACL", field="computer  SCIENCE", language="EN", open_access=True
    )
    assert ",".join(build_filter(filters)) == (
        "from_publication_date:2019-01-01,to_publication_date:2021-12-31,language:en,topics.field.id:17,"
        "open_access.is_oa:true"
    )
    assert build_filter(Filters(field="ornithology", venue="ACL")) == []


def test_venue_is_checked_on_what_comes(make, server):
    """What OpenAlex cannot be asked is checked on each page, full pages are asked for, and the rest is told."""
    server.route = respond(recorded("search_page_1").body.replace(b'"count": 3', b'"count": 2'))
    answer = make(filters=Filters(venue="no such journal")).search(QUERY, 2)
    assert answer.papers == ()
    assert answer.note == "0 of 2 papers: 2 entries outside the filters"
    assert server.requests[0].params["per_page"] == "100"


def test_plan_states_requests_and_dollars(make, server):
    """A plan is what would be asked, and sends nothing."""
    keyless, keyed = make().plan(3, 150), make(key="k").plan(3, 150)
    assert (keyless.requests, keyless.credits) == (6, "$0.006 of $0.10 a day")
    assert keyless.seconds == pytest.approx(0.5)
    assert keyed.credits == "$0.006 of $1 a day"
    assert keyed.note is None
    assert make().plan(0, 10).requests == make().plan(2, 0).requests == 0
    assert server.requests == []


@given(st.text(max_size=3000))
def test_query_is_words_alone(text):
    """Whatever is searched for fits an address, and holds no operator but ours."""
    words = search_words(text)
    assert len(words.encode()) <= 3000
    assert not set(words) & set("|*?~:!,")


# ------------------------------------------------------------------ the ways in which it goes wrong


def test_spent_budget_is_not_slept_through(make, fake):
    """Case 3: a budget used up until tomorrow is told with its time at once, and closes the source."""
    source = make()
    with pytest.raises(BudgetSpentError, match="the day's budget is used up") as caught:
        source.search("budget", 5)
    assert caught.value.until == fake.began.replace(hour=12)
    assert fake.slept == []
    with pytest.raises(SourceRefusedError, match="budget"):
        source.search("budget", 5)


@pytest.mark.parametrize(
    ("headers", "body", "kind"),
    [
        ({"retry-after": "1"}, b"{}", "busy"),
        ({}, b"{}", "busy"),
        ({"x-ratelimit-remaining": "5", "x-ratelimit-credits-required": "10"}, b"{}", "spent"),
        ({"x-ratelimit-remaining": "50", "x-ratelimit-credits-required": "10"}, b"{}", "busy"),
        ({"x-ratelimit-remaining-usd": "0.0004", "x-ratelimit-cost-required-usd": "0.001"}, b"{}", "spent"),
        ({"x-ratelimit-remaining": "many"}, b"{}", "busy"),
        ({"retry-after": "54000"}, b"{}", "spent"),
        ({}, b'{"message": "Insufficient budget"}', "spent"),
    ],
)
def test_two_kinds_of_429(fake, headers, body, kind):
    """Case 3: a pace that is too quick is told from a budget that is used up, by what the answer says of each."""
    trouble = diagnose(Response(429, body, headers, "u"), fake.began)
    assert trouble.kind == kind
    if kind == "spent":
        assert trouble.wait_seconds == (54000 if headers.get("retry-after") else 86400)


def test_403_may_be_the_rate(fake):
    """A 403 that speaks of the rate is waited out; any other is refused, with a word about the key."""
    assert diagnose(Response(403, b'{"message": "Rate limit exceeded"}', {}, "u"), fake.began).kind == "busy"
    refused = diagnose(Response(403, b"Forbidden", {}, "u"), fake.began)
    assert (refused.kind, "key" in refused.message) == ("refused", True)


def test_busy_is_waited_out(make, server):
    """Case 1: a second's 429 is asked again after what it asks for, and the answer says so."""
    server.script.append(respond(b'{"error": "Too many requests"}', 429, Retry_After="2"))
    answer = make(page_size=2).search(QUERY, 3)
    assert len(answer.papers) == 3
    assert answer.note.startswith("1 retry; the last because OpenAlex answered HTTP 429")


def test_busy_for_ever_is_given_up(make, server, fake):
    """Case 2: a host that stays busy costs its deadline, then an error that names it."""
    server.route = respond(b'{"error": "Too many requests"}', 429)
    with pytest.raises(SourceRefusedError, match="OpenAlex answered HTTP 429"):
        make().search(QUERY, 3)
    assert sum(fake.slept) <= 60


def test_second_page_lost_keeps_the_first(make, server):
    """Case 2: what came before a failure is kept, and what was lost is told."""
    (first,) = [one for one in own("openalex") if one.name == "search_page_1.json"]
    server.script += [respond(first.body), respond(b'{"message": "no"}', 400)]
    answer = make(page_size=2).search(QUERY, 3)
    assert (len(answer.papers), answer.incomplete) == (2, True)
    assert answer.note.startswith("2 of 3 papers: OpenAlex answered HTTP 400")


@pytest.mark.parametrize("behaviour", [reset, cut_short], ids=["reset", "cut short"])
def test_broken_exchange_is_asked_again(make, server, behaviour):
    """Case 5, 14: a connection that breaks off, or a body shorter than was promised, is asked for again."""
    server.script.append(behaviour)
    assert len(make(page_size=2).search(QUERY, 3).papers) == 3


@pytest.mark.parametrize(
    ("name", "query"), [("bad_key", "key"), ("bad_filter", "filter")], ids=["key", "filter"]
)
def test_refusals_are_errors(make, name, query):
    """Case 13: a wrong key and a filter that is not known are errors in OpenAlex's words, never "no results"."""
    with pytest.raises(SourceRefusedError, match=json.loads(recorded(name).body)["message"]):
        make().search(query, 5)


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>Please sign in</body></html>",
        b'{"meta": {"count": 3}, "results": [',
        b'{"meta": {"count": 3}}',
        b'{"results": {"id": "W1"}}',
        b"[]",
        b"null",
        b'{"results": "\xff\xfe"}',
        b"[" * 100_000,
        b"",
    ],
)
def test_what_is_no_list_is_an_error(make, server, body):
    """Case 10, 14: HTML under JSON, JSON cut short, broken UTF-8 and other forms are typed errors with an excerpt."""
    server.route = respond(body, 200, Content_Type="application/json")
    with pytest.raises((SourceRefusedError, SourceUnavailableError), match="OpenAlex") as caught:
        make().search(QUERY, 3)
    assert len(str(caught.value)) < 500


def test_byte_order_mark_is_read():
    """Case 14: an answer that begins with a byte order mark is read."""
    answer = recorded("search_page_1")
    assert len(read_list(replace(answer, body=b"\xef\xbb\xbf" + answer.body)).results) == 2


def test_page_number_that_stands_still_ends(make, server):
    """Case 9: an answer that always calls itself page 1 is asked for twice at most."""
    server.route = respond(recorded("search_page_1").body.replace(b'"count": 3', b'"count": 90'))
    answer = make(page_size=2).search(QUERY, 50)
    assert len(server.requests) == 2
    assert answer.incomplete
    assert answer.note.startswith("2 of 50 papers: the pointer to the next page came back unchanged")


def test_list_of_ten_thousand_ends_there():
    """By page number no entry beyond the ten thousandth is asked for."""
    page = {"meta": {"count": 50_000, "page": 100, "per_page": 100}, "results": [{}]}
    assert next_page(WorkList.model_validate(page)) is None
    page["meta"]["page"] = 99
    assert next_page(WorkList.model_validate(page)) == "100"


def test_odd_types_are_coerced_or_missing(make):
    """Case 35: fields of the wrong type count as missing, works without a title are left out and counted."""
    answer = make().search("oddities", 5)
    (paper,) = answer.papers
    assert paper.title == "A title in a list"
    assert (paper.doi, paper.year, paper.venue, paper.authors) == (None, None, None, ())
    assert (paper.cited_by, paper.open_access, paper.links, paper.language) == (None, None, (), None)
    assert paper.abstract == "a … c"
    assert paper.fields == ("Owls",)
    assert answer.note == "1 of 2 papers: 2 entries without a title or another fact that is needed"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(Work.model_fields, _JSON)))
def test_any_work_is_a_paper_or_none(value):
    """Case 35: no combination of types in a work's fields raises."""
    paper = paper_of(Work.model_validate(value))
    assert paper is None or paper.title


@given(st.lists(st.sampled_from("owl mouse ear night".split()), max_size=30))
def test_abstract_is_rebuilt(words):
    """The words of an abstract come back in their order from the positions at which each stands."""
    index: dict[str, list[int]] = {}
    for position, word in enumerate(words):
        index.setdefault(word, []).append(position)
    assert rebuild_abstract(index) == " ".join(words)


def test_hole_in_an_abstract_is_shown():
    """Words that an index lost are not passed over in silence, and a first word at position 1 is no loss."""
    assert rebuild_abstract({"sleep": [7], "Owls": [1], "never": [2]}) == "Owls never … sleep"


def test_single_work_of_another_form_is_refused():
    """Case 10: a page of HTML in place of a work, or a list, is an error and not a work without a title."""
    for body in (b"<html>", b"[]", b'{"message": "no"}'):
        with pytest.raises(SourceRefusedError, match="OpenAlex"):
            read_work(Response(200, body, {}, "u"))
