"""Full texts over a real client and a host on loopback: the best copy, what is in its way, what is left of it."""

from __future__ import annotations

import gzip
import time
from contextlib import ExitStack
from itertools import pairwise

import pytest
import small_paper as files
from loopback import FakeTime, LoopbackServer, redirect, reset, respond

from synthesis.errors import SourceUnavailableError
from synthesis.fetching.candidates import Places
from synthesis.fetching.fetch import FullTextFetcher
from synthesis.network.addresses import AddressGate
from synthesis.network.cache import ResponseCache
from synthesis.network.client import Client
from synthesis.records import Link, Quote, Section
from synthesis.sources.arxiv import ArxivSource

SOURCE, HTML, PDF = "/e-print/2401.01234v2", "/html/2401.01234v2", "/pdf/2401.01234v2"
JATS, ACL = "/europepmc/PMC7654321/fullTextXML", "/acl/2024.acl-long.1.pdf"
EVERYWHERE = {"other_ids": ("pmcid:PMC7654321",), "acl_id": "2024.acl-long.1"}
LOGIN = b"<!doctype html>\n<html><head><title>Just a moment...</title></head><body>Wait</body></html>"


class Host(LoopbackServer):
    """Answers by path: bytes as a file, anything else as a behaviour."""

    def __init__(self):
        super().__init__(self.answer)
        self.files = {}
        self.delay = 0.0

    def answer(self, handler):
        """By the path, after ``delay`` seconds."""
        time.sleep(self.delay)
        found = self.files.get(handler.seen.path, respond(b"not here", 404))
        (respond(found) if isinstance(found, bytes) else found)(handler)

    @property
    def asked(self):
        """The paths in the order of the requests."""
        return [seen.path for seen in self.requests]

    @property
    def places(self):
        """The hosts that are known by name, all of them here, each in a folder."""
        return Places(
            arxiv_source=f"{self.origin}/e-print",
            arxiv_html=f"{self.origin}/html",
            arxiv_pdf=f"{self.origin}/pdf",
            europe_pmc=f"{self.origin}/europepmc",
            acl=f"{self.origin}/acl",
        )


@pytest.fixture
def host():
    """A running host."""
    with Host() as running:
        yield running


@pytest.fixture
def fetcher_of(tmp_path):
    """Builds a fetcher over real clients for which the given hosts are public."""
    clockwork = FakeTime().clockwork
    with ExitStack() as stack:

        def build(*hosts, **changes):
            gate = AddressGate(allow=frozenset(("127.0.0.1", h.port) for h in hosts))
            cache = ResponseCache(tmp_path / "http")
            client = Client(state=tmp_path, gate=gate, time=clockwork, cache=cache)
            return FullTextFetcher(stack.enter_context(client), places=hosts[0].places, **changes)

        yield build


def outcomes(fetched):
    """(form, outcome) of each attempt."""
    return [(a.form, a.outcome) for a in fetched.attempts]


def headings(fetched):
    """The titles of the sections."""
    return [section.title for section in fetched.paper.sections]


ALL = {
    SOURCE: files.e_print(),
    HTML: files.arxiv_html(),
    JATS: files.jats(),
    ACL: files.pdf(),
    PDF: files.pdf(),
}
ORDER = [SOURCE, HTML, JATS, ACL, PDF]
FORMS = ["latex", "html", "jats", "pdf", "pdf"]


@pytest.mark.parametrize("missing", range(6))
def test_the_best_copy_that_is_held_is_read(host, fetcher_of, missing):
    """With the first copies gone the next is read; the text is the paper's, quotes are where they say, nothing is asked twice."""
    host.files = {path: ALL[path] for path in ORDER[missing:]}
    fetched = fetcher_of(host).fetch(files.metadata(**EVERYWHERE))
    assert host.asked == ORDER[: missing + 1]
    held = [] if missing == 5 else [(FORMS[missing], "read")]
    assert outcomes(fetched) == [(form, "not held") for form in FORMS[:missing]] + held
    paper = fetched.paper
    assert (paper.title, paper.authors, paper.year) == (files.TITLE, files.AUTHORS, 2024)
    if missing == 5:
        assert (paper.form, headings(fetched)) == (None, ["Abstract"])
        assert paper.flags == ("full text not read: arxiv: HTTP 404",)
        return
    assert paper.form == FORMS[missing]
    assert headings(fetched) == ["Abstract", "Introduction", "Method", "Results", "Discussion"]
    text = paper.sections[3].text
    start = text.index(files.QUOTED)
    quote = Quote.of(paper, 3, start, start + len(files.QUOTED))
    assert quote.text == files.QUOTED
    page = paper.sections[3].page_at(start)
    assert page > 1 if paper.form == "pdf" else page is None
    assert paper.sections[0].text == files.ABSTRACT


