"""The audit of runs: every altered file is found, and what can be told without a run, or with another version."""

from __future__ import annotations

import json
import shutil

import pytest
from audit_runs import (
    alnum_places,
    altered,
    edit_artefact,
    make_audited,
    make_run,
    put,
    quote_paths,
    relock,
    wrong,
)

from synthesis.auditing.audit import audit_file, audit_outputs, audit_run
from synthesis.auditing.finding_run import run_of
from synthesis.auditing.given import read_given
from synthesis.auditing.places import leaves
from synthesis.rendering import FORMATS
from synthesis.store import Home, Run


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """A run in all formats and its audit, made once."""
    return make_audited(tmp_path_factory.mktemp("home"))


@pytest.fixture
def copied(audited, tmp_path):
    """A copy of the run that may be damaged."""
    folder = tmp_path / "home" / "runs" / audited.run.folder.name
    shutil.copytree(audited.run.folder, folder)
    return Run.open(folder)


def test_any_damaged_file_of_a_run_is_named(audited, copied):
    """Each file with another byte, and a missing one, is named; the run no longer holds."""
    names = [a.name for stage in copied.manifest.stages.values() for a in stage if a.size]
    for name in names[::6]:
        path = copied.folder / name
        whole = path.read_bytes()
        path.write_bytes(whole + b"\n")
        result = audit_run(copied, audited.home, audited.tools).result
        assert [f for f in result.findings if f.place == name and f.weight == "wrong"], name
        path.write_bytes(whole)
    (copied.folder / "outputs" / "report.md").unlink()
    found = audit_outputs(audit_run(copied, audited.home, audited.tools))
    assert found.exit_code == 1
    assert found.findings[0].place == "outputs/report.md"


def _first_quote(rows):
    path, text = next((p, t) for p, t in leaves(rows) if "quote" in p and p[-1] == "text")
    put(rows, path, altered(text, alnum_places(text)[5]))


def _relocked_quote(rows):
    _first_quote(rows)
    relock(rows)


def _step(*path):
    def edit(rows):
        value = rows
        for step in path:
            value = value[step]
        put(rows, path, altered(value, 2) if isinstance(value, str) else value + 1)

    return edit


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("evidence.evidence.jsonl", _first_quote),
        ("evidence.evidence.jsonl", _relocked_quote),
        ("claims.claims.jsonl", _relocked_quote),
        ("answer.answer.jsonl", _relocked_quote),
        ("review.draft.jsonl", _relocked_quote),
        ("report.report.jsonl", _relocked_quote),
        ("verdicts.verdicts.jsonl", _step(0, "n_papers")),
        ("papers.flow.jsonl", _step(0, "screened")),
        ("full_texts.flow.jsonl", _step(0, "included")),
        ("search.log.jsonl", _step(0, "retrieved")),
        ("full_texts.papers.jsonl", _step(0, "paper", "title")),
        ("full_texts.papers.jsonl", _step(0, "paper", "sections", 0, "text")),
        ("report.report.jsonl", _step(0, "references", 1, "year")),
        ("review.review.jsonl", _step(0, "reviewers", 0, "scores", 0, "score")),
    ],
)
def test_an_altered_file_of_a_run_is_found_though_its_hash_was_made_to_fit(audited, copied, name, edit):
    """A quote, a count or a reference altered in one file of the run disagrees with the others, and is named."""
    changed = edit_artefact(copied, name, edit, rehash=True)
    assert changed.damaged() == []
    result = audit_run(changed, audited.home, audited.tools).result
    wrong = [f for f in result.findings if f.weight == "wrong"]
    assert wrong
    shown = " ".join(f"{f.place} {' '.join(f.also)}" for f in wrong)
    elsewhere = () if name.startswith("full_texts.papers") else ("the run's record", "review.draft.jsonl")
    assert any(place in shown for place in (name, *elsewhere))


# --------------------------------------------------------------------------- without the run


@pytest.mark.parametrize("fmt", FORMATS)
def test_without_its_run_a_file_is_checked_in_part(audited, tmp_path, fmt):
    """A whole file whose run is not here gives exit code 3, and says so."""
    path = tmp_path / f"report.{fmt}"
    shutil.copyfile(audited.outputs / path.name, path)
    found = audit_file(read_given(path), None)
    assert (found.exit_code, wrong(found)) == (3, [])
    assert "not here" in found.findings[0].place
    assert found.checked.counts > 0


