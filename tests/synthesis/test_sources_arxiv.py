"""The real arXiv source over loopback HTTP: recorded answers, and all the ways in which arXiv goes wrong."""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import arxiv
import pytest
from arxiv_server import (
    OWN_FIXTURES,
    RECORDED_FIXTURES,
    ArxivServer,
    entry,
    error_feed,
    feed,
    load_recordings,
    recorded,
)
from hypothesis import given
from hypothesis import strategies as st
from loopback import FakeTime, bomb, cut_short, drip, drip_headers, redirect, reset, respond, stall

from synthesis.errors import SourceError, SourceRefusedError, SourceUnavailableError
from synthesis.network.addresses import AddressGate
from synthesis.network.cache import ResponseCache
from synthesis.network.client import Client
from synthesis.network.messages import Response
from synthesis.records import Filters, RequestPlan
from synthesis.sources.answer import SearchAnswer
from synthesis.sources.arxiv import SERVICE, ArxivSource
from synthesis.sources.arxiv_feed import diagnose_feed, paper_of, read_feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from loopback import Behaviour

    from synthesis.protocols import RemoteSource


RATE = respond(b"Rate exceeded.", 429)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[ArxivServer]:
    """A running server with the own fixtures."""
    with ArxivServer(load_recordings(OWN_FIXTURES)) as running:
        yield running


@pytest.fixture
def make(server: ArxivServer, fake: FakeTime, tmp_path: Path) -> Iterator[Callable[..., ArxivSource]]:
    """A real source that asks ``server``, with clocks that only sleeping moves."""
    clients: list[Client] = []

    def build(*, cache: bool = False, gate: object = None, **options: object) -> ArxivSource:
        kept = ResponseCache(tmp_path / "cache") if cache else None
        clients.append(
            Client(state=tmp_path / "state", cache=kept, gate=gate or server.gate, time=fake.clockwork)
        )
        service = {n: options.pop(n) for n in ("timeout_seconds", "deadline_seconds") if n in options}
        defaults = {"base_url": server.url, "page_size": 3, "service": replace(SERVICE, **service)}
        return ArxivSource(clients[-1], **(defaults | options))

    yield build
    for client in clients:
        client.close()


# ------------------------------------------------------------------ recorded answers


@dataclass(frozen=True)
class Scenario:
    """A call that makes the server send ``fixtures``, in this order; ``keep`` cuts the first page."""

    ask: Callable[[ArxivSource], SearchAnswer]
    fixtures: tuple[str, ...]
    page_size: int = 100
    limit: int = 100
    keep: int | None = None
    refused: str | None = None
    note: str | None = None
    expected: tuple[str, ...] | None = None  # ids with version; all entries sent unless given


def _search(query: str, limit: int, page_size: int, *fixtures: str, **rest: object) -> Scenario:
    return Scenario(lambda s: s.search(query, limit), fixtures, page_size, limit, **rest)


def _ids(ids: str, *fixtures: str, **rest: object) -> Scenario:
    return Scenario(lambda s: s.lookup_ids(ids.split(",")), fixtures, **rest)


OWN_SCENARIOS = [
    _search("multilingual retrieval", 5, 3, "search_page_1", "search_page_2"),
    _search("unheardof", 3, 3, *["search_empty"] * 2, note="0 results (confirmed twice)"),
    Scenario(
        lambda s: SearchAnswer(papers=(s.lookup("LANTERNS for multilingual retrieval!"),)),
        ("title_found",),
        expected=("9912.00001v2",),
    ),
    _ids("9912.00001", "id_known"),
    _ids("9912.00004v3", "id_version"),
    _ids("9912.99999", *["id_unknown"] * 2, note="arXiv does not hold 9912.99999"),
    _ids("cond-mat/9912005", "id_old_form"),
    _ids("9912.99999,9912.00001", "id_list_one_missing", note="arXiv does not hold 9912.99999"),
    _ids("nonsense", "id_malformed", refused="incorrect id format for nonsense"),
    _ids("more/nonsense", "id_malformed_under_200", refused="incorrect id format for more/nonsense"),
]
RECORDED_SCENARIOS = [
    _search("testing", 100, 100, "q_testing_s0_m100"),
    _search("testing", 60, 10, *[f"q_testing_s{start}_m10" for start in range(0, 60, 10)]),
    _search("testing", 15, 10, "q_testing_s0_m10", "q_testing_s5_m10", keep=5),
    _search("testing", 15, 15, "q_testing_s0_m15"),
    _search("testing", 20, 15, "q_testing_s0_m15", "q_testing_s5_m15", keep=5),
    _search("testing", 24, 15, "q_testing_s0_m15", "q_testing_s9_m15", keep=9),
    _ids("0000.0000", *["id_0000.0000_s0_m100"] * 2, note="arXiv does not hold 0000.0000"),
    _ids("0808.05394", *["id_0808.05394_s0_m100"] * 2, note="arXiv does not hold 0808.05394"),
    _ids("0808.05394,1707.08567", "id_0808.05394_1707.08567_s0_m100", note="arXiv does not hold 0808.05394"),
    _ids("1605.08386", "id_1605.08386_s0_m100"),
    _ids("1707.08567", "id_1707.08567_s0_m100"),
    _ids("2104.12255v1", "id_2104.12255v1_s0_m100"),
    _ids("astro-ph/0601001", "id_astro-ph_0601001_s0_m100"),
    _ids("quant-ph/0201082v1", "id_quant-ph_0201082v1_s0_m100"),
    _ids("abc", "id_abc_s0_m100", refused="incorrect id format for abc"),
]


