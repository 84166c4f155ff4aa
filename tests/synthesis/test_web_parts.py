"""The web server's pure parts: how far a job is, what is kept, what languages and pasted lines mean."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData

from synthesis.tables import read_claims
from synthesis.web.caching import Bounded, Press
from synthesis.web.forms import read_ask, read_filter
from synthesis.web.languages import language_of, safe_way_back
from synthesis.web.pasting import lines_as_table
from synthesis.web.progress import Event, JobOrder, append_event, job_view, read_events
from synthesis.web.views import AskForm
from synthesis.wording import speaking

ORDER = JobOrder(job_id="1", kind="report", title="Do owls hunt?", ask=AskForm(question="Do owls hunt?"))
STAGES = st.sampled_from(["", "search", "papers", "libraries"])
EVENTS = st.lists(
    st.builds(Event, at=st.floats(0, 1e6), stage=STAGES, detail=st.text(max_size=5)), max_size=12
)
ENDS = st.none() | st.sampled_from(["done", "partial", "failed", "stopped"])


def test_a_job_is_told_by_its_events():
    """Stages last from their first event to the next stage; the detail is the newest; the last one is at work."""
    events = [
        Event(at=100.0),
        Event(at=100.1, pid=7),
        Event(at=101.0, stage="libraries", detail="a: 1 / 9"),
        Event(at=102.0, stage="libraries", detail="a: 9 / 9"),
        Event(at=104.0, stage="search"),
    ]
    view = job_view(ORDER, events, 110.0, alive=True)
    assert (view.state, view.seconds, view.started) == ("running", 10.0, "1970-01-01T00:01:40Z")
    assert [(s.name, s.state, s.seconds, s.detail) for s in view.stages] == [
        ("libraries", "done", 3.0, "a: 9 / 9"),
        ("search", "running", 6.0, ""),
    ]
    ended = [*events, Event(at=105.0, end="partial", message="OpenAlex failed.", run="r")]
    view = job_view(ORDER, ended, 999.0, alive=False)
    assert (view.state, view.seconds, view.run, view.message) == ("partial", 5.0, "r", "OpenAlex failed.")
    assert view.stages[-1].state == "done"


def test_without_a_process_a_job_waits_or_has_failed():
    """A job that was not begun waits; one that was begun and neither ended nor lives has failed, in words."""
    assert job_view(ORDER, [], 1.0, alive=False).state == "waiting"
    failed = job_view(ORDER, [Event(at=0.0), Event(at=0.5, stage="search")], 1.0, alive=False)
    assert failed.state == "failed"
    assert "ask for the same again" in failed.message
    assert failed.stages[-1].state == "running"  # what was not finished
    with speaking("de"):
        assert job_view(ORDER, [Event(at=0.0), Event(at=1.0, end="stopped")], 2.0, alive=False).message


@given(events=EVENTS, end=ENDS, now=st.floats(0, 2e6), alive=st.booleans())
def test_any_events_make_a_view(events, end, now, alive):
    """Whatever lines there are, clocks that run backwards included, times are not negative and stages alternate."""
    more = [*events, Event(at=now, end=end)] if end else events
    view = job_view(ORDER, more, now, alive=alive)
    assert view.seconds >= 0
    assert all(s.seconds >= 0 for s in view.stages)
    assert all(a.name != b.name for a, b in zip(view.stages, view.stages[1:], strict=False))
    assert all(s.state == "done" for s in view.stages[:-1])
    assert view.state == (end or ("waiting" if not events else "running" if alive else "failed"))


def test_lines_that_are_not_whole_are_passed_over(tmp_path):
    """A torn line, noise, or a line of another version does not hide the others; a long message is cut."""
    path = tmp_path / "progress.jsonl"
    assert read_events(path) == ()
    append_event(path, Event(at=1.0, stage="search"))
    with path.open("ab") as file:
        file.write(b'{"at": 2, "sta\n\xff\xfe\n[]\n{"at": 3, "new": 1}\n')
    append_event(path, Event(at=4.0, message="x" * 9999))
    with path.open("ab") as file:
        file.write(b'{"at": 5.0}')
    first, second = read_events(path)
    assert (first.stage, second.at, len(second.message)) == ("search", 4.0, 2000)
    assert path.stat().st_mode & 0o777 == 0o600


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), max_size=40))
def test_what_is_kept_is_bounded(puts):
    """The weight never passes the bound, the newest that fits is there, and what is too heavy is not kept."""
    kept = Bounded(50)
    weights = {}
    for key, weight in puts:
        kept.put(key, (key, weight), weight)
        weights[key] = weight
        present = [k for k in weights if kept.get(k) is not None]
        assert sum(weights[k] for k in present) <= 50
        assert kept.get(key) == (key, weight)
    kept.put("heavy", "x", 51)
    assert kept.get("heavy") is None


def test_what_many_ask_for_is_made_once():
    """A hundred readers of a page that is not there yet have it made once; a failure is told to each and not kept."""
    made = []

    def make():
        made.append(1)
        return b"page"

    def fail():
        raise KeyError("no")

    async def ask():
        press = Press(100)
        pages = await asyncio.gather(*(press.made("a", make) for _ in range(100)))
        assert {p.body for p in pages} == {b"page"}
        await press.made("a", make)
        failed = await asyncio.gather(*(press.made("b", fail) for _ in range(3)), return_exceptions=True)
        assert [type(f) for f in failed] == [KeyError] * 3
        assert (await press.made("b", make)).body == b"page"

    asyncio.run(ask())
    assert len(made) == 2


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de-CH, de;q=0.9, en;q=0.8", "de"),
        ("en;q=0.5, zh-Hans;q=0.7", "zh"),
        ("sw, *;q=0.1", "en"),
        ("de;q=0, fr;q=0.1", "fr"),
        ("DE", "de"),
        ("de;q=x, ;;, \x00, hi", "hi"),
        ("a" * 100_000, "en"),
    ],
)
def test_the_browsers_language_is_understood(accepted, language):
    """The best known language of Accept-Language is spoken; noise in it is passed over."""
    assert language_of({}, accepted) == language


@given(st.text())
def test_the_way_back_stays_here(address):
    """Whatever the form names, the way back is a path of this server in one line of ASCII."""
    back = safe_way_back(address)
    assert back.startswith("/")
    assert not back.startswith(("//", "/\\"))
    assert back.isascii()
    assert back.isprintable()


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ('Owls hunt at night.\r\n\r\n  Owls eat mice, and "voles". \n', ["Owls hunt at night.", 'Owls eat mice, and "voles".']),
        ("猫头鹰在夜间捕猎。", ["猫头鹰在夜间捕猎。"]),
        ("claim\nOwls hunt at night.", None),
        ("n,claim\n1,Owls hunt at night", None),
        ("a\tb\nOwls hunt\tat night", None),
        ("| claim |\n| Owls hunt at night |", None),
        ('{"claim": "Owls hunt at night"}', None),
        ("  \n ", None),
    ],
)  # fmt: skip
def test_lines_are_claims_where_they_are_sentences(tmp_path, text, claims):
    """Sentences one a line are claims; what looks like a table is left to the reader of tables."""
    made = lines_as_table(text.encode())
    assert (made is None) == (claims is None)
    if made is not None:
        path = tmp_path / "lines.jsonl"
        path.write_bytes(made)
        assert [row.text for row in read_claims(path).rows] == claims


def test_bytes_that_are_no_text_are_no_claims():
    """What is not UTF-8 is no list of claims."""
    assert lines_as_table(b"\xff\xfe\x00 owls hunt at night") is None


NAMES = (
    "question",
    "papers",
    "sources",
    "offline",
    "max_papers",
    "max_claims",
    "risk",
    "from_year",
    "to_year",
    "language",
)


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.text(max_size=20)), max_size=12))
def test_any_form_is_read(fields):
    """Whatever is typed, the form that comes back can be used, or what is wrong with it is said at a field."""
    form, problems = read_ask(FormData(fields), ("demo", "arxiv"))
    assert set(form.sources) <= {"demo", "arxiv"}
    assert all(problem.partition(": ")[0] in NAMES for problem in problems)
    assert form.question or problems


@given(st.dictionaries(st.sampled_from(["text", "label", "least", "language", "sort"]), st.text(max_size=20)))
def test_any_query_is_a_filter(query):
    """Whatever stands in the query, there is a filter within its bounds."""
    found = read_filter(query)
    assert 0 <= found.least <= 1
    assert len(found.text) <= 200


def test_titles_may_hold_slashes():
    """A title with a slash in it is a title, not a file."""
    data = FormData(
        [("question", "Do owls hunt?"), ("papers", "CNN/DailyMail revisited\n10.1000/182\n2408.10536v2")]
    )
    assert read_ask(data, ()).problems == ()
