"""Jobs that are started from pages: real processes, which outlive the page and the server."""

import contextlib
import http.client
import json
import os
import signal
import sys
import time

import pytest
from web_server import serving

from synthesis.store import Home
from synthesis.web import jobs, watching
from synthesis.web.jobs import JobBook
from synthesis.web.progress import read_events

ONE = {
    "question": "Does hybrid batch training improve multilingual retrieval?",
    "sources": "demo",
    "offline": "true",
    "max_papers": 2,
    "max_claims": 1,
}
KEY = "canary-key-5f3a"
OTHER = {**ONE, "question": "Do dense retrievers need a lot of labelled data?"}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of its own, by a pinned clock, computed by one thread."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795262400")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("SYNTHESIS_OPENALEX_KEY", KEY)
    return Home(tmp_path / "home").prepare()


@pytest.fixture
def still(monkeypatch):
    """Workers that hold their job's lock and do nothing, as long as they are let."""
    script = "import os, sys, time; print(sys.argv, flush=True); time.sleep(60)"
    monkeypatch.setattr(jobs, "_WORKER", (sys.executable, "-c", script))


def outputs(home):
    """Every written format of every finished run, by the run's name."""
    return {
        run.folder.name: {f.name: f.read_bytes() for f in (run.folder / "outputs").iterdir()}
        for run in home.iter_runs()
        if run.manifest.complete
    }


def wait_for(what, seconds=60):
    """What ``what`` gives once it is true."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")


def state_of(reader, answer):
    """A job's state as JSON."""
    return json.loads(reader.get(f"{answer.headers['location']}/state").body)


def test_runs_go_on_without_the_page_and_do_not_disturb_each_other(tmp_path, home):
    """Two jobs at once write the same bytes as one alone.

    The server of the two ends meanwhile; the one alone is stopped half way and asked for again. Case 74: no key of the
    environment is in any file.
    """
    with serving(home) as server:
        reader = server.reader()
        answer = reader.post("/ask", ONE)
        wait_for(lambda: any(s["name"] == "claims" for s in state_of(reader, answer)["stages"]))
        assert reader.post(f"{answer.headers['location']}/stop", {}).status == 303
        stopped = state_of(reader, answer)
        assert (stopped["state"], stopped["run"]) == ("stopped", None)
        assert "goes on from there" in stopped["message"]
        done = reader.job(reader.post("/ask", ONE), 120)
        assert done["state"] == "done"
        assert reader.get(f"/runs/{done['run']}").status == 200
    assert len(list(home.runs.iterdir())) == 1  # the run went on
    assert not [f for f in home.root.rglob("*") if f.is_file() and KEY.encode() in f.read_bytes()]
    both = Home(tmp_path / "both").prepare()
    with serving(both) as server:
        reader = server.reader()
        places = [reader.post("/ask", form).headers["location"] for form in (ONE, OTHER)]
    book = JobBook(both)  # of a server that was started after the first had ended
    views = wait_for(
        lambda: (
            (v := [book.view(p.rpartition("/")[2]) for p in places])
            and all(x.state not in {"waiting", "running"} for x in v)
            and v
        ),
        240,
    )
    assert [view.state for view in views] == ["done", "done"]
    alone, together = outputs(home), outputs(both)
    (name,) = alone
    assert len(together) == 2
    assert together[name] == alone[name]
    assert set(alone[name]) == {"report.md", "report.html", "report.pdf", "report.docx", "report.json"}


def test_a_table_comes_back_verified_and_a_broken_one_is_explained(home):
    """A table that was uploaded can be taken back verified; what is no table fails with the user's own name for it."""
    with serving(home) as server:
        reader = server.reader()
        good = reader.post_file(
            "/verify", "../mine.csv", b"n,claim\n7,Hybrid batches help.\n", {"sources": "demo"}
        )
        bad = reader.post_file("/verify", "photo.csv", b"\x00\x01\x02" * 100, {"sources": "demo"})
        lines = reader.post(
            "/verify",
            {"text": "Cats sleep.", "sources": "demo"},
            **{"Content-Type": "application/x-www-form-urlencoded"},
        )
        broken = reader.job(bad)
        assert broken["state"] == "failed"
        assert broken["message"].startswith("Photo.csv is neither text")
        assert str(home.root) not in broken["message"]
        assert reader.job(lines)["state"] == "failed"  # two words are no claim
        done = reader.job(good, 120)
        assert (done["state"], done["title"]) == ("done", "mine.csv")
        assert f'href="/runs/{done["run"]}/download/table"' in reader.get(f"/runs/{done['run']}").text
        table = reader.get(f"/runs/{done['run']}/download/table")
        assert table.headers["content-disposition"].startswith("attachment")
        assert table.text.splitlines()[1].startswith("7,Hybrid batches help.,")
    stored = [f for f in home.state.rglob("table.*") if f.is_file()]
    assert {f.name for f in stored} == {"table.csv", "table.txt"}
    assert {oct(f.stat().st_mode & 0o777) for f in stored} == {"0o600"}
    assert {oct(f.parent.stat().st_mode & 0o777) for f in stored} == {"0o700"}