def test_without_its_run_locks_and_counts_of_a_json_file_still_tell(audited, tmp_path):
    """An altered quote breaks its lock, an altered count its list, an altered sentence the counts in it."""
    whole = json.loads((audited.outputs / "report.json").read_bytes())
    n = len(audited.report.claims)
    sentence = next(
        i for i, s in enumerate(whole["abstract"]) if s["quote"] is None and f"{n} claim" in s["text"]
    )
    edits = {
        "quote": next(p for p, _ in quote_paths(whole) if p[0] == "claims" and p[-1] == "text"),
        "cited": next(p for p, _ in leaves(whole) if p[0] == "claims" and p[-1] == "reference"),
        "flow": ("methodology", "flow", "screened"),
        "reference": ("references", 1, "number"),
        "abstract": ("abstract", sentence, "text"),
    }
    for name, path in edits.items():
        tree = json.loads(json.dumps(whole))
        value = tree
        for step in path:
            value = value[step]
        new = value + 1 if isinstance(value, int) else altered(value, next(i for i in alnum_places(value)))
        put(tree, path, new)
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(tree), encoding="utf-8")
        assert audit_file(read_given(file), None).exit_code == 1, name


def test_a_run_is_found_by_the_id_in_the_file_and_by_the_folder(audited, tmp_path):
    """Each format names its run; one that lies in the run's folder needs no name; another home has no such run."""
    elsewhere = Home(tmp_path / "elsewhere").prepare()
    for fmt in FORMATS:
        copy = tmp_path / f"copy.{fmt}"
        shutil.copyfile(audited.outputs / f"report.{fmt}", copy)
        assert run_of(read_given(copy), audited.home).folder == audited.run.folder
        assert run_of(read_given(copy), elsewhere) is None
        inside = read_given(audited.outputs / f"report.{fmt}")
        assert run_of(inside, elsewhere).folder.name == audited.run.folder.name


def test_a_run_of_other_models_is_checked_as_it_is(audited, copied):
    """Where the run's judge is not here, its files are not computed again: what is left holds, exit code 3."""
    path = copied.folder / "run.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(manifest | {"judge": "another-1"}), encoding="utf-8")
    found = audit_outputs(audit_run(Run.open(copied.folder), audited.home, audited.tools))
    assert found.exit_code == 3
    assert "another-1" in found.findings[0].place


def test_a_run_of_another_version_is_compared_with_the_files_that_it_kept(audited, copied, tmp_path):
    """Its words may be others than today's, so they are not rendered anew: a whole copy holds, an altered one does not."""
    path = copied.folder / "run.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(manifest | {"version": "0.0.1"}), encoding="utf-8")
    known = audit_run(Run.open(copied.folder), audited.home, audited.tools)
    page = (audited.outputs / "report.md").read_text(encoding="utf-8")
    file = tmp_path / "x.md"
    for text, code in ((page, 3), (page.replace("language bias", "languoge bias", 1), 1)):
        file.write_text(text, encoding="utf-8")
        assert audit_file(read_given(file), known).exit_code == code


def test_an_unreadable_format_of_a_run_is_a_finding(audited, copied):
    """One format that cannot be read hides nothing of the others."""
    (copied.folder / "outputs" / "report.pdf").write_bytes(b"%PDF-1.7\n\0")
    (copied.folder / "outputs" / "report.md").write_text("# Another\n", encoding="utf-8")
    found = audit_outputs(audit_run(copied, audited.home, audited.tools))
    places = " ".join(f.place for f in found.findings)
    assert found.exit_code == 1
    assert "report.pdf: the whole" in places
    assert "report.md: " in places


def test_a_manifest_that_leads_out_of_its_folder_is_not_followed(audited, copied, tmp_path):
    """A file named outside the run's folder is neither read nor written: the run is not computed again."""
    (tmp_path / "secret").write_text("{}\n", encoding="utf-8")
    path = copied.folder / "run.json"
    text = path.read_text(encoding="utf-8").replace("queries.queries.jsonl", "../../../secret")
    path.write_text(text, encoding="utf-8")
    found = audit_outputs(audit_run(Run.open(copied.folder), audited.home, audited.tools))
    assert found.exit_code == 1
    assert any(f.weight == "unchecked" and "outside its folder" in f.place for f in found.findings)


def test_a_library_that_has_changed_since_is_a_warning(tmp_path):
    """Quotes are read again in the library they stem from; another text there is said, and is no error of the report."""
    from small_tools import PAPERS, make_small_tools

    from synthesis.libraries import add_to_library

    home = Home(tmp_path / "home").prepare()
    file = tmp_path / "mine.jsonl"
    rows = [
        {
            "id": p.arxiv_id or p.doi,
            "title": p.title,
            "abstract": p.abstract,
            "authors": list(p.authors),
            "year": 2024,
        }
        for p in PAPERS
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    library, _ = add_to_library(home, file, "mine")
    tools = make_small_tools(sources=(library,))
    run = make_run(home, tools, ("md",))
    library.close()
    result = audit_run(run, home, tools).result
    assert (result.findings, result.checked.library_quotes) == ((), result.checked.quotes)
    file.write_text(
        file.read_text(encoding="utf-8").replace("Hybrid batches do not", "Hybrid botches do not")
    )
    add_to_library(home, file, "mine")[0].close()
    found = audit_outputs(audit_run(run, home, tools))
    assert (found.exit_code, {f.weight for f in found.findings}) == (0, {"warning"})
    assert "has changed since" in found.findings[0].place