def _entry_ids(body: bytes, keep: int | None = None) -> list[str]:
    """Ids with version of a page, read without any parser of ours."""
    return [found.decode() for found in re.findall(rb"<id>http://arxiv.org/abs/([^<]+)</id>", body)][:keep]


def _replay(scenario: Scenario, server: ArxivServer, source: ArxivSource) -> None:
    """Run a scenario; every entry of the pages sent must come out, once, and nothing else."""
    if scenario.keep is not None:
        server.script.append(recorded(keep=scenario.keep))
    if scenario.refused is not None:
        with pytest.raises(SourceRefusedError, match=scenario.refused):
            scenario.ask(source)
        assert tuple(server.served) == scenario.fixtures
        return
    answer = scenario.ask(source)
    assert tuple(server.served) == scenario.fixtures
    sent: dict[str, None] = {}
    for number, name in enumerate(scenario.fixtures):
        body = next(r.body for r in server.recordings if r.name == name)
        sent |= dict.fromkeys(_entry_ids(body, scenario.keep if number == 0 else None))
    assert [f"{p.arxiv_id}v{p.arxiv_version}" for p in answer.papers] == list(scenario.expected or sent)[
        : scenario.limit
    ]
    assert (answer.note or "").endswith(scenario.note or "")
    assert (answer.note is None) == (scenario.note is None)
    for paper in answer.papers:
        assert paper.title == " ".join(paper.title.split()) != ""
        assert paper.authors
        assert paper.url == f"https://arxiv.org/abs/{paper.arxiv_id}v{paper.arxiv_version}"
        assert [s.text for s in paper.sections] == [text for text in [paper.abstract] if text]


@pytest.mark.parametrize("scenario", OWN_SCENARIOS, ids=lambda s: "+".join(s.fixtures))
def test_own_answer_replays(
    scenario: Scenario, server: ArxivServer, make: Callable[..., ArxivSource]
) -> None:
    """Each own fixture gives its entries as papers, or the error that it states."""
    _replay(scenario, server, make(page_size=scenario.page_size))


@pytest.mark.data
@pytest.mark.parametrize("scenario", RECORDED_SCENARIOS, ids=lambda s: "+".join(s.fixtures))
def test_recorded_answer_replays(
    scenario: Scenario, server: ArxivServer, make: Callable[..., ArxivSource]
) -> None:
    """Each answer recorded from arXiv gives its entries as papers, or the error that its status means."""
    if not RECORDED_FIXTURES.is_dir():
        pytest.skip("needs the recorded arXiv answers in ../shared/data")
    server.recordings = load_recordings(RECORDED_FIXTURES)
    _replay(scenario, server, make(page_size=scenario.page_size))


@pytest.mark.parametrize(
    ("folder", "scenarios"),
    [
        (OWN_FIXTURES, OWN_SCENARIOS),
        pytest.param(RECORDED_FIXTURES, RECORDED_SCENARIOS, marks=pytest.mark.data),
    ],
    ids=["own", "recorded"],
)
def test_every_fixture_is_used(folder: Path, scenarios: list[Scenario]) -> None:
    """No fixture lies there that no scenario replays, and no scenario names one that is not there."""
    if not folder.is_dir():
        pytest.skip(f"needs {folder.name} in ../shared/data")
    assert {r.name for r in load_recordings(folder)} == {name for s in scenarios for name in s.fixtures}


