"""Local libraries: added once, kept in step, never half written."""

import gzip
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from synthesis.errors import InputFileError, StoreError
from synthesis.sources import local
from synthesis.sources.local import LocalLibrary, ensure_library

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "library"
TOPICS = ("retrieval", "parsing", "summarization", "translation", "calibration")


def record(number, **changes):
    """A paper's metadata."""
    topic = TOPICS[number % len(TOPICS)]
    return {
        "id": f"2401.{number:05}",
        "title": f"Paper {number} about {topic}",
        "abstract": f"We study {topic} with method number {number}.",
        "year": 2024,
    } | changes


def write(path, records):
    """Write records as JSON Lines, with a time of change of its own."""
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return path


@pytest.fixture
def papers(tmp_path):
    """A file of twenty papers."""
    return write(tmp_path / "papers.jsonl", [record(i) for i in range(20)])


@pytest.fixture
def library(tmp_path, papers):
    """A library of these papers."""
    with LocalLibrary.create(tmp_path / "lib", "mine") as made:
        made.add_path(papers)
        yield made


def ids(library, query="method study", limit=50):
    """Identifiers found, in order."""
    return [paper.paper_id for paper in library.search(query, limit).papers]


def changes(report):
    """What a report counts."""
    return (report.added, report.updated, report.unchanged, report.removed)


def test_search_finds_what_was_added(library):
    """The best match comes first, papers come back whole, a word that no paper has finds none."""
    found = library.search("method 7 summarization", 3).papers
    assert found[0].paper_id == "arxiv:2401.00007"
    assert found[0].source == "mine"
    assert found[0].sections[0].text == "We study summarization with method number 7."
    assert len(found) == 3
    assert library.search("xylophone", 3).papers == ()
    assert library.search("generation", 5).papers == ()  # the index' own mark is never found
    assert library.search("retrieval", 0).papers == ()


@pytest.mark.parametrize(
    "identifier",
    [
        "arxiv:2401.00003",
        "2401.00003v2",
        "https://arxiv.org/abs/2401.00003",
        "PAPER 3 about: Translation",
        "10.1/x",
    ],
)
def test_lookup_by_any_name(library, tmp_path, identifier):
    """A paper answers to its paper_id, arXiv id, DOI and title; an unknown name to none."""
    library.add_path(write(tmp_path / "more.jsonl", [record(30, id="x", doi="10.1234/ABC")]))
    paper = library.lookup(identifier)
    assert (paper is None) == (identifier == "10.1/x")
    if paper:
        assert paper.title == "Paper 3 about translation"
    assert library.lookup("https://doi.org/10.1234/abc").title == "Paper 30 about retrieval"


def test_a_second_addition_does_nothing(library, papers, monkeypatch):
    """An unchanged file is not even opened."""
    monkeypatch.setattr("synthesis.sources.local_addition.read_file", None)
    report = library.add_path(papers)
    assert report.files_unchanged == 1
    assert changes(report) == (0, 0, 0, 0)


def test_a_touched_file_is_hashed_and_not_read(library, papers, monkeypatch):
    """The same content under another time of change is recognised."""
    monkeypatch.setattr("synthesis.sources.local_addition.read_file", None)
    os.utime(papers, ns=(1, 1))
    assert changes(library.add_path(papers)) == (0, 0, 0, 0)
    monkeypatch.setattr("synthesis.sources.local_addition._state_of", None)
    assert library.add_path(papers).files_unchanged == 1


def test_only_changed_records_are_written(library, papers, monkeypatch):
    """Of a changed file new records are added, changed ones replaced, gone ones removed, the rest left."""
    monkeypatch.setattr(local, "build_index", None)  # the index is brought up to date, not made anew
    write(papers, [record(0, title="Renamed xylophone"), *(record(i) for i in range(1, 19)), record(25)])
    assert changes(library.add_path(papers)) == (1, 1, 18, 1)
    assert ids(library, "xylophone") == ["arxiv:2401.00000"]
    assert library.lookup("2401.00019") is None
    assert "arxiv:2401.00019" not in ids(library)
    assert "arxiv:2401.00025" in ids(library)
    assert len(library) == 20
    library.verify()


def test_a_reopened_library_answers_the_same(library):
    """What was found before closing is found after opening, scores included in the order."""
    with LocalLibrary.open(library.folder) as again:
        assert again.search("calibration study", 20) == library.search("calibration study", 20)
        assert again.name == "mine"