def test_a_paper_that_has_its_text_is_left_alone(host, fetcher_of):
    """What came with its text, or was retracted, is not asked for."""
    whole = files.metadata(sections=(Section(title="Introduction", text="All here."),))
    fetched = fetcher_of(host).fetch(whole)
    assert (fetched.paper, fetched.attempts) == (whole, ())
    gone = fetcher_of(host).fetch(files.metadata(retracted=True))
    assert gone.paper.flags == ("full text not read: the work is retracted",)
    unknown = fetcher_of(host).fetch(files.metadata(arxiv_id=None, paper_id="title:0"))
    assert unknown.paper.flags == ("full text not read: no open copy is known",)
    assert host.asked == []


@pytest.mark.parametrize(
    ("source", "outcome", "detail"),
    [
        (LOGIN, "unreadable", "is HTML, not LaTeX (Just a moment...)"),
        (b"", "unreadable", "empty"),
        (gzip.compress(b"%!PS-Adobe-3.0\n"), "unreadable", "is PostScript, not LaTeX"),
        (files.e_print({"figure.png": b"\x89PNG"}), "unreadable", "archive without TeX"),
        (
            respond(b"Access denied", 403),
            "refused",
            "arXiv refused access (HTTP 403): Access denied",
        ),
    ],
    ids=["log-in page", "empty", "PostScript", "no TeX", "denied"],
)
def test_a_source_that_is_none_leads_to_the_next_copy(host, fetcher_of, source, outcome, detail):
    """Cases 21, 29: what stands in the source's place is named, and the HTML is asked for."""
    host.files = {SOURCE: source}
    fetched = fetcher_of(host).fetch(files.metadata())
    first = fetched.attempts[0]
    assert (first.form, first.outcome, first.detail) == ("latex", outcome, detail)
    assert host.asked == [SOURCE, HTML, PDF]


@pytest.mark.parametrize("packed", [False, True])
def test_a_source_that_is_the_pdf_is_read_as_one(host, fetcher_of, packed):
    """Case 29: a PDF in the source's place, bare or gzipped, saves the requests for HTML and PDF."""
    host.files = {SOURCE: gzip.compress(files.pdf()) if packed else files.pdf()}
    fetched = fetcher_of(host).fetch(files.metadata())
    assert outcomes(fetched) == [("pdf", "read")]
    assert host.asked == [SOURCE]


def test_a_scan_in_the_place_of_the_source_ends_at_arxiv(host, fetcher_of):
    """Case 27: a scan is "no text layer", and the same file is not fetched once more under another name."""
    host.files = {SOURCE: files.scan(), ACL: files.pdf()}
    fetched = fetcher_of(host).fetch(files.metadata(acl_id="2024.acl-long.1"))
    assert outcomes(fetched) == [("pdf", "unreadable"), ("html", "skipped"), ("pdf", "read")]
    assert fetched.attempts[0].detail == "no text layer"
    assert host.asked == [SOURCE, ACL]


def test_single_gzipped_and_plain_tex_are_read(fetcher_of):
    """Case 29: a source that is one file of TeX, gzipped or not, is LaTeX too."""
    for data in (files.tex(), gzip.compress(files.tex())):
        with Host() as fresh:
            fresh.files = {"/e-print/2401.01235v2": data}
            paper = files.metadata(arxiv_id="2401.01235", paper_id="arxiv:2401.01235")
            assert outcomes(fetcher_of(fresh).fetch(paper)) == [("latex", "read")]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (LOGIN, "is HTML, not PDF (Just a moment...)"),
        (b"", "empty"),
        (b"%", "is not a PDF"),
        (b"%PDF-1.7\n" + b"\x00\xff\x17noise" * 200, "damaged"),
        (files.pdf()[:9000], None),
        (files.scan(), "no text layer"),
    ],
    ids=["log-in page", "empty", "one byte", "noise", "cut", "scan"],
)
def test_a_pdf_that_is_none_leaves_the_abstract(host, fetcher_of, body, detail):
    """Cases 21, 27: whatever its type says, what is no readable PDF is unreadable with its reason, and flagged."""
    host.files = {ACL: respond(body, Content_Type="application/pdf")}
    paper = files.metadata(arxiv_id=None, paper_id="acl:2024.acl-long.1", acl_id="2024.acl-long.1")
    fetched = fetcher_of(host).fetch(paper)
    assert outcomes(fetched) == [("pdf", "unreadable")]
    reason = fetched.attempts[0].detail
    assert detail is None or reason == detail
    assert fetched.paper.flags == (f"full text not read: acl-anthology: {reason}",)
    assert fetched.paper.sections == paper.sections


