"""The real Crossref source over loopback HTTP: what it holds, and the ways in which it goes wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import LoopbackServer, cut_short, drip, respond
from recordings import OWN as FIXTURES
from recordings import own, read_recordings, replay

from synthesis.errors import SourceRefusedError, SourceUnavailableError
from synthesis.network.client import Client
from synthesis.network.messages import Response, Service
from synthesis.records import Filters, Link, Notice, Paper
from synthesis.sources.crossref import (
    CrossrefSource,
    build_filter,
    diagnose,
    error_words,
    lookup_path,
    paced,
    read_list,
    read_work,
)
from synthesis.sources.crossref_model import Work, paper_of


@pytest.fixture
def server(served):
    """A host with our own exchanges."""
    with LoopbackServer(replay(own("crossref"), served)) as running:
        yield running


@pytest.fixture
def make(server, fake, tmp_path):
    """A real source over a real client that asks ``server``."""
    with Client(state=tmp_path, gate=server.gate, time=fake.clockwork) as client:
        yield lambda **options: CrossrefSource(client, **({"base_url": server.origin} | options))


def recorded(name):
    """Our own answer of that name."""
    return read_recordings(FIXTURES / "crossref" / f"{name}.json")[0].response


OWLS = Paper(paper_id="doi:10.99999/owls.1", title="Owls", doi="10.99999/owls.1", source="test")


# ------------------------------------------------------------------ what it holds


def test_search_that_fits_a_page(make, server, served):
    """A page that is enough is asked for without a cursor, with the fields that are read and no others."""
    answer = make().search(" owls\n", 3)
    assert served == ["search"]
    assert [p.paper_id for p in answer.papers] == [f"doi:10.99999/owls.{n}" for n in (1, 2, 3)]
    assert (answer.total, answer.note) == (3, None)
    (seen,) = server.requests
    assert "cursor" not in seen.params
    assert {"abstract", "updated-by", "relation", "is-referenced-by-count"} <= set(
        seen.params["select"].split(",")
    )
    assert not {"language", "reference"} & set(seen.params["select"].split(","))


def test_search_of_several_pages_goes_by_cursor(make, served):
    """Case 9: the cursor is never null, so a page that is shorter than asked for is the last."""
    answer = make(page_size=2).search("many owls", 10)
    assert served == ["search_cursor_1", "search_cursor_2"]
    assert [p.title for p in answer.papers] == [f"Owl number {n}" for n in (11, 12, 13)]
    assert (answer.total, answer.note, answer.incomplete) == (3, None, False)


def test_work_becomes_paper(make):
    """Every fact that Crossref states of a work arrives; the abstract is text, the open copies are those with a licence."""
    paper = make().lookup("https://doi.org/10.99999/OWLS.1")
    url = "https://journal.example.org/owls1"
    assert paper == Paper(
        paper_id="doi:10.99999/owls.1",
        title="Owls hear better in the dark: A field study",
        abstract="Methods: We played sounds of Mus musculus to 40 owls at p < 0.01.",
        authors=("Ada Example", "The Owl Consortium"),
        year=2021,
        venue="Journal of Invented Owls",
        doi="10.99999/owls.1",
        url="https://doi.org/10.99999/owls.1",
        source="crossref",
        other_ids=("doi:10.99999/pre.1", "arxiv:9912.00001"),
        sections=paper.sections,
        language="en",
        cited_by=4,
        open_access=True,
        links=tuple(
            Link(url=f"{url}.{suffix}", form=form, source="crossref", version="published")
            for suffix, form in (("pdf", "pdf"), ("xml", "jats"))
        ),
    )
    assert [(s.title, s.text) for s in paper.sections] == [("Abstract", paper.abstract)]


def test_notices_say_what_became_of_a_work(make):
    """Case 36: a retraction and a correction are kept with their DOIs; the retraction's own record is not retracted."""
    _, corrected, retracted = make().search("owls", 3).papers
    assert corrected.notices == (Notice(kind="corrected", source="crossref", detail="10.99999/owls.2.e"),)
    assert not corrected.retracted
    assert retracted.retracted
    assert retracted.notices[0] == Notice(kind="retracted", source="crossref", detail="10.99999/owls.3.r")
    notice = make().lookup("10.99999/owls.4")
    assert (notice.title, notice.retracted, notice.notices) == ("Retraction: Owls never sleep", False, ())


