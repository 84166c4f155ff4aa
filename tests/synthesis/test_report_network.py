"""A report over four databases and open full texts, over HTTP; and what happens when some of them fail."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from literature import Literature, Work
from loopback import FakeTime
from small_tools import QUESTION, make_small_tools

from synthesis import assembly, jobs, source_choice
from synthesis.cli import EXIT_PARTIAL, main
from synthesis.errors import SynthesisError
from synthesis.fetching.candidates import Places
from synthesis.fetching.fetch import FullTextFetcher
from synthesis.network.cache import ResponseCache
from synthesis.network.client import Client
from synthesis.sources.arxiv import ArxivSource
from synthesis.sources.crossref import CrossrefSource
from synthesis.sources.openalex import OpenAlexSource
from synthesis.sources.semantic_scholar import SemanticScholarSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loopback import LoopbackServer

SOURCES = ("arxiv", "openalex", "semantic-scholar", "crossref")
HOLDINGS = {
    "arxiv": [Work(n) for n in range(1, 15)],
    "openalex": [Work(n) for n in range(8, 22)],
    "s2": [Work(n) for n in range(4, 18)],
    "crossref": [Work(n) for n in range(10, 24)],
}


class LoopbackNetwork(source_choice.Network):
    """The network of a job, with every host on loopback and a clock that waiting moves."""

    server: LoopbackServer
    time: FakeTime

    @property
    def client(self) -> Client:
        """One client for all."""
        if "_made" not in self.__dict__:
            state = self._home.state
            self._made = Client(
                state=state,
                cache=ResponseCache(state / "http"),
                gate=self.server.gate,
                time=self.time.clockwork,
            )
        return self._made

    def source(self, name, filters):
        """The real source, asked on loopback."""
        origin = self.server.origin
        made: dict[str, Callable[[], object]] = {
            "arxiv": lambda: ArxivSource(self.client, filters=filters, base_url=f"{origin}/arxiv/query"),
            "openalex": lambda: OpenAlexSource(
                self.client,
                filters=filters,
                base_url=f"{origin}/openalex",
                key=self._key("SYNTHESIS_OPENALEX_KEY"),
            ),
            "semantic-scholar": lambda: SemanticScholarSource(
                self.client,
                filters=filters,
                base_url=f"{origin}/s2",
                key=self._key("SYNTHESIS_SEMANTIC_SCHOLAR_KEY"),
            ),
            "crossref": lambda: CrossrefSource(
                self.client,
                filters=filters,
                base_url=f"{origin}/crossref",
                mailto=self._key("SYNTHESIS_EMAIL"),
            ),
        }
        return made[name]()

    def full_texts(self):
        """The real fetcher, with arXiv's files on loopback."""
        origin = self.server.origin
        places = Places(
            arxiv_source=f"{origin}/files/e-print",
            arxiv_html=f"{origin}/files/html",
            arxiv_pdf=f"{origin}/files/pdf",
        )
        return FullTextFetcher(self.client, places=places)


@pytest.fixture
def literature(monkeypatch: pytest.MonkeyPatch) -> Iterator[Literature]:
    """The databases, in place of the real ones; small tools in place of the models."""
    held = Literature(dict(HOLDINGS))
    with held.serve() as server:
        bound = {"server": server, "time": FakeTime()}
        monkeypatch.setattr(source_choice, "Network", type("Bound", (LoopbackNetwork,), bound))
        for module in (assembly, jobs):
            monkeypatch.setattr(module, "make_tools", _small_tools)
        yield held