# ------------------------------------------------------------------ papers


def test_entry_becomes_paper(make: Callable[..., ArxivSource]) -> None:
    """All fields of an entry arrive, on one line each, the id without its version."""
    paper = make(page_size=100).lookup("https://arxiv.org/abs/9912.00001")
    assert paper is not None
    assert paper.model_dump(exclude={"sections", "other_ids", "acl_id"}) == {
        "paper_id": "arxiv:9912.00001",
        "title": "Lanterns for Multilingual Retrieval",
        "abstract": "We light ten lanterns in ten languages. Recall rises by 4.2 points.",
        "authors": ("Ada Example", "Bo Sample"),
        "year": 2099,
        "venue": "Invented Letters 7 (2099) 1-9",
        "doi": "10.99999/invented.7",
        "arxiv_id": "9912.00001",
        "arxiv_version": 2,
        "url": "https://arxiv.org/abs/9912.00001v2",
        "source": "arxiv",
        "retracted": False,
        "fields": ("cs.IR",),
        "open_access": True,
        "links": tuple(
            {"url": url, "form": form, "source": "arxiv", "version": "submitted"}
            for url, form in [
                ("https://export.arxiv.org/e-print/9912.00001v2", "latex"),
                ("https://arxiv.org/html/9912.00001v2", "html"),
                ("https://export.arxiv.org/pdf/9912.00001v2", "pdf"),
            ]
        ),
    }
    assert [(s.title, s.text) for s in paper.sections] == [("Abstract", paper.abstract)]


def test_odd_entries_become_papers(make: Callable[..., ArxivSource]) -> None:
    """A title "0", TeX and Chinese, no PDF link, a withdrawn paper, no abstract and an old id all come through."""
    nought, tex, withdrawn, old = make().search("multilingual retrieval", 5).papers[1:]
    assert nought.title == "0"
    assert tex.title == r"On Retrieval with $\alpha < 1$ — 一个标题"
    assert (withdrawn.retracted, tex.retracted) == (True, False)
    assert [(n.kind, n.source) for n in withdrawn.notices] == [("withdrawn", "arxiv")]
    assert withdrawn.links == tex.notices == ()
    assert (old.paper_id, old.abstract, old.sections, old.venue, old.year) == (
        "arxiv:cond-mat/9912005", None, (), "arXiv", 1999,
    )  # fmt: skip


def test_unusable_entries_are_counted(server: ArxivServer, make: Callable[..., ArxivSource]) -> None:
    """Entries without a title, with an unreadable date or with a foreign id are left out and the note says so."""
    bad = [entry("9912.00001", " "), entry("9912.00002", published="20x1"), entry("elsewhere", "A title")]
    bad.append(entry("9912.00003", published="0001-01-01T00:00:00+23:00"))
    server.script.append(respond(feed(entry("9912.00004"), *bad)))
    answer = make(page_size=5).search("lanterns", 5)
    assert [p.arxiv_id for p in answer.papers] == ["9912.00004"]
    assert answer.note is not None
    assert answer.note.startswith("1 of 5 papers: 4 entries without")


def test_search_is_narrowed_to_the_filters(server: ArxivServer, make: Callable[..., ArxivSource]) -> None:
    """Years and a field that is arXiv's reach the query; a look-up asks for the paper whatever the filters."""
    server.script.extend([respond(feed(entry("9912.00001")))] * 2)
    source = make(filters=Filters(from_year=2019, to_year=2021, field="Computer Science", venue="x"))
    source.search("lanterns", 1)
    assert server.requests[0].params["search_query"] == (
        "(all:lanterns) AND cat:cs.* AND submittedDate:[201901010000 TO 202112312359]"
    )
    assert source.lookup("9912.00001") is not None


def test_plan_counts_pages(make: Callable[..., ArxivSource]) -> None:
    """Each query takes a request a hundred papers, 3 s after the one before; nothing is sent for it."""
    source = make(page_size=100)
    assert source.plan(3, 150) == RequestPlan(source="arxiv", requests=6, seconds=15.0)
    assert source.plan(1, 10**6).requests == 20
    assert source.plan(0, 10) == source.plan(2, 0) == RequestPlan(source="arxiv", requests=0, seconds=0.0)