def test_a_reader_that_dies_costs_one_paper(host, fetcher_of, monkeypatch, tmp_path):
    """Case 24: the child process is killed; its paper keeps the abstract, the next is read."""
    from synthesis.fetching import isolation

    host.files = {f"/acl/2024.acl-long.{n}.pdf": files.pdf() for n in (1, 2)}
    papers = [files.metadata(arxiv_id=None, paper_id=f"acl:{n}", acl_id=f"2024.acl-long.{n}") for n in (1, 2)]
    program = tmp_path / "child.py"
    program.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
    with monkeypatch.context() as broken:
        broken.setattr(isolation, "_CHILD", program)
        lost = fetcher_of(host).fetch(papers[0])
    assert (lost.paper.form, lost.attempts[0].detail) == (None, "crashed its reader")
    assert fetcher_of(host).fetch(papers[1]).paper.form == "pdf"


def test_a_broken_conversion_leads_to_the_pdf(host, fetcher_of):
    """Case 32: LaTeXML's banner of a fatal error is no good text; the PDF is read instead."""
    banner = (
        b"<p>Conversion to HTML had a Fatal error and exited abruptly. This document may be truncated.</p>"
    )
    place = b'<div class="ltx_page_main">'
    host.files = {HTML: files.arxiv_html().replace(place, place + banner), PDF: files.pdf()}
    fetched = fetcher_of(host).fetch(files.metadata())
    assert fetched.paper.form == "pdf"
    assert [a.form for a in fetched.attempts] == ["latex", "html", "pdf"]


def test_hidden_text_of_a_page_is_not_read(host, fetcher_of):
    """Case 32: scripts and what is not displayed are no text of the paper."""
    body = b"<body><script>var a='HIDDEN'</script><p style='display:none'>HIDDEN</p>" + b"<div>" * 3000
    host.files = {HTML: files.arxiv_html().replace(b"<body>", body)}
    fetched = fetcher_of(host).fetch(files.metadata())
    assert all("HIDDEN" not in section.text for section in fetched.paper.sections)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/secret.pdf",
        "http://127.0.0.1:6666\\@arxiv.org/x.pdf",
        "http://user@repository.example.org/x.pdf",
        "http://2130706433/x.pdf",
        "http://[::ffff:10.0.0.1]/x.pdf",
        "https://repository.example.org:8080/x.pdf",
        "file:///etc/passwd",
        "ftp://repository.example.org/x.pdf",
        "data:application/pdf;base64,JVBERg==",
    ],
)
def test_an_address_inside_is_refused_and_listed(host, fetcher_of, url):
    """Cases 15–18: no link leads to a local, private or disguised address; each is an attempt that was refused."""
    paper = files.metadata(links=(Link(url=url, form="pdf", source="openalex"),), arxiv_id=None)
    fetched = fetcher_of(host).fetch(paper)
    assert outcomes(fetched) == [("pdf", "refused")]
    assert fetched.attempts[0].url == url
    assert host.asked == []


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest", "file:///etc/passwd", "http://127.0.0.1/x"]
)
def test_a_redirect_to_an_address_inside_is_refused(host, fetcher_of, target):
    """Case 15: a redirect is checked as a link is; the next copy is asked for."""
    host.files = {"/a.pdf": redirect(target)}
    links = [Link(url=f"{host.origin}/{name}.pdf", form="pdf", source="openalex") for name in "ab"]
    fetched = fetcher_of(host).fetch(files.metadata(arxiv_id=None, links=tuple(links)))
    assert outcomes(fetched) == [("pdf", "refused"), ("pdf", "not held")]
    assert host.asked == ["/a.pdf", "/b.pdf"]