def test_the_way_of_adding_does_not_show(tmp_path):
    """A folder added at once and file by file gives the same answers."""
    folder = tmp_path / "papers"
    folder.mkdir()
    for i in range(4):
        write(folder / f"{i}.jsonl", [record(n) for n in range(i * 10, i * 10 + 10)])
    at_once = LocalLibrary.create(tmp_path / "a", "mine")
    at_once.add_path(folder)
    by_file = LocalLibrary.create(tmp_path / "b", "mine")
    for i in (2, 0, 3, 1):
        by_file.add_path(folder / f"{i}.jsonl")
    for query in ("parsing", "study method 12", "translation retrieval"):
        assert by_file.search(query, 40) == at_once.search(query, 40)
    at_once.close()
    by_file.close()


def test_a_folder_follows_its_files(tmp_path, library):
    """Papers of a file that is gone from an added folder are removed; other files stay."""
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder / "a.jsonl", [record(i) for i in range(40, 45)])
    write(folder / "b.jsonl", [record(i) for i in range(50, 55)])
    assert changes(library.add_path(folder)) == (10, 0, 0, 0)
    (folder / "a.jsonl").unlink()
    assert changes(library.add_path(folder)) == (0, 0, 0, 5)
    assert len(library) == 25
    library.verify()


def test_a_file_that_becomes_unreadable_keeps_its_papers(tmp_path, library):
    """A damaged file of a folder is rejected once, and read again when it changes."""
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder / "a.jsonl", [record(i) for i in range(40, 45)])
    write(folder / "b.jsonl", [record(50)])
    library.add_path(folder)
    (folder / "a.jsonl").write_text("nonsense\n")
    report = library.add_path(folder)
    assert changes(report) == (0, 0, 0, 0)
    assert report.rejected_counts == {"no usable record": 1, "not JSON": 1}
    assert len(library) == 26
    assert library.add_path(folder).files_unchanged == 2
    assert library.stats().rejected_counts == {"no usable record": 1, "not JSON": 1}


def test_a_file_that_breaks_off_changes_nothing(tmp_path, library):
    """What a damaged file of a folder gave before its damage is not kept."""
    folder = tmp_path / "folder"
    folder.mkdir()
    lines = "".join(json.dumps(record(i)) + "\n" for i in range(100, 3000)).encode()
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(lines)[:-2000])
    write(folder / "b.jsonl", [record(50)])
    report = library.add_path(folder)
    assert changes(report) == (1, 0, 0, 0)
    assert report.rejected_counts == {"damaged": 1}
    assert len(library) == 21
    library.verify()


def test_a_bad_file_leaves_the_library_as_it_was(library, tmp_path):
    """An addition that fails while reading changes nothing."""
    before = library.stats()
    broken = write(tmp_path / "broken.jsonl", [])
    with pytest.raises(InputFileError, match="empty"):
        library.add_path(broken)
    assert library.stats() == before
    library.verify()


def test_rejections_are_counted(library, tmp_path):
    """Bad lines and repeated papers are reported with their places."""
    path = tmp_path / "some.jsonl"
    path.write_text(
        json.dumps(record(60)) + "\nnonsense\n" + json.dumps(record(60, title="paper 60, about RETRIEVAL"))
    )
    report = library.add_path(path)
    assert report.rejected_counts == {"not JSON": 1, "same paper twice in the file": 1}
    assert [r.item for r in report.rejected] == ["some.jsonl:2", "some.jsonl: arxiv:2401.00060"]


def test_another_works_identifier_loses_no_paper(library, tmp_path):
    """Two works under one DOI, a slip in the data, are both kept."""
    slip = [
        {"id": "W18-6481", "title": "The first work", "doi": "10.18653/v1/w18-6481"},
        {"id": "W18-6482", "title": "The second work", "doi": "10.18653/v1/w18-6481"},
    ]
    library.add_path(write(tmp_path / "slip.jsonl", slip))
    assert library.lookup("10.18653/v1/w18-6481").title == "The first work"
    assert library.lookup("W18-6482").title == "The second work"