# ------------------------------------------------------------------ look-up


@pytest.mark.parametrize(
    "identifier",
    ["10.18653/v1/2020.emnlp-main.477", "2020.emnlp-main.477", "https://example.org/x", "?!", ""],
)
def test_foreign_identifiers_are_not_asked_for(
    identifier: str, server: ArxivServer, make: Callable[..., ArxivSource]
) -> None:
    """Other DOIs, ACL ids, other URLs and texts without a word are ``None`` without a request."""
    assert make().lookup(identifier) is None
    assert server.requests == []


@pytest.mark.parametrize("identifier", ["9912.00001", "arXiv:9912.00001", "10.48550/arXiv.9912.00001"])
def test_arxiv_identifiers_find_the_paper(identifier: str, make: Callable[..., ArxivSource]) -> None:
    """An id, a prefixed id and arXiv's own DOI name the same paper."""
    paper = make(page_size=100).lookup(identifier)
    assert paper is not None
    assert paper.paper_id == "arxiv:9912.00001"


def test_unknown_id_is_none_after_two_requests(server: ArxivServer, make: Callable[..., ArxivSource]) -> None:
    """An id that arXiv does not hold is ``None``, once a second request has confirmed it."""
    assert make(page_size=100).lookup("9912.99999") is None
    assert len(server.requests) == 2


def test_subject_class_of_an_old_id_is_dropped(server: ArxivServer, make: Callable[..., ArxivSource]) -> None:
    """The two-letter class of an old id is no part of the id under which arXiv holds the paper."""
    server.script.append(respond(feed(entry("math/0309136v1"))))
    paper = make().lookup("math.GT/0309136")
    assert paper is not None
    assert server.requests[0].params["id_list"] == "math/0309136"


def test_another_version_than_asked_is_not_the_paper(
    server: ArxivServer, make: Callable[..., ArxivSource]
) -> None:
    """A version that is asked for must be the one that comes."""
    server.script.append(respond(feed(entry("9912.00001v3"))))
    assert make().lookup("9912.00001v2") is None


def test_ids_of_a_list_that_broke_off_are_not_absent(
    server: ArxivServer, make: Callable[..., ArxivSource]
) -> None:
    """An id on a page that failed is said to be unanswered, and the answer to be incomplete."""
    server.script.extend([respond(feed(entry("9912.00001"), total=2)), respond(b"<html>", 404)])
    answer = make().lookup_ids(["9912.00001", "9912.00002"])
    assert [paper.arxiv_id for paper in answer.papers] == ["9912.00001"]
    assert answer.incomplete
    assert "arXiv did not answer for 9912.00002" in (answer.note or "")
    assert "does not hold" not in (answer.note or "")


@pytest.mark.parametrize(
    ("comment", "abstract", "withdrawn"),
    [
        ("This paper has been withdrawn by the author", "We count owls.", True),
        ("withdrawn", "", True),
        ("", "This paper has been withdrawn due to an error.", True),
        ("", "[Withdrawn.]", True),
        ("9 pages", "We count citations after a paper was withdrawn or retracted.", False),
        ("9 pages", "Withdrawn drugs are listed.", False),
    ],
)
def test_a_paper_about_withdrawals_is_not_withdrawn(comment: str, abstract: str, withdrawn: bool) -> None:
    """A withdrawal is read from the comment, or from an abstract that begins with it."""
    day = datetime(2099, 1, 1, tzinfo=UTC)
    result = arxiv.Result(
        "http://arxiv.org/abs/9912.00001v1", day, day, "Owls", summary=abstract, comment=comment
    )
    assert paper_of(result).retracted is withdrawn


def test_title_must_be_equal(server: ArxivServer, make: Callable[..., ArxivSource]) -> None:
    """A title finds the paper of exactly this title, whatever its rank, and never a similar one."""
    candidates = feed(
        entry("9912.00007", "Lanterns, in Brief"), entry("9912.00008", "{Lanterns} in\nbrief: a survey")
    )
    server.script.extend([respond(candidates)] * 2)
    paper = make().lookup("LANTERNS in brief — A Survey")
    assert paper is not None
    assert paper.arxiv_id == "9912.00008"
    assert make().lookup("Lanterns in brief, a second survey") is None
    assert server.requests[0].params["search_query"] == 'ti:"LANTERNS in brief A Survey"'


