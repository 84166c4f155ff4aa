"""The library of reports over the web: listing, filtering, downloads, and what is not sent twice."""

import json

import pytest
from web_server import make_runs, serving

from synthesis.rendering import EXTRAS, FORMATS, render
from synthesis.stage_results import Reported
from synthesis.store import Home, Run
from synthesis.web.runs import MEDIA_TYPES, Shelf


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with three runs."""
    home = Home(tmp_path_factory.mktemp("home")).prepare()
    make_runs(home, 3)
    return home


@pytest.fixture(scope="module")
def reader(home):
    """A browser with a session."""
    with serving(home) as server:
        yield server.reader()


def report_of(home, name):
    """The record of a run."""
    return Run.open(home.runs / name).load("report", Reported).report


def test_the_library_lists_finished_runs_newest_first(home, reader):
    """Every finished run stands in the library, newest first; an unfinished or damaged one does not."""
    names = sorted((f.name for f in home.runs.iterdir()), reverse=True)
    page = reader.get("/").text
    places = [page.index(f'href="/runs/{name}"') for name in names]
    assert places == sorted(places)
    assert [s.row.name for s in Shelf(home).all()] == names


def test_the_library_is_searched(reader):
    """The query keeps the runs whose title or question holds all its words."""
    title = "img src"
    assert reader.get("/?q=IMG+SRC").text.count('<h3><a href="/runs/') == 1, title
    assert reader.get("/?q=no+such+words").text.count('<h3><a href="/runs/') == 0


def test_rows_follow_the_runs_on_disk(tmp_path):
    """A run that is added, changed, damaged or removed is seen at the next look; rows tell what the report counts."""
    now = [0.0]
    home = Home(tmp_path).prepare()
    shelf = Shelf(home, lambda: now[0])
    assert shelf.all() == ()
    (name,) = make_runs(home, 1)
    assert shelf.all() == ()  # the last look holds for half a second
    assert shelf.find(name) is not None  # unless somebody asks by name
    (shelved,) = shelf.all()
    report = report_of(home, name)
    assert shelved.row.n_claims == len(report.claims) == sum(shelved.row.labels.values())
    assert shelved.row.n_papers == len(report.references)
    assert shelved.row.formats == ("md",)
    version = shelf.version
    now[0] += 1
    assert shelf.version == version
    manifest = home.runs / name / "run.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"complete": true', b'"complete": false'))
    now[0] += 1
    assert shelf.all() == ()
    assert shelf.version != version


def test_damaged_runs_do_not_hide_the_others(tmp_path):
    """A run whose manifest or report is damaged is left out; the others are listed."""
    home = Home(tmp_path).prepare()
    good, manifest, report = make_runs(home, 3)
    (home.runs / manifest / "run.json").write_bytes(b"{")
    path = home.runs / report / "report.report.jsonl"
    path.write_bytes(path.read_bytes()[:-10])
    (home.runs / "no run").mkdir()
    (home.runs / "a file").write_bytes(b"")
    assert [s.row.name for s in Shelf(home).all()] == [good]


@pytest.mark.parametrize("fmt", [*FORMATS, *EXTRAS])
def test_every_format_is_downloaded(home, reader, fmt):
    """A format comes as it was written with the run, else as it is rendered from the record, with its own type."""
    name = max(f.name for f in home.runs.iterdir())
    answer = reader.get(f"/runs/{name}/download/{fmt}")
    assert answer.status == 200
    assert answer.body == render(report_of(home, name), fmt)
    assert answer.headers["content-type"] == MEDIA_TYPES[fmt]
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{name}.{fmt}"')


def test_a_changed_output_is_not_sent(tmp_path):
    """An output whose bytes are not those that were written is made again from the record."""
    home = Home(tmp_path).prepare()
    (name,) = make_runs(home, 1)
    written = home.runs / name / "outputs" / "report.md"
    whole = written.read_bytes()
    written.write_bytes(whole + b"tampered")
    with serving(home) as server:
        assert server.reader().get(f"/runs/{name}/download/md").body == whole


def test_unknown_formats_and_claims_are_not_found(home, reader):
    """What a report does not have gives 404 with the way out."""
    name = max(f.name for f in home.runs.iterdir())
    for place in ("download/exe", "download/table", "claims/99", "claims/0", "nothing"):
        answer = reader.get(f"/runs/{name}/{place}")
        assert answer.status == 404
        assert "There is no such page" in answer.text


def test_claims_are_filtered_by_the_query(home, reader):
    """The filter of the claims table is read from the query; what is not understood does not filter, nor fail."""
    name = max(f.name for f in home.runs.iterdir())
    plain = reader.get(f"/runs/{name}").text
    for query in ("label=SUPPORTED", "least=0.9", "text=no+such+words", "language=de", "sort=confidence"):
        page = reader.get(f"/runs/{name}?{query}")
        assert page.status == 200
        assert page.text != plain
    for query in (
        "label=x&least=nan&sort=%00",
        "least=1e999",
        "least=-1",
        "a=b&a=c",
        "text=" + "%F0%9F%98%80" * 300,
    ):
        assert reader.get(f"/runs/{name}?{query}").status == 200


def test_what_a_browser_has_is_not_sent_again(home, reader):
    """Pages, files and downloads bear a tag, and are answered by 304 and no body where the browser still has them."""
    name = max(f.name for f in home.runs.iterdir())
    for path in (
        "/",
        f"/runs/{name}",
        f"/runs/{name}/claims/1",
        f"/runs/{name}/download/pdf",
        "/static/app.css",
    ):
        first = reader.get(path)
        assert first.headers["cache-control"] == "private, no-cache"
        again = reader.get(path, If_None_Match=f'"other", W/{first.headers["etag"]}')
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert reader.get(path, If_None_Match='"other"').status == 200
        head = reader.send("HEAD", path)
        assert (head.status, head.body) == (200, b"")
        assert head.headers["content-length"] == str(len(first.body))


def test_the_language_is_chosen_and_kept(reader):
    """The browser's language is spoken until another is chosen; the way back is a page of this server only."""
    assert '<html lang="de"' in reader.get("/", Accept_Language="de-CH, en;q=0.5").text
    answer = reader.post("/language", {"language": "ar", "next": "/ask"})
    assert (answer.status, answer.headers["location"]) == (303, "/ask")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert '<html lang="ar" dir="rtl"' in reader.get("/", Accept_Language="de").text
    for elsewhere in (
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "ask",
        "/a\r\nSet-Cookie: x=y",
    ):
        assert reader.post("/language", {"language": "en", "next": elsewhere}).headers["location"] == "/"
    assert reader.post("/language", {"language": "xx", "next": "/"}).status == 400


def test_damage_that_shows_late_is_explained(tmp_path):
    """A report that became unreadable after it was listed gives a page that says so, not a fault."""
    home = Home(tmp_path).prepare()
    (name,) = make_runs(home, 1)
    with serving(home) as server:
        reader = server.reader()
        assert name in reader.get("/").text
        path = home.runs / name / "report.report.jsonl"
        record = json.loads(path.read_bytes())
        path.write_text(json.dumps(record | {"title": "tampered"}))
        answer = reader.get(f"/runs/{name}")
        assert answer.status == 500
        assert "synthesis doctor" in answer.text
        assert "tampered" not in answer.text


def test_runs_are_compared(home, reader):
    """Without two runs chosen the page offers them; with names of no run it does the same."""
    names = sorted(f.name for f in home.runs.iterdir())
    for query in ("", f"?before={names[0]}", "?before=x&after=..%2fy"):
        page = reader.get(f"/compare{query}")
        assert page.status == 200
        assert all(name in page.text for name in names)


def test_the_calibration_is_that_of_the_embedded_judge(reader):
    """The page on calibration shows what came with this version."""
    page = reader.get("/calibration")
    assert page.status == 200
    assert "ECE" in page.text