def test_update_under_the_same_doi_counts():
    """Case 36: a work that was replaced by its own notice is retracted."""
    update = {"DOI": "10.1000/X", "type": "withdrawal"}
    paper = paper_of(Work.model_validate({"DOI": "10.1000/x", "title": ["Owls"], "update-to": [update]}))
    assert (paper.retracted, paper.notices[0].kind) == (True, "withdrawn")


@pytest.mark.parametrize(
    ("identifier", "path"),
    [
        ("doi:10.99999/Owls(1)<2>", "/works/10.99999/owls(1)%3C2%3E"),
        ("2020.emnlp-main.477", "/works/10.18653/v1/2020.emnlp-main.477"),
        ("10.1000/a/../../b", None),
        ("Owls", None),
    ],
)
def test_lookup_paths(identifier, path):
    """DOIs and ACL ids are looked up as single works; nothing steps out of its folder."""
    assert lookup_path(identifier) == path


def test_what_crossref_cannot_hold_is_not_asked(make, server):
    """ArXiv ids, whose DOIs are DataCite's, and other hosts' addresses are ``None`` without a request."""
    source = make()
    assert [
        source.lookup(x) for x in ("2408.10536", "10.48550/arXiv.2408.10536", "https://example.org/x", "…")
    ] == [None] * 4
    assert server.requests == []


def test_unknown_work_is_none(make):
    """The 404 in plain text for a DOI that is not held is no error."""
    assert make().lookup("10.99999/nothing") is None


def test_title_lookup_verifies(make, served):
    """A title finds the work of that title wherever it stands; an unrelated best hit is not taken for it."""
    source = make()
    assert source.lookup("Owls hear better in the dark: a field study").doi == "10.99999/owls.1"
    assert source.lookup("Penguins of the north") is None
    assert served == ["title_found", "title_unrelated"]


def test_references_from_the_deposited_list(make, served):
    """Cited works come in the list's order: by DOI where there is one, else as the list names them; the rest is told."""
    cited = make().references(OWLS, 10)
    assert served == ["work_by_doi", "references"]
    assert [(p.doi, p.title, p.year) for p in cited.papers] == [
        ("10.99999/owls.3", "RETRACTED: Owls never sleep", 2021),
        (None, "Mice and their sounds", 1999),
        ("10.99999/owls.2", "Do barn owls sleep?", 2021),
    ]
    assert cited.papers[1].authors == ("Sample",)
    assert cited.note == "3 of 4 papers: 1 entry without a title or another fact that is needed"


def test_references_of_an_unknown_work(make):
    """A paper that Crossref does not hold, or could not, has no list, and the note says so."""
    source = make()
    for doi in ("10.99999/nothing", None):
        answer = source.references(OWLS.model_copy(update={"doi": doi}), 5)
        assert (answer.papers, answer.note) == ((), "Crossref does not hold “Owls”")


# ------------------------------------------------------------------ filters, pace and the plan


def test_filters_are_put_in_its_words():
    """Kinds of work and years are asked for; nothing else can be."""
    clauses = build_filter(
        Filters(from_year=2019, to_year=2021, venue="ACL", language="en", open_access=True)
    )
    assert clauses.endswith("type:dissertation,from-pub-date:2019-01-01,until-pub-date:2021-12-31")
    assert build_filter(Filters()).count("type:") == clauses.count("type:") == 9


def test_other_filters_are_checked_on_what_comes(make, server):
    """Venue and language are checked on each page, full pages are asked for; what is not stated excludes nothing."""
    server.route = respond(recorded("search").body)
    answer = make(filters=Filters(venue="no such journal")).search("owls", 2)
    assert answer.papers == ()
    assert answer.note == "0 of 2 papers: 3 entries outside the filters"
    assert (server.requests[0].params["rows"], server.requests[0].params["cursor"]) == ("200", "*")
    assert len(make(filters=Filters(language="de")).search("owls", 3).papers) == 3


def test_one_request_at_a_time_five_a_second(make, server, fake):
    """Between the end of one request and the next lie at least 0.2 s, as the public pool wants."""
    make(page_size=2).search("many owls", 10)
    assert fake.slept
    assert sum(fake.slept) == pytest.approx(0.2, abs=0.01)
    assert server.most_at_once == 1