def test_what_is_wrong_with_a_form_is_said_and_starts_nothing(home):
    """A form with mistakes comes back with what was typed and what is wrong; no job is begun."""
    with serving(home) as server:
        reader = server.reader()
        asked = reader.post("/ask", {"question": " ", "risk": "2", "max_papers": "many", "from_year": "1"})
        assert asked.status == 422
        for words in ("question is empty", "between 0 and 1", "from 1 to 500", "from 1500 to 2100"):
            assert words in asked.text
        years = reader.post("/ask", {"question": "Do owls hunt?", "from_year": "2020", "to_year": "2010"})
        assert "later than the last" in years.text
        for paper in ("/etc/passwd", "../secret.pdf", "C:\\secret.pdf", "~/notes.pdf", "x/../../y"):
            assert reader.post("/ask", {"question": "Do owls hunt?", "papers": paper}).status == 422
        strange = reader.post("/ask", {"question": "Do owls hunt?", "sources": "../../etc"})
        assert "no source of that name" in strange.text
        assert reader.post("/verify", {"text": "  "}).status == 422
        assert reader.post_file("/verify", "empty.csv", b"").status == 422
        assert reader.get("/jobs/20260101000000000000-0123456789abcdef").status == 404
    assert not (home.state / "jobs").exists()


@pytest.mark.usefixtures("still")
def test_two_run_and_the_others_wait(home):
    """At most two jobs run at the same time; the oldest that waits is next; a stopped one makes room."""
    with serving(home) as server:
        reader = server.reader()
        answers = [reader.post("/ask", ONE) for _ in range(4)]
        ids = [a.headers["location"].rpartition("/")[2] for a in answers]
        assert ids == sorted(ids)
        assert [state_of(reader, a)["state"] for a in answers] == ["running", "running", "waiting", "waiting"]
        page = reader.get("/").text
        assert all(i in page for i in ids)
        assert reader.post(f"/jobs/{ids[3]}/stop", {}).status == 303  # one that waits
        os.killpg(_pid_of(home, ids[0]), signal.SIGKILL)  # as if the memory were full
        wait_for(lambda: state_of(reader, answers[2])["state"] == "running", 10)
        killed = state_of(reader, answers[0])
        assert killed["state"] == "failed"
        assert "ended without a result" in killed["message"]
        assert state_of(reader, answers[3])["state"] == "stopped"
    for job_id in ids[1:3]:
        os.killpg(_pid_of(home, job_id), signal.SIGKILL)


def _pid_of(home, job_id):
    """The process of a job, as its file of events names it."""
    events = home.state / "jobs" / job_id / "progress.jsonl"
    return wait_for(lambda: next((e.pid for e in read_events(events) if e.pid), None), 10)


@pytest.mark.usefixtures("still")
def test_a_server_finds_its_jobs_again(home):
    """What ran and what waited is there after a restart; what died meanwhile is failed, not run again."""
    with serving(home) as server:
        reader = server.reader()
        first, second, third = (reader.post("/ask", ONE) for _ in range(3))
    assert any("3 jobs" in line for line in server.told)
    job_id = first.headers["location"].rpartition("/")[2]
    os.killpg(_pid_of(home, job_id), signal.SIGKILL)
    with serving(home) as server:
        reader = server.reader()
        assert state_of(reader, first)["state"] == "failed"
        assert state_of(reader, second)["state"] == "running"
        wait_for(lambda: state_of(reader, third)["state"] == "running", 10)
        for answer in (second, third):
            os.killpg(_pid_of(home, answer.headers["location"].rpartition("/")[2]), signal.SIGKILL)
        wait_for(lambda: state_of(reader, third)["state"] == "failed", 10)


@pytest.mark.usefixtures("still")
def test_two_servers_start_a_job_once(home):
    """Two servers of one home never begin the same job twice."""
    books = [JobBook(home) for _ in range(2)]
    with serving(home) as server:
        answer = server.reader().post("/ask", ONE)
        job_id = answer.headers["location"].rpartition("/")[2]
        for book in books:
            book.tick()
            assert not book._start(job_id)
        events = (home.state / "jobs" / job_id / "progress.jsonl").read_text().splitlines()
        assert len(events) == 2  # begun, and by which process
        wait_for((home.state / "jobs" / job_id / "worker.log").read_text)
    os.killpg(_pid_of(home, job_id), signal.SIGKILL)
    wait_for(lambda: books[0].view(job_id).state == "failed", 10)
    assert (home.state / "jobs" / job_id / "worker.log").read_text().count("[") == 1