def _small_tools(sources, judge=None, full_texts=None):  # noqa: ARG001 - as the real one
    tools = make_small_tools(sources)
    return type(tools)(
        **{name: getattr(tools, name) for name in tools.__slots__} | {"full_texts": full_texts}
    )


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run a command; (exit code, stdout, stderr)."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(datetime(2026, 11, 21, tzinfo=UTC).timestamp())))
    monkeypatch.setenv("SYNTHESIS_HOME", str(tmp_path / "home"))

    def command(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main(list(arguments))
        out, err = capsys.readouterr()
        return stopped.value.code, out, err

    return command


def _ask(*more):
    named = [word for name in SOURCES for word in ("--source", name)]
    return ("report", QUESTION, *named, "--formats", "json,md", "--max-papers", "12", *more)


def test_four_databases_and_their_full_texts_make_one_report(literature, run, tmp_path):
    """Works that several databases hold are one; full texts are read; the counts of the flow add up."""
    code, _, err = run(*_ask("--out", str(tmp_path / "out")))
    assert (code, err) == (0, "")
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    flow = report["methodology"]["flow"]
    assert set(flow["identified"]) == set(SOURCES)
    assert flow["screened"] == 23
    assert sum(flow["identified"].values()) - flow["duplicates_removed"] == flow["screened"]
    assert flow["retrieved"]["latex"] + sum(flow["not_retrieved"].values()) == flow["sought"]
    said = " ".join(s["text"] for s in report["methodology"]["statements"])
    assert f"Full text sought for {flow['sought']} papers" in said
    quotes = [e["quote"] for c in report["claims"] for e in c["evidence"]]
    assert any(quote["section"] > 0 for quote in quotes), (
        "evidence comes from full texts, not abstracts alone"
    )
    assert max(literature.asked.values()) == 1, "no request was sent twice"


def test_one_database_down_and_one_out_of_budget_are_said_and_made_good_later(literature, run, tmp_path):
    """The report names both and what was lost, exit code 3; resume asks only them, and then gives the whole report."""
    literature.down, literature.spent = {"s2"}, {"openalex"}
    code, out, _ = run(*_ask("--out", str(tmp_path / "first")))
    assert code == EXIT_PARTIAL
    lost = [line for line in out.splitlines() if line.startswith("Not searched: ")]
    assert len(lost) == 2
    down = next(line for line in lost if "semantic-scholar" in line)
    spent = next(line for line in lost if "openalex" in line)
    assert "503" in down
    assert "queries lost" in down
    assert "spent until" in spent
    assert "3 of 3 queries lost" in spent
    report = (tmp_path / "first" / "report.md").read_text()
    assert "semantic-scholar was not fully searched" in report

    literature.down, literature.spent = set(), set()
    source_choice.Network.time.sleep(90_000)  # the next day
    before = literature.asked.copy()
    code, out, _ = run("resume", "last", "--out", str(tmp_path / "second"))
    assert (code, [line for line in out.splitlines() if line.startswith("Not searched")]) == (0, [])
    again = {request for request in before if literature.asked[request] > before[request]}
    assert again == set(), "what was answered is not asked again"
    asked = {request.split("/")[1] for request in literature.asked - before}
    assert {"s2", "openalex"} <= asked
    whole = json.loads((tmp_path / "second" / "report.json").read_text())
    assert set(whole["methodology"]["flow"]["identified"]) == set(SOURCES)


def test_resume_of_a_whole_report_sends_nothing(literature, run):
    """There is nothing to complete, and that is said."""
    run(*_ask())
    before = literature.asked.copy()
    code, out, _ = run("resume", "last")
    assert code == 0
    assert "nothing to complete" in out
    assert literature.asked == before


def test_a_dry_run_sends_nothing(literature, run):
    """Requests, minutes and credits are printed for each source, and no host is asked."""
    code, out, _ = run(*_ask("--dry-run"))
    assert code == 0
    assert all(name in out for name in (*SOURCES, "full texts"))
    assert "Nothing was sent" in out
    assert not literature.asked


@pytest.mark.parametrize("files", ["open", "down"])
def test_a_run_over_the_network_replays_without_it(literature, run, files):
    """A replay keeps what was found and read, if anything, and gives the same bytes with every host down."""
    literature.down = {"files"} if files == "down" else set()
    run(*_ask())
    literature.down = {"arxiv", "openalex", "s2", "crossref", "files"}
    code, out, err = run("replay", "last")
    assert (code, err) == (0, "")
    assert "all identical" in out


def test_search_lists_each_work_once_with_what_every_source_answered(literature, run):
    """The same work under several ids is one line; the log says what each database held."""
    named = [word for name in SOURCES for word in ("--source", name)]
    code, out, _ = run("search", "hybrid batches", *named, "--limit", "50", "--log")
    assert code == 0
    assert sum(line.lstrip()[:1].isdigit() for line in out.splitlines()) == 23
    assert all(f"{name}: 14 of 14 records" in out for name in SOURCES)
    assert not literature.down


def test_papers_named_by_id_and_by_query_go_into_a_library(literature, run):
    """An id and a query each add papers with their full text, which a later search finds without the network."""
    code, out, _ = run("library", "add", "2401.00005", "--name", "mine", "--source", "arxiv")
    assert (code, "1 found, 1 with full text" in out) == (0, True)
    code, out, _ = run("library", "add", "hybrid batches", "--name", "mine", "--source", "arxiv", "-n", "5")
    assert code == 0
    literature.down = {"arxiv", "files"}
    code, out, _ = run("search", "equal shares of monolingual batches", "--source", "mine", "--offline")
    assert code == 0
    assert "experiment 5" in out


def test_a_resume_that_was_interrupted_goes_on(literature, run, monkeypatch):
    """An unfinished resume is completed by the next one: it keeps the run that it completes, and asks nothing again."""
    literature.down = {"s2"}
    run(*_ask())
    literature.down = set()
    source_choice.Network.time.sleep(4000)
    with monkeypatch.context() as broken:
        broken.setattr("synthesis.stages.gather_evidence", _fail)
        code, _, err = run("resume", "last")
    assert (code, "on purpose" in err) == (1, True)
    asked = literature.asked.copy()
    code, out, err = run("resume", "last")
    assert (code, "Went on with the unfinished run" in err) == (0, True)
    assert "Not searched" not in out
    assert literature.asked == asked


def _fail(*_: object) -> None:
    raise SynthesisError("stopped on purpose")


def test_a_database_that_breaks_off_every_answer_is_a_failure(literature, run):
    """With one of several databases out of reach the exit code is 3, whether or not sources were named."""
    literature.down = {"s2"}
    code, _, _ = run(
        "search", "hybrid batches", "--limit", "5", "--source", "crossref", "--source", "semantic-scholar"
    )
    assert code == EXIT_PARTIAL


def test_filters_hold_for_every_paper_of_the_report(literature, run, tmp_path):
    """Examined papers and evidence obey the filters too, whether they come from a file, the command line or both."""
    assert not literature.down
    (tmp_path / "settings.toml").write_text("[papers.filters]\nto_year = 2000\n")
    out = str(tmp_path / "out")
    code, _, _ = run(*_ask("--config", str(tmp_path / "settings.toml"), "--open-access", "--out", out))
    assert code == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["references"] == []
    excluded = report["methodology"]["flow"]["excluded"]
    assert excluded == {"outside the years asked for": report["methodology"]["flow"]["screened"]}


def test_adding_again_without_full_text_keeps_what_was_fetched(literature, run):
    """A paper that is there already is neither fetched again nor cut down to its abstract."""
    command = ("library", "add", "2401.00005", "--name", "mine", "--source", "arxiv")
    run(*command)
    asked = literature.asked.copy()
    code, out, _ = run(*command, "--no-full-text")
    assert (code, "1 found, 1 with full text" in out) == (0, True)
    assert not any("files" in request for request in literature.asked - asked)


def test_a_query_without_hits_is_said(literature, run):
    """Nothing found is no silent success."""
    literature.holdings["arxiv"] = []
    code, out, _ = run("library", "add", "hybrid batches", "--name", "mine", "--source", "arxiv")
    assert (code, "nothing found" in out) == (0, True)


def test_no_key_is_written_anywhere(literature, run, tmp_path, monkeypatch):
    """Keys and the e-mail address of the environment reach their hosts and no file of the home."""
    assert not literature.down
    for name in ("SYNTHESIS_OPENALEX_KEY", "SYNTHESIS_SEMANTIC_SCHOLAR_KEY", "SYNTHESIS_EMAIL"):
        monkeypatch.setenv(name, f"canary-{name[10:15]}@example.edu")
    run(*_ask("--fresh"))
    files = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert len(files) > 20
    assert not any(b"canary" in path.read_bytes() for path in files)