@pytest.mark.parametrize(
    ("limit", "interval", "seconds"),
    [
        ("5", "1s", 0.2),
        ("50", "1s", 0.2),
        ("1", "2s", 2.0),
        ("1", "900s", 10.0),
        ("0", "1s", 0.2),
        ("many", "1s", 0.2),
        ("5", "soon", 0.2),
        ("", "", 0.2),
    ],
)
def test_stated_pace_holds(limit, interval, seconds):
    """The pace that an answer states is kept where it is slower than ours, within bounds."""
    service = Service("crossref", "Crossref", 0.2, diagnose)
    headers = {"x-rate-limit-limit": limit, "x-rate-limit-interval": interval}
    assert paced(service, Response(200, b"", headers, "u")).interval_seconds == pytest.approx(seconds)


def test_slower_pace_is_kept_from_then_on(make, server, fake):
    """What an answer states of the pace holds for the next request."""
    first, second = (
        read_recordings(FIXTURES / "crossref" / f"search_cursor_{n}.json")[0].body for n in (1, 2)
    )
    slow = {"x_rate_limit_limit": "1", "x_rate_limit_interval": "3s"}
    server.script += [respond(first, **slow), respond(second, **slow)]
    make(page_size=2).search("many owls", 10)
    assert sum(fake.slept) == pytest.approx(3.0, abs=0.01)


def test_address_goes_as_a_parameter(make, server):
    """An address for mail is sent where it is one; blanks and other words are not."""
    for mailto in (" me@example.org\n", "", "me", None):
        make(mailto=mailto).lookup("10.99999/owls.1")
    assert [seen.params.get("mailto") for seen in server.requests] == ["me@example.org", None, None, None]


def test_plan(make, server):
    """A plan is what would be asked, at the public pool's pace, and sends nothing."""
    plan = make().plan(3, 300)
    assert (plan.requests, plan.credits) == (6, None)
    assert plan.seconds == pytest.approx(1.0)
    assert server.requests == []


# ------------------------------------------------------------------ the ways in which it goes wrong


def test_errors_come_in_its_words(make):
    """Case 13: an error in JSON is told in Crossref's words; a bad cursor's 404 is an error and not "not held"."""
    with pytest.raises(
        SourceRefusedError, match="Crossref answered HTTP 400: There are fewer rows than that"
    ):
        make().search("rows", 3)
    with pytest.raises(SourceRefusedError, match="Crossref answered HTTP 404: The cursor is not valid"):
        make(page_size=2).search("cursor", 5)


def test_lost_cursor_keeps_what_came(make, server):
    """Case 2: a cursor that expires on the way costs the rest alone, and the note says so."""
    server.script += [respond(recorded("search_cursor_1").body), respond(recorded("bad_cursor").body, 404)]
    answer = make(page_size=2).search("many owls", 10)
    assert (len(answer.papers), answer.incomplete) == (2, True)
    assert answer.note == "2 of 3 papers: Crossref answered HTTP 404: The cursor is not valid."


def test_echoed_cursor_ends(make, server):
    """Case 9: a full page that points to itself is asked for once more at most."""
    body = recorded("search_cursor_1").body.replace(b'"total-results": 3', b'"total-results": 90')
    server.route = respond(body)
    answer = make(page_size=2).search("many owls", 50)
    assert len(server.requests) == 2
    assert answer.incomplete
    assert "the pointer to the next page came back unchanged" in answer.note


def test_busy_is_waited_out(make, server, fake):
    """Case 1: 429 twice, then an answer: waited as long as was asked, and told."""
    server.script += [respond(b"slow down", 429, Retry_After="3")] * 2
    answer = make().search("owls", 3)
    assert len(answer.papers) == 3
    assert answer.note.startswith("2 retries; the last because Crossref answered HTTP 429: slow down")
    assert sum(fake.slept) >= 6


def test_overloaded_for_ever_is_given_up(make, server, fake):
    """Case 2, 5: a host that stays out of service costs its deadline, then an error that names it."""
    server.route = respond(b"no server is available", 503)
    with pytest.raises(SourceRefusedError, match="Crossref answered HTTP 503"):
        make().search("owls", 3)
    assert sum(fake.slept) <= 60