# ------------------------------------------------------------------ faults


def test_rate_limit_is_waited_out(
    server: ArxivServer, make: Callable[..., ArxivSource], fake: FakeTime
) -> None:
    """Case 1: two refusals are waited out for as long as arXiv asks and at least 3 s, and the note lists the retries."""
    server.script.extend([RATE, respond(b"Rate exceeded.", 429, Retry_After="20")])
    answer = make().search("multilingual retrieval", 3)
    assert len(answer.papers) == 3
    assert answer.note == "2 retries; the last because arXiv answered HTTP 429: Rate exceeded."
    assert fake.slept == [3.0, 20.0]
    assert server.most_at_once == 1


def test_rate_notice_under_200_is_a_refusal(server: ArxivServer, make: Callable[..., ArxivSource]) -> None:
    """The plain notice counts whatever status it comes with."""
    server.script.append(respond(b"Rate exceeded."))
    assert len(make().search("multilingual retrieval", 3).papers) == 3


def test_endless_rate_limit_ends_at_the_deadline(
    server: ArxivServer, make: Callable[..., ArxivSource], fake: FakeTime
) -> None:
    """Case 2: refusals without end give a typed error by the deadline, and the next call fails without a request."""
    server.script.extend([RATE] * 50)
    source = make(deadline_seconds=60)
    with pytest.raises(SourceRefusedError, match=r"HTTP 429: Rate exceeded\.; asked 5 times within 60 s"):
        source.search("lanterns", 3)
    assert sum(fake.slept) <= 60
    asked = len(server.requests)
    with pytest.raises(SourceRefusedError, match="not asked again so soon"):
        source.lookup("9912.00001")
    assert len(server.requests) == asked
    fake.seconds += 61
    server.script.clear()
    assert source.search("multilingual retrieval", 3).papers


def test_wait_past_the_deadline_is_not_slept(
    server: ArxivServer, make: Callable[..., ArxivSource], fake: FakeTime
) -> None:
    """Case 3: a Retry-After of fifteen hours costs no sleep, and closes the source for as long."""
    server.script.append(respond(b"Rate exceeded.", 429, Retry_After="54000"))
    source = make()
    with pytest.raises(SourceRefusedError, match="wants a wait of 54000 s"):
        source.search("lanterns", 3)
    assert fake.slept == []
    fake.seconds += 53_000
    with pytest.raises(SourceRefusedError, match="not asked again so soon"):
        source.search("lanterns", 3)


@pytest.mark.parametrize(
    ("value", "waited"),
    [
        ("-5", 3.0),
        ("nan", 3.0),
        ("soon", 3.0),
        ("Sat, 21 Nov 2026 00:00:10 GMT", 10.0),
        ("10", 10.0),
        ("0.5", 3.0),
    ],
)
def test_retry_after_is_clamped(
    value: str, waited: float, server: ArxivServer, make: Callable[..., ArxivSource], fake: FakeTime
) -> None:
    """Case 4: seconds and dates are honoured; negative, meaningless and short values never shorten the 3 s."""
    server.script.append(respond(b"busy", 503, Retry_After=value))
    assert make().search("multilingual retrieval", 3).papers
    assert fake.slept == [waited]


def test_denied_access_is_not_tried_again(server: ArxivServer, make: Callable[..., ArxivSource]) -> None:
    """After HTTP 403 nothing is asked for ten minutes: arXiv takes repeats for an attack."""
    server.script.append(respond(b"<html><h1>Access Denied</h1></html>", 403))
    source = make(deadline_seconds=7200)
    for _ in range(2):
        with pytest.raises(SourceRefusedError, match=r"denied access.*Access Denied"):
            source.search("lanterns", 3)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "fault", [reset, cut_short, respond(b"<?xml version='1.0'?><feed><ent"), respond(b"", 503)]
)
def test_passing_fault_is_tried_again(
    fault: Behaviour, server: ArxivServer, make: Callable[..., ArxivSource]
) -> None:
    """Case 5: a reset, a body cut short, a damaged feed and HTTP 503 cost a retry and no paper."""
    server.script.append(fault)
    answer = make().search("multilingual retrieval", 3)
    assert len(answer.papers) == 3
    assert answer.note is not None
    assert answer.note.startswith("1 retry; the last because")


