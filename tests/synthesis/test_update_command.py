"""``synthesis update`` over four databases on loopback: what is asked again, what is not, and what is printed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from literature import Literature, Work
from loopback import FakeTime
from small_tools import make_small_tools
from test_report_network import HOLDINGS, LoopbackNetwork, _ask, _small_tools

from synthesis import assembly, jobs, source_choice, updating
from synthesis.cli import EXIT_PARTIAL, EXIT_USAGE, main
from synthesis.errors import SynthesisError
from synthesis.network.cache import ResponseCache
from synthesis.network.client import Client
from synthesis.store import Home

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTS = {"arxiv", "openalex", "s2", "crossref", "files"}
QUICK = _ask("--no-full-text")


class Anew(LoopbackNetwork):
    """The network on loopback; where stored answers shall not stand, those from before it was made do not."""

    @property
    def client(self):
        """One client for all."""
        if "_made" not in self.__dict__:
            state = self._home.state
            self._made = Client(
                state=state,
                cache=ResponseCache(state / "http"),
                gate=self.server.gate,
                time=self.time.clockwork,
                since=self.time.clockwork.now() if self._since else None,
            )
        return self._made


@pytest.fixture
def literature(monkeypatch: pytest.MonkeyPatch) -> Iterator[Literature]:
    """The databases in place of the real ones, small tools in place of the models."""
    held = Literature(dict(HOLDINGS))
    with held.serve() as server:
        bound = {"server": server, "time": FakeTime()}
        monkeypatch.setattr(source_choice, "Network", type("Bound", (Anew,), bound))
        for module in (assembly, jobs, updating):
            monkeypatch.setattr(module, "make_tools", _small_tools)
        monkeypatch.setattr(updating, "load_calibrator", lambda *_: make_small_tools(()).calibrator)
        yield held


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


def _databases(asked):
    return {request.split("/")[1] for request in asked}


def test_an_update_asks_every_database_again_and_fetches_no_text_twice(literature, run):
    """A minute later, when stored answers would stand: each is asked anew, and nothing changed."""
    assert run(*_ask("--max-papers", "4"))[0] == 0
    before = literature.asked.copy()
    source_choice.Network.time.sleep(60)
    code, out, err = run("update", "last")
    assert (code, err) == (0, "")
    again = literature.asked - before
    assert {"arxiv", "openalex", "s2", "crossref"} == _databases(again)
    searched = {r for r in before if _databases([r]) != {"files"}}
    assert {r for r in searched if literature.asked[r] == before[r]} == set()
    assert ": 0 verdicts turned, 0 moved, " in out.splitlines()[0]
    literature.down = HOSTS
    assert "all identical" in run("replay", "last")[1]


def test_a_failed_source_is_exit_code_3_and_resume_completes_the_update(literature, run, tmp_path):
    """What did not answer is said; resume asks only that, and what comes of it is still an update of the first run."""
    run(*QUICK)
    literature.down = {"s2"}
    literature.holdings["s2"] = [*literature.holdings["s2"], Work(40)]
    source_choice.Network.time.sleep(60)
    code, out, _ = run("update", "last")
    assert code == EXIT_PARTIAL
    assert "Not searched: semantic-scholar" in out
    literature.down = set()
    source_choice.Network.time.sleep(4000)
    before = literature.asked.copy()
    code, out, _ = run("resume", "last")
    assert code == 0
    assert "s2" in _databases(literature.asked - before)
    listed = json.loads(run("runs", "--json")[1])
    assert [bool(row["updates"]) for row in listed].count(True) == 2
    assert len({row["updates"] for row in listed if row["updates"]}) == 1
    [first] = [row["run"] for row in listed if not row["updates"]]
    last = Home(tmp_path / "home").find_run("last")
    report = json.loads((last.folder / "outputs" / "report.json").read_text())
    assert first.startswith(report["changes"]["before"])


def test_what_came_since_is_named_in_json(literature, run):
    """A work that a database has since added is among the papers of the printed changes."""
    run(*QUICK, "--max-papers", "60")
    literature.holdings["crossref"] = [*literature.holdings["crossref"], Work(30)]
    source_choice.Network.time.sleep(60)
    code, out, _ = run("update", "last", "--json")
    assert code == 0
    printed = json.loads(out)
    new = [p["paper_id"] for p in printed["changes"]["papers"] if p["how"] == "new"]
    assert new == [f"doi:{Work(30).doi}"]
    assert printed["lost"] == []
    assert all(path.endswith((".json", ".md")) for path in printed["files"])


def test_an_interrupted_update_goes_on(literature, run, monkeypatch):
    """The same command again keeps what was searched."""
    run(*QUICK)
    source_choice.Network.time.sleep(60)
    name = json.loads(run("runs", "--json")[1])[0]["run"]
    with monkeypatch.context() as broken:
        broken.setattr("synthesis.stages.gather_evidence", _fail)
        code, _, err = run("update", name)
    assert (code, "on purpose" in err) == (1, True)
    asked = literature.asked.copy()
    source_choice.Network.time.sleep(60)
    code, _, err = run("update", name)
    assert (code, "Went on with the unfinished run" in err) == (0, True)
    assert literature.asked == asked


def _fail(*_: object) -> None:
    raise SynthesisError("stopped on purpose")


def test_what_if_and_leave_one_out_need_no_network(literature, run, tmp_path):
    """With every host down the report is made again without a paper, and the papers that bear it are listed."""
    run(*QUICK)
    literature.down = HOSTS
    first = json.loads(run("runs", "--json")[1])[0]["run"]
    code, out, _ = run("update", first, "--leave-one-out", "--json")
    assert (code, json.loads(out)) == (0, [])
    assert "No verdict hangs on any one paper." in run("update", first, "--leave-one-out")[1]
    report = json.loads((tmp_path / "home" / "runs" / first / "outputs" / "report.json").read_text())
    named = [r["paper_id"] for r in report["references"] if r["role"] == "included"][:2]
    code, out, err = run("update", first, *(word for name in named for word in ("--drop", name)))
    assert (code, err) == (0, "")
    assert "Papers: 2 left out." in out
    assert f"{first} without {', '.join(sorted(named))}" in run("runs")[1]
    assert "no report that this command made" in run("resume", "last")[2]


def test_contradicting_options_and_unknown_papers_are_errors(literature, run):
    """Both kinds of what-if at once, or a paper that is not in the report: a message, no traceback."""
    run(*QUICK)
    assert not literature.down
    code, _, err = run("update", "last", "--drop", "2401.00005", "--leave-one-out")
    assert (code, "Give one of them" in err) == (EXIT_USAGE, True)
    code, _, err = run("update", "last", "--drop", "10.1000/182")
    assert (code, "rests on no paper" in err) == (EXIT_USAGE, True)
    code, out, _ = run("update", "--help")
    assert (code, "--leave-one-out" in out) == (0, True)