@pytest.fixture
def events_of():
    """Opens a stream of events: the response, to be read."""
    with contextlib.ExitStack() as opened:

        def open_stream(reader, place, headers=None):
            connection = http.client.HTTPConnection("127.0.0.1", reader.port, timeout=20)
            cookies = "; ".join(f"{k}={v}" for k, v in reader.cookies.items())
            sent = {"Host": reader.host, "Cookie": cookies, "Connection": "close", **(headers or {})}
            connection.request("GET", f"{place}/events", headers=sent)
            response = connection.getresponse()
            opened.callback(connection.close)
            opened.callback(response.close)
            return response

        yield open_stream


def next_view(response):
    """The next state that a stream tells."""
    while True:
        line = response.readline()
        if not line:
            return None
        if line.startswith(b"data: "):
            return json.loads(line[6:])


@pytest.mark.usefixtures("still")
def test_a_stream_tells_each_change_and_ends_with_the_job(home, events_of, monkeypatch):
    """The stream gives the whole state at once, again at each change, a sign of life between, and ends with the job."""
    monkeypatch.setattr(watching, "HEARTBEAT_SECONDS", 0.2)
    with serving(home) as server:
        reader = server.reader()
        place = reader.post("/ask", ONE).headers["location"]
        progress = home.state / place[1:] / "progress.jsonl"
        response = events_of(reader, place)
        assert response.headers["content-type"].startswith("text/event-stream")
        assert next_view(response)["stages"] == []
        with progress.open("ab") as file:
            file.write(
                b'{"at": 1e9, "stage": "search"}\n{"at": 1e9, "sta'
            )  # the second line is still being written
        view = next_view(response)
        assert [s["name"] for s in view["stages"]] == ["search"]
        assert response.readline() == b"\n"
        assert response.readline() == b": still here\n"
        assert reader.post(f"{place}/stop", {}).status == 303
        last = next_view(response)
        while last["state"] == "running":  # the line above is whole now, and no line
            last = next_view(response)
        assert last["state"] in {"stopped", "failed"}
        assert next_view(response) is None
        again = events_of(reader, place)
        assert next_view(again)["state"] == last["state"]  # the whole state, once more
        told = {"Last-Event-ID": str(progress.stat().st_size)}
        assert events_of(reader, place, told).status == 204


@pytest.mark.usefixtures("still")
def test_streams_of_one_session_are_bounded(home, events_of):
    """The fifth stream of a session is refused, so that pages still find a connection; its script asks by itself then."""
    with serving(home) as server:
        reader, other = server.reader(), server.reader()
        place = reader.post("/ask", ONE).headers["location"]
        open_streams = [events_of(reader, place) for _ in range(4)]
        assert all(next_view(s)["state"] == "running" for s in open_streams)
        assert events_of(reader, place).status == 503
        assert events_of(other, place).status == 200
        assert reader.get(f"{place}/state").status == 200
        open_streams.pop().close()  # its place is free once the server has seen that nobody reads
        open_streams.append(wait_for(lambda: (s := events_of(reader, place)).status == 200 and s, 10))
        assert next_view(open_streams[-1])["state"] == "running"
        os.killpg(_pid_of(home, place.rpartition("/")[2]), signal.SIGKILL)
        assert all(next_view(s)["state"] == "failed" for s in open_streams)
        assert events_of(reader, place).status == 200


@pytest.mark.usefixtures("still")
def test_old_jobs_are_forgotten_and_their_number_is_bounded(home, monkeypatch):
    """Jobs that ended are kept up to a number; when too many wait, one more is refused with a reason."""
    monkeypatch.setattr(jobs, "MAX_KEPT", 2)
    monkeypatch.setattr(jobs, "MAX_WAITING", 3)
    monkeypatch.setattr(jobs, "MAX_RUNNING", 0)
    with serving(home) as server:
        reader = server.reader()
        answers = [reader.post("/ask", ONE) for _ in range(3)]
        refused = reader.post("/ask", ONE)
        assert refused.status == 500
        assert "3 jobs wait already" in refused.text
        for answer in answers:
            reader.post(f"{answer.headers['location']}/stop", {})
        wait_for(lambda: reader.get(answers[0].headers["location"]).status == 404, 10)
        assert reader.get(answers[2].headers["location"]).status == 200