@pytest.mark.parametrize("form", ["html", "jats"])
def test_the_text_of_another_paper_is_not_taken(host, fetcher_of, form):
    """A copy whose title and beginning are another paper's is unreadable."""
    host.files = {HTML if form == "html" else JATS: files.other_paper(form)}
    fetched = fetcher_of(host).fetch(files.metadata(**EVERYWHERE))
    assert (fetched.paper.form, headings(fetched)) == (None, ["Abstract"])
    assert [a.detail for a in fetched.attempts if a.outcome == "unreadable"] == ["is another paper"]


def test_a_poor_copy_stands_only_while_none_is_better(host, fetcher_of):
    """A text of low quality is kept when the rest fails, and gives way to a better one."""

    def spoilt(data, count):
        return data.replace(b"Growers", ("\ue000" * count + " Growers").encode())

    poor = spoilt(files.arxiv_html(), 140)
    host.files = {HTML: poor, JATS: spoilt(files.jats(), 180)}
    both = fetcher_of(host).fetch(files.metadata(other_ids=("pmcid:PMC7654321",)))
    assert [a.outcome for a in both.attempts] == ["not held", "read", "read", "not held"]
    assert (both.paper.form, 0.2 <= both.paper.quality < 0.5) == ("html", True)
    assert both.attempts[1].detail == f"quality {both.paper.quality:.2f}"
    host.files = {"/html/2401.01299v1": poor, "/pdf/2401.01299v1": files.pdf()}
    other = files.metadata(arxiv_id="2401.01299", arxiv_version=1, paper_id="arxiv:2401.01299")
    fetched = fetcher_of(host).fetch(other)
    assert [a.outcome for a in fetched.attempts] == ["not held", "read", "read"]
    assert (fetched.paper.form, fetched.paper.quality >= 0.5) == ("pdf", True)


def test_a_copy_that_is_mostly_noise_is_none(host, fetcher_of):
    """A text of next to no quality does not take the abstract's place."""
    host.files = {HTML: files.arxiv_html().replace(b" ", "\ue000\ue000".encode())}
    fetched = fetcher_of(host).fetch(files.metadata())
    assert fetched.paper.form is None
    assert fetched.attempts[1].outcome == "unreadable"


class Copies:
    """What Unpaywall would know."""

    def __init__(self, *links, unused=None):
        self.links, self.asked, self.unused = links, [], unused

    def open_copies(self, doi):
        """The links, or an error where there are none."""
        self.asked.append(doi)
        if not self.links:
            raise SourceUnavailableError("Unpaywall cannot be reached")
        return self.links


def test_unpaywall_is_asked_when_nothing_else_read(host, fetcher_of):
    """It is asked by DOI after every known copy failed, never before, and what it says is tried."""
    host.files = {"/repository.pdf": files.pdf()}
    copies = Copies(Link(url=f"{host.origin}/repository.pdf", form="pdf", source="unpaywall"))
    fetched = fetcher_of(host, unpaywall=copies).fetch(files.metadata(doi="10.1234/x"))
    assert [a.outcome for a in fetched.attempts] == ["not held"] * 3 + ["read"]
    host.files[SOURCE] = files.e_print()
    fetcher_of(host, unpaywall=copies).fetch(files.metadata(doi="10.1234/y", arxiv_version=None))
    assert copies.asked == ["10.1234/x", "10.1234/y"]
    silent = fetcher_of(host, unpaywall=Copies()).fetch(files.metadata(arxiv_id=None, doi="10.1234/z"))
    assert silent.attempts[0].host == "unpaywall"
    assert silent.paper.flags == ("full text not read: unpaywall: Unpaywall cannot be reached",)
    without = fetcher_of(host, unpaywall=Copies(unused="no e-mail")).fetch(silent.paper)
    assert without.attempts == ()


def test_a_host_that_is_down_costs_its_copies_only(host, fetcher_of):
    """Each paper is read from the next host; the attempts at the one that is down are unreachable."""
    host.files = {f"/acl/2024.acl-long.{n}.pdf": files.pdf() for n in range(3)}
    host.files |= {f"/europepmc/PMC{n}/fullTextXML": reset for n in range(3)}
    papers = [
        files.metadata(
            arxiv_id=None, paper_id=f"acl:{n}", acl_id=f"2024.acl-long.{n}", other_ids=(f"pmcid:PMC{n}",)
        )
        for n in range(3)
    ]
    seen = []
    results = fetcher_of(host).fetch_all(papers, seen.append)
    assert [r.paper.paper_id for r in results] == [p.paper_id for p in papers]
    assert len(seen) == 3
    assert all(outcomes(r) == [("jats", "unreachable"), ("pdf", "read")] for r in results)
    asked = [path for path in host.asked if "europepmc" in path]
    assert set(asked) == {"/europepmc/PMC0/fullTextXML"}