def test_records_of_one_work_are_one_paper(library, tmp_path):
    """A work from two files is found once: the fuller text, with the other's facts filled in."""
    fuller = record(
        3,
        abstract="We study translation with method number 3, at much greater length than before.",
        year=None,
    )
    library.add_path(write(tmp_path / "fuller.jsonl", [fuller | {"authors": ["Ada Lovelace"]}]))
    paper = library.lookup("2401.00003")
    assert (paper.year, paper.authors) == (2024, ("Ada Lovelace",))
    assert "greater length" in paper.sections[0].text
    assert ids(library).count("arxiv:2401.00003") == 1
    assert (library.stats().papers, library.stats().records) == (20, 21)
    assert len(ids(library, limit=20)) == 20


def test_progress_is_reported_while_reading_and_indexing(tmp_path):
    """First papers read of an unknown number, then papers indexed of all."""
    seen = []
    library = LocalLibrary.create(tmp_path / "lib", "mine")
    library.add_path(
        write(tmp_path / "p.jsonl", [record(i) for i in range(1200)]), lambda *step: seen.append(step)
    )
    assert seen == [(500, None), (1000, None), (500, 1200), (1000, 1200), (1200, 1200)]
    library.close()


@pytest.mark.parametrize(
    "script",
    ["मशीन अनुवाद", "машинный перевод", "μηχανική μετάφραση", "الترجمة الآلية", "การแปลภาษา", "機械翻訳"],
)
def test_every_script_is_found(tmp_path, library, script):
    """A title in any script is found by its own words."""
    library.add_path(write(tmp_path / "s.jsonl", [record(70, title=script)]))
    assert ids(library, script)[0] == "arxiv:2401.00070"
    assert library.lookup(script).title == script


# ---------------------------------------------------------------------- damage, kills, full disks

CHILD = """
import os, sys
from pathlib import Path
from synthesis.sources import local, local_store
from synthesis.sources.local import LocalLibrary
{patch}
LocalLibrary.open(Path(sys.argv[1])).add_path(Path(sys.argv[2]))
"""
KILL_AT_COMMIT = """
run = local_store.PaperStore._run
local_store.PaperStore._run = lambda self, sql, *v: os._exit(7) if sql == "COMMIT" else run(self, sql, *v)
"""
KILL_BEFORE_INDEX = "local.update_index = lambda *a: os._exit(7)"
LIMIT = "import resource; limit = lambda n: resource.setrlimit(resource.RLIMIT_FSIZE, (n, n))"
FULL_AT_INDEX = (
    LIMIT + "; update = local.update_index; local.update_index = lambda *a: (limit(3000), update(*a))"
)
FULL_AT_COMMIT = f"""
{LIMIT}
run = local_store.PaperStore._run
def limited(self, sql, *values):
    if sql == "COMMIT":
        limit(1)
    return run(self, sql, *values)
local_store.PaperStore._run = limited
"""
FAILED_INDEX = """
def failed(*_):
    raise OSError(28, "No space left on device")
local.update_index = failed
"""