@given(
    status=st.sampled_from([200, 400, 403, 404, 429, 503]),
    body=st.binary(max_size=300)
    | st.builds(
        lambda ids, total: feed(*map(entry, ids), total=total),
        st.lists(st.text("019.v"), max_size=3),
        st.text(),
    ).map(lambda text: text.replace(b"\x00", b"")),
    wait=st.none() | st.text(),
)
def test_whatever_is_let_through_is_a_feed(status: int, body: bytes, wait: str | None) -> None:
    """No answer makes the diagnosis fail; what it lets through is read, and any wait lies within a day."""
    response = Response(status, body, {"retry-after": wait} if wait else {}, "http://x/")
    trouble = diagnose_feed(response, FakeTime().now())
    if trouble is None:
        assert read_feed(body).n_usable <= read_feed(body).n_entries
    else:
        assert trouble.message.startswith("arXiv ")
        assert trouble.wait_seconds is None or 0 <= trouble.wait_seconds <= 86_400


# On a busy machine the second guard, a thread that does not come back, may be the one that notices.
LEFT = r"gave no whole answer within 1 s; asked 2 times|kept a connection open past 1 s"


@pytest.mark.parametrize("fault", [stall, drip])
def test_timeout_holds(fault: Behaviour, server: ArxivServer, make: Callable[..., ArxivSource]) -> None:
    """Case 5: a silent peer and one that sends a byte at a time are both left after the timeout."""
    server.script.extend([fault] * 2)
    started = time.monotonic()
    with pytest.raises(SourceUnavailableError, match=LEFT):
        make(timeout_seconds=1.0, deadline_seconds=8).search("lanterns", 3)
    assert time.monotonic() - started < 6


def test_slow_headers_are_left(server: ArxivServer, make: Callable[..., ArxivSource]) -> None:
    """Case 5: headers that come a byte at a time reset every socket timeout; they are left all the same."""
    server.script.extend([drip_headers] * 2)
    started = time.monotonic()
    with pytest.raises(SourceUnavailableError, match=LEFT):
        make(timeout_seconds=1.0, deadline_seconds=8).search("lanterns", 3)
    assert time.monotonic() - started < 6


@pytest.mark.parametrize("status", [200, 400, 404])
def test_html_is_a_typed_error_with_an_excerpt(
    status: int, server: ArxivServer, make: Callable[..., ArxivSource]
) -> None:
    """Case 10: an HTML page where a feed should be is named, with at most 200 of its characters, control codes shown as such."""
    server.script.append(respond(b"<!DOCTYPE html><html>\n<p>Just a\x1b[31m moment" + b"." * 900, status))
    with pytest.raises(SourceRefusedError, match="Just a\ufffd") as caught:
        make().search("lanterns", 3)
    assert len(str(caught.value)) < 300
    assert len(server.requests) == 1


_BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "subset", [f'<!ENTITY a0 "x">{_BOMB}', '<!ENTITY a11 SYSTEM "file:///etc/hostname">']
)
@pytest.mark.parametrize("place", ["<title>&a11;</title>", "<title x='&a11;'/>"])
def test_entities_are_refused(
    encoding: str, subset: str, place: str, server: ArxivServer, make: Callable[..., ArxivSource]
) -> None:
    """A feed that declares entities is refused at once, expanded nowhere."""
    body = f"<!DOCTYPE feed [{subset}]><feed xmlns='http://www.w3.org/2005/Atom'>{place}</feed>"
    server.script.extend([respond(body.encode(encoding))] * 5)
    started = time.monotonic()
    with pytest.raises(SourceRefusedError, match="something other than an Atom feed"):
        make().search("lanterns", 3)
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("nesting", ["<a>" * 100_000, "<a>" * 300 + "</a>" * 300])
def test_deep_nesting_is_refused(nesting: str, server: ArxivServer, make: Callable[..., ArxivSource]) -> None:
    """Elements nested past the parser's limit are a damaged feed."""
    server.script.extend(
        [respond(f"<feed xmlns='http://www.w3.org/2005/Atom'>{nesting}</feed>".encode())] * 9
    )
    with pytest.raises(SourceRefusedError, match="damaged Atom feed"):
        make().search("lanterns", 3)


@pytest.mark.parametrize("answer", [respond(b" " * 40_000_000), bomb(40_000_000)])
def test_body_is_capped(answer: Behaviour, server: ArxivServer, make: Callable[..., ArxivSource]) -> None:
    """Case 14: a body past the cap is not read to its end, packed or not."""
    server.script.append(answer)
    with pytest.raises(SourceRefusedError, match="more than 16777216 bytes"):
        make().search("lanterns", 3)