def test_body_cut_short_is_asked_again(make, server):
    """Case 14: a body shorter than was promised is asked for again."""
    server.script.append(cut_short)
    assert len(make().search("owls", 3).papers) == 3


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Please sign in</html>",
        b'{"status": "ok", "message": {"items": [',
        b'{"status": "ok", "message": {"items": {"DOI": "10.1/x"}}}',
        b'{"status": "ok", "message": []}',
        b'{"status": "failed", "message": [{"message": "no"}]}',
        b'{"message": {"items": []}}',
        b"[]",
        b"",
    ],
)
def test_what_is_no_list_is_an_error(make, server, body):
    """Case 10, 14: HTML under JSON, JSON cut short and other forms are typed errors with an excerpt."""
    server.route = respond(body, 200, Content_Type="application/json")
    with pytest.raises((SourceRefusedError, SourceUnavailableError), match="Crossref") as caught:
        make().search("owls", 3)
    assert len(str(caught.value)) < 500


def test_work_of_another_form_is_refused():
    """Case 10: an answer that is no work is an error and not a work without a title."""
    for body in (
        b"<html>",
        b'{"status": "ok", "message": {"items": []}}',
        b'{"status": "failed", "message": []}',
    ):
        with pytest.raises(SourceRefusedError, match="Crossref"):
            read_work(Response(200, body, {}, "u"))


def test_error_words_need_its_form():
    """Only Crossref's own form of an error gives words; the rest is shown as an excerpt."""
    assert error_words(b"Resource not found.") is None
    assert (
        error_words(b'{"status": "failed", "message": [7, {"message": "a\\n b"}, {"message": 7}]}') == "a b"
    )


def test_odd_types_are_coerced_or_missing(make):
    """Case 35: titles as numbers or texts, dates of [[null]] and the like are coerced or missing, never an exception."""
    answer = make().search("oddities", 4)
    (paper,) = answer.papers
    assert (paper.title, paper.doi, paper.year, paper.venue) == ("Only a text", "10.99999/owls.6", None, None)
    assert (paper.authors, paper.abstract, paper.links, paper.cited_by) == (("Example",), None, (), None)
    assert paper.retracted  # an update alone in place of a list
    assert answer.note == "1 of 4 papers: 3 entries without a title or another fact that is needed"


@pytest.mark.parametrize(
    ("published", "issued", "year"),
    [
        ({"date-parts": [[2020, 5, 1]]}, None, 2020),
        ({"date-parts": [[None]]}, {"date-parts": [["2019"]]}, 2019),
        ({"date-parts": []}, {"date-parts": [[]]}, None),
        ("2020", [2018], 2020),
        ({"date-parts": 2020}, 7, 2020),
        ({"date-parts": [[[[[]]]]]}, {}, None),
    ],
)
def test_partial_dates(published, issued, year):
    """Case 35: of a partial date the year is taken, of an empty one nothing."""
    work = Work.model_validate({"title": ["Owls"], "published": published, "issued": issued})
    assert paper_of(work).year == year


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_NAMES = [field.alias for field in Work.model_fields.values()]


@given(st.fixed_dictionaries({}, optional=dict.fromkeys([n for n in _NAMES if n], _JSON)))
def test_any_work_is_a_paper_or_none(value):
    """Case 35: no combination of types in a work's fields raises."""
    paper = paper_of(Work.model_validate(value))
    assert paper is None or paper.title


def test_short_page_is_the_last_by_what_it_says():
    """The size that the page itself states decides, not the one that was asked for."""
    answer = recorded("search_cursor_2")
    assert read_list(answer)[2] is None
    whole = replace(answer, body=answer.body.replace(b'"items-per-page": 2', b'"items-per-page": 1'))
    assert read_list(whole)[2] == "DnF2+/=="


def test_slow_drip_is_cut_off(server, tmp_path):
    """Case 5: a host that sends a byte at a time is given up at the deadline of one exchange."""
    server.route = drip
    service = Service("crossref", "Crossref", 0.0, diagnose, deadline_seconds=0.5, timeout_seconds=0.3)
    with Client(state=tmp_path, gate=server.gate) as client:
        source = CrossrefSource(client, base_url=server.origin)
        source._service = service
        with pytest.raises(SourceUnavailableError):
            source.search("owls", 3)