def in_child(patch, *arguments):
    """Run an addition in a process of its own."""
    command = [sys.executable, "-c", CHILD.format(patch=patch), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("patch", [KILL_AT_COMMIT, KILL_BEFORE_INDEX], ids=["at commit", "before index"])
def test_a_kill_leaves_the_state_before(library, tmp_path, patch):
    """Killed between its two commits, an addition never was; the library is whole, and takes it again."""
    before = ids(library)
    more = write(tmp_path / "more.jsonl", [record(i) for i in range(20, 40)])
    assert in_child(patch, library.folder, more).returncode == 7
    with LocalLibrary.open(library.folder) as again:
        assert ids(again) == before
        assert len(again._index) == 20 + 1  # and the mark
        again.verify()
        assert changes(again.add_path(more)) == (20, 0, 0, 0)
        assert len(ids(again)) == 40


@pytest.mark.parametrize(
    "patch",
    [
        *(f"{LIMIT}; limit({n})" for n in (20_000, 200_000, 400_000)),
        FULL_AT_INDEX,
        FULL_AT_COMMIT,
        FAILED_INDEX,
    ],
    ids=["20 kB", "200 kB", "400 kB", "at index", "at commit", "error of index"],
)
def test_a_full_disk_leaves_the_state_before(library, tmp_path, patch):
    """Wherever the writing stops, the message is one paragraph and the earlier papers are there."""
    more = write(tmp_path / "more.jsonl", [record(i, abstract=f"word{i} " * 200) for i in range(20, 600)])
    done = in_child(patch, library.folder, more)
    assert done.returncode == 1
    assert "StoreError" in done.stderr.splitlines()[-1]
    with LocalLibrary.open(library.folder) as again:
        assert len(again) == 20
        again.verify()
        assert changes(again.add_path(more)) == (580, 0, 0, 0)


def test_an_index_that_is_gone_or_damaged_is_built_anew(library):
    """The papers are the truth; the index follows them."""
    before = ids(library)
    for damage in (lambda f: f.write_bytes(b"x"), Path.unlink):
        for file in (library.folder / "index").rglob("*.json"):
            damage(file)
        with LocalLibrary.open(library.folder) as again:
            assert ids(again) == before
            again.verify()


def test_a_damaged_database_is_named(library):
    """Noise in place of the papers is an error with the way out, not a traceback."""
    library.close()
    database = library.folder / "library.sqlite"
    data = bytearray(database.read_bytes())
    data[100:4000] = b"\xaa" * 3900
    database.write_bytes(data)
    with pytest.raises(StoreError, match=r"damaged.*add the library again"):
        LocalLibrary.open(library.folder)


def test_verify_finds_a_changed_record(library):
    """A record that is not what was stored is found by its hash."""
    with sqlite3.connect(library.folder / "library.sqlite") as connection:
        connection.execute("UPDATE papers SET record = replace(record, 'method', 'meth0d') WHERE row = 5")
    connection.close()
    with pytest.raises(StoreError, match="does not match its hash"):
        library.verify()


def test_a_newer_schema_is_refused(library):
    """A library of a later version is left alone."""
    with sqlite3.connect(library.folder / "library.sqlite") as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    connection.close()
    with pytest.raises(StoreError, match="newer version"):
        LocalLibrary.open(library.folder)


def test_there_must_be_a_library_to_open_and_none_to_create(library, tmp_path):
    """Neither is done by accident."""
    with pytest.raises(StoreError, match="no library"):
        LocalLibrary.open(tmp_path / "none")
    with pytest.raises(StoreError, match="already"):
        LocalLibrary.create(library.folder, "other")


def test_a_locked_library_says_who_waits(library, tmp_path, monkeypatch):
    """A writer that does not finish is reported, not waited for for ever."""
    monkeypatch.setattr(local, "_LOCK_SECONDS", 0.05)
    more = write(tmp_path / "more.jsonl", [record(99)])
    with local._write_lock(library.folder), pytest.raises(StoreError, match="another process"):
        library.add_path(more)


# ---------------------------------------------------------------------- ensure_library


def test_a_path_has_its_library(tmp_path, papers):
    """The library of a path is made once and brought up to date after that."""
    with ensure_library(tmp_path / "home", papers) as first:
        assert first.name == "papers"
        assert len(first) == 20
    write(papers, [record(i) for i in range(21)])
    with ensure_library(tmp_path / "home", papers) as second:
        assert second.folder == first.folder
        assert len(second) == 21
    assert len(list((tmp_path / "home" / "libraries").iterdir())) == 1


def test_a_path_that_cannot_be_read_leaves_nothing(tmp_path):
    """A typing error makes no empty library."""
    with pytest.raises(InputFileError):
        ensure_library(tmp_path / "home", tmp_path / "none.jsonl")
    assert not list((tmp_path / "home" / "libraries").iterdir())


def test_two_processes_may_ask_for_one_library(tmp_path, papers):
    """Both get it, and it is made once."""
    code = (
        "import sys; from pathlib import Path; from synthesis.sources.local import ensure_library; "
        "lib = ensure_library(Path(sys.argv[1]), Path(sys.argv[2])); print(len(lib), len(lib.search('study', 50).papers))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "home"), str(papers)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert {process.communicate(timeout=60)[0] for process in running} == {"20 20\n"}


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data/library beside the checkout")
def test_the_key_papers(tmp_path):
    """The five papers that the seeds cite are found by id and subject."""
    with ensure_library(tmp_path, DATA / "key_papers.jsonl") as library:
        assert len(library) == 5
        assert library.lookup("2408.10536").title.startswith("Synergistic Approach")
        assert ids(library, "code-switched training data for retrieval")[0] == "arxiv:2305.05295"