def test_a_busy_host_is_unreachable_not_refused(host, fetcher_of):
    """A host that says 429 to the end, or was closed for it, may be asked another time."""
    host.files = {ACL: respond(b"slow down", 429), "/acl/2024.acl-long.2.pdf": files.pdf()}
    fetcher = fetcher_of(host)
    for acl_id in ("2024.acl-long.1", "2024.acl-long.2"):
        fetched = fetcher.fetch(files.metadata(arxiv_id=None, acl_id=acl_id, paper_id=f"acl:{acl_id}"))
        assert outcomes(fetched) == [("pdf", "unreachable")]


def test_results_do_not_depend_on_who_answers_first(fetcher_of):
    """Two hosts, either of them slow: the same papers, the same attempts, in the order that was asked for."""

    def run(slow):
        with Host() as first, Host() as second:
            (first, second)[slow].delay = 0.02
            first.files = {SOURCE: LOGIN, "/acl/2024.acl-long.1.pdf": files.pdf()}
            second.files = {"/a.jats": files.jats(), "/b.jats": LOGIN}
            links = [Link(url=f"{second.origin}/{n}.jats", form="jats", source="s") for n in ("a", "b")]
            papers = [
                files.metadata(links=(links[0],)),
                files.metadata(arxiv_id=None, acl_id="2024.acl-long.1", paper_id="acl:1", links=(links[1],)),
                files.metadata(arxiv_id=None, paper_id="x:2", links=(links[1], links[0])),
                files.metadata(arxiv_id=None, acl_id="2024.acl-long.3", paper_id="acl:3"),
            ]
            fetcher = fetcher_of(first, second)
            results = fetcher.fetch_all(papers)
            ports = {str(first.port): "1", str(second.port): "2"}
        said = "\n".join(r.model_dump_json() for r in results)
        for port, name in ports.items():
            said = said.replace(port, name)
        return said

    assert run(0) == run(1)


def test_services_are_asked_at_once_each_one_request_at_a_time(host, fetcher_of):
    """Three services with slow answers: no two requests to one of them overlap, requests to different ones do."""
    host.delay = 0.05
    host.files = {JATS: files.jats()}
    papers = [files.metadata(), files.metadata(paper_id="x", arxiv_id=None, **EVERYWHERE)] * 2
    fetcher_of(host).fetch_all(papers)
    by_folder = {}
    for seen in host.requests:
        service = {"/e-": "a", "/ht": "a", "/pd": "a"}.get(seen.path[:3], seen.path[:3])
        by_folder.setdefault(service, []).append((seen.arrived, seen.answered))
    for times in by_folder.values():
        times.sort()
        assert all(later[0] >= earlier[1] for earlier, later in pairwise(times))
    assert host.most_at_once > 1


def test_a_stored_log_in_page_is_asked_for_again(host, fetcher_of):
    """The page that stood where the PDF is may be gone by now; a stored PDF is not asked for again."""
    host.files = {ACL: LOGIN}
    paper = files.metadata(arxiv_id=None, acl_id="2024.acl-long.1", paper_id="acl:1")
    assert fetcher_of(host).fetch(paper).paper.form is None
    host.files = {ACL: files.pdf()}
    assert fetcher_of(host).fetch(paper).paper.form == "pdf"
    assert fetcher_of(host).fetch(paper).paper.form == "pdf"
    assert host.asked == [ACL, ACL]


def test_files_of_arxiv_wait_for_its_query_api(host, tmp_path):
    """A look-up, then a file, then the next: three seconds between any two of them, by one pace."""
    time = FakeTime()
    host.files = {"/api": respond(files.EMPTY_FEED)}
    with Client(state=tmp_path, gate=host.gate, time=time.clockwork) as client:
        assert ArxivSource(client, base_url=f"{host.origin}/api").lookup("2401.01234") is None
        FullTextFetcher(client, places=host.places).fetch(files.metadata())
    assert host.asked[-4:] == ["/api", SOURCE, HTML, PDF]
    assert [round(seconds, 3) for seconds in time.slept] == [3.0] * (len(host.asked) - 1)