@pytest.mark.parametrize("target", ["http://127.0.0.1:9/", "file:///etc/hostname", "https://10.0.0.1/"])
def test_redirects_elsewhere_are_refused(
    target: str, server: ArxivServer, make: Callable[..., ArxivSource]
) -> None:
    """Case 15: a redirect to an address that is not asked is a typed error that names it."""
    server.script.append(redirect(target))
    with pytest.raises(SourceRefusedError, match=rf"arXiv redirected, and the address {target} is not asked"):
        make().search("lanterns", 3)
    assert len(server.requests) == 1


def test_redirect_within_arxiv_waits_its_turn(
    server: ArxivServer, make: Callable[..., ArxivSource], fake: FakeTime
) -> None:
    """A redirect to another path of the host is followed, 3 s later as any other request."""
    server.script.extend([redirect("/api/query?moved=1", 301), respond(feed(entry("9912.00001")))])
    assert make().lookup("9912.00001") is not None
    assert [seen.params for seen in server.requests][1] == {"moved": "1"}
    assert fake.slept == [3.0]


def test_no_credentials_are_sent(
    server: ArxivServer, make: Callable[..., ArxivSource], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 13: a .netrc that names the host is not read, and the request says who asks."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login canary password canary\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    make().search("multilingual retrieval", 3)
    headers = {name.lower(): value for name, value in server.requests[0].headers.items()}
    assert "authorization" not in headers
    assert headers["user-agent"].startswith("synthesis/")


# ------------------------------------------------------------------ pages


def test_transient_empty_first_page(
    server: ArxivServer, make: Callable[..., ArxivSource], fake: FakeTime
) -> None:
    """Case 7: a first page that is empty by mistake is asked for once more, 3 s later, and then found."""
    server.script.append(respond(feed(total=0)))
    assert len(make().search("multilingual retrieval", 3).papers) == 3
    assert fake.slept == [3.0]


def test_stored_empty_page_is_asked_for_again(
    server: ArxivServer, make: Callable[..., ArxivSource], fake: FakeTime
) -> None:
    """With a cache, the second request for an empty page goes to arXiv, and what it brings is what is stored."""
    server.script.append(respond(feed(total=0)))
    for _ in range(2):
        assert len(make(cache=True).search("multilingual retrieval", 3).papers) == 3
    assert len(server.requests) == 2
    assert fake.slept == [3.0]


def test_later_empty_page_is_a_stated_shortfall(
    server: ArxivServer, make: Callable[..., ArxivSource]
) -> None:
    """Case 8: a later page that stays empty ends the search, and the note says how many papers are missing and why."""
    server.script.extend([recorded(), respond(feed(total=5)), respond(feed(total=5))])
    answer = make().search("multilingual retrieval", 5)
    assert (len(answer.papers), answer.total) == (3, 5)
    assert answer.note == "3 of 5 papers: an empty page at entry 3, asked for twice"
    assert answer.incomplete
    assert len(server.requests) == 3


def test_later_error_keeps_what_was_found(server: ArxivServer, make: Callable[..., ArxivSource]) -> None:
    """Case 6: an error on a later page costs that page, not those before it."""
    server.script.extend([recorded(), respond(error_feed("too deep"), 400)])
    answer = make().search("multilingual retrieval", 5)
    assert answer.note == "3 of 5 papers: arXiv answered with an error: too deep"
    assert answer.incomplete


def test_repeated_entries_are_counted_once(server: ArxivServer, make: Callable[..., ArxivSource]) -> None:
    """Case 8: entries that come on two pages are one paper each, and the total that shrank is stated."""
    first = feed(*[entry(f"9912.0000{n}v1") for n in (1, 2, 3)], total=6)
    second = feed(*[entry(f"9912.0000{n}v2") for n in (3, 2, 4)], total=5)
    server.script.extend([respond(first), respond(second)])
    answer = make().search("lanterns", 6)
    assert [p.arxiv_id for p in answer.papers] == ["9912.00001", "9912.00002", "9912.00003", "9912.00004"]
    assert answer.note is not None
    assert re.fullmatch(r"4 of 6 papers: 2 entries .* more than once; .* from 6 to 5", answer.note)


def test_endless_pages_end(server: ArxivServer, make: Callable[..., ArxivSource]) -> None:
    """Case 8: the same page for ever, under a total without bound, ends after two pages with nothing new."""
    same = feed(*[entry(f"9912.0000{n}v1") for n in (1, 2, 3)], total=10**9)
    server.script.extend([respond(same)] * 20)
    answer = make().search("lanterns", 30)
    assert len(answer.papers) == 3
    assert answer.note is not None
    assert answer.note.startswith("3 of 30 papers: 2 pages in a row held nothing new")
    assert len(server.requests) == 3


def test_pages_of_one_entry_end(server: ArxivServer, make: Callable[..., ArxivSource]) -> None:
    """Pages that hold one entry each are walked through until as many papers are there as were asked for."""
    server.script.extend(respond(feed(entry(f"9912.{n:05}"), total=10**9)) for n in range(40))
    answer = make().search("lanterns", 30)
    assert len(answer.papers) == len(server.requests) == 30
    assert (answer.note, answer.incomplete) == (None, False)


@pytest.mark.parametrize("total", ["many", "", "-3"])
def test_senseless_total(total: str, server: ArxivServer, make: Callable[..., ArxivSource]) -> None:
    """A feed that does not state a number of results is asked for again; a negative one counts as none."""
    server.script.append(respond(feed(entry("9912.00001"), total=total)))
    answer = make().search("multilingual retrieval", 3)
    assert len(answer.papers) == (1 if total == "-3" else 3)


@pytest.mark.parametrize("query", ["", "?!", "the of and"])
def test_query_without_words(query: str, server: ArxivServer, make: Callable[..., ArxivSource]) -> None:
    """A query without a word is answered without a request; one of function words alone is asked as a phrase."""
    server.script.append(respond(feed(entry("9912.00001"))))
    answer = make().search(query, 3)
    assert len(answer.papers) == len(server.requests) == (1 if query == "the of and" else 0)


# ------------------------------------------------------------------ no network, and the seams


def _closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_refused_connection_is_quick(make: Callable[..., ArxivSource], fake: FakeTime) -> None:
    """Where nothing listens the source says so at once, without a wait, and again without a try."""
    port = _closed_port()
    gate = AddressGate(allow=frozenset({("127.0.0.1", port)}))
    source = make(base_url=f"http://127.0.0.1:{port}/api/query", gate=gate)
    started = time.monotonic()
    for _ in range(3):
        with pytest.raises(SourceUnavailableError, match=r"127\.0\.0\.1 cannot be reached"):
            source.search("lanterns", 3)
    assert time.monotonic() - started < 1
    assert fake.slept == []


def test_host_without_address(make: Callable[..., ArxivSource]) -> None:
    """A host name that has no address, as without a network, is a typed error within the connect timeout."""
    started = time.monotonic()
    with pytest.raises(SourceUnavailableError, match=r"host\.invalid"):
        make(base_url="http://host.invalid/api/query").lookup("9912.00001")
    assert time.monotonic() - started < 5


def test_host_that_goes_away_is_not_tried_again(make: Callable[..., ArxivSource], fake: FakeTime) -> None:
    """A network that is lost between two requests is noticed at the next, without retries."""
    with ArxivServer(load_recordings(OWN_FIXTURES)) as passing:
        source = make(base_url=passing.url, gate=passing.gate)
        assert source.search("multilingual retrieval", 3).papers
    with pytest.raises(SourceUnavailableError, match="cannot be reached"):
        source.search("multilingual retrieval", 3)
    assert fake.slept == [3.0]  # the pace alone


def test_proxy_of_the_environment_is_used(
    server: ArxivServer, make: Callable[..., ArxivSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a proxy the proxy is what must be reachable, and it is asked for the page."""
    monkeypatch.setenv("http_proxy", server.url)
    assert make(base_url="http://host.invalid/api/query").search("multilingual retrieval", 3).papers


def test_package_still_has_the_seams() -> None:
    """The package keeps its session and its address where the source replaces them."""
    client = arxiv.Client()
    assert hasattr(client, "_session")
    assert client.query_url_format.endswith("?{}")


def test_is_a_source(make: Callable[..., ArxivSource]) -> None:
    """The source fits the protocol and says that it is remote."""
    source: RemoteSource = make()
    assert (source.name, source.fingerprint, source.remote) == ("arxiv", "arxiv", True)
    assert issubclass(SourceUnavailableError, SourceError)
