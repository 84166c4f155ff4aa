"""The audit of runs and report files: what is altered is found and named, what is whole is not."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from decimal import Decimal

import pytest
from audit_runs import (
    alnum_places,
    altered,
    audit_bytes,
    edit_artefact,
    make_audited,
    make_run,
    relock,
)
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from synthesis.auditing.audit import audit_file, audit_outputs, audit_run
from synthesis.auditing.differences import ABSENT, differences
from synthesis.auditing.finding_run import run_of
from synthesis.auditing.given import read_given
from synthesis.auditing.pieces import Piece, tokens_of
from synthesis.auditing.places import in_report, leaves
from synthesis.auditing.quotes import check_quotes
from synthesis.auditing.records import Checked, Result
from synthesis.auditing.word_differences import word_differences
from synthesis.errors import InputFileError
from synthesis.records import Paper, Quote, Report, Section, text_sha256
from synthesis.rendering import FORMATS, json_format, render
from synthesis.store import Home, Run

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
QUOTED = ("quote", "before", "after")


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


def _wrong(found):
    return [f for f in found.findings if f.weight == "wrong"]


def _quote_paths(tree):
    """Paths of the words of all quotes and of what stands around them."""
    return [
        (path, text)
        for path, text in leaves(tree)
        if isinstance(text, str)
        and any(step in QUOTED for step in path)
        and path[-1] in {"text", "before", "after"}
        and alnum_places(text)
    ]


def _put(tree, path, value):
    for step in path[:-1]:
        tree = tree[step]
    tree[path[-1]] = value


# --------------------------------------------------------------------------- whole


def test_a_run_as_it_was_made_holds(audited):
    """Nothing is found in an untouched run, and quotes, counts, references and files were all looked at."""
    clean = audited.clean.result
    assert clean.findings == ()
    assert (
        min(clean.checked.quotes, clean.checked.counts, clean.checked.references, clean.checked.artefacts) > 0
    )
    assert clean.checked.quotes >= sum(len(c.evidence) for c in audited.report.claims)


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_file_as_it_was_made_holds(audited, fmt, tmp_path):
    """Each format passes, in the run's folder and copied elsewhere, with words counted and no remark."""
    path = audited.outputs / f"report.{fmt}"
    for found in (
        audit_file(read_given(path), audited.clean),
        audit_bytes(audited, f"copy.{fmt}", path.read_bytes(), tmp_path),
    ):
        assert (found.exit_code, found.findings, found.remarks) == (0, (), ())
        assert found.checked.words > 500


def test_a_whole_run_is_audited_with_its_formats(audited):
    """The audit of a run reads all its formats."""
    found = audit_outputs(audited.clean)
    assert found.exit_code == 0
    assert found.checked.words > audited.clean.result.checked.words + 5_000


# --------------------------------------------------------------------------- altered files


@FEW
@given(data=st.data())
def test_any_character_of_any_quote_altered_in_json_is_named(audited, tmp_path, data):
    """One other letter or digit in any quote of the JSON form: exit 1, and the value is named."""
    tree = json.loads((audited.outputs / "report.json").read_bytes())
    path, text = data.draw(st.sampled_from(_quote_paths(tree)))
    _put(tree, path, altered(text, data.draw(st.sampled_from(alnum_places(text)))))
    found = audit_bytes(audited, "x.json", json.dumps(tree, ensure_ascii=False, indent=2).encode(), tmp_path)
    assert found.exit_code == 1
    assert in_report(path) in {place for f in _wrong(found) for place in (f.place, *f.also)}
    assert all(f.kind == "quote" for f in _wrong(found))


@FEW
@given(st.sampled_from(["md", "html"]), *(st.integers(0, 10**6) for _ in range(4)))
def test_any_character_of_any_quote_altered_in_a_page_is_shown_in_its_section(
    audited, tmp_path, fmt, quote, word, place, letter
):
    """One other letter or digit of a quote in Markdown or HTML: exit 1, the section named, both words shown."""
    page = (audited.outputs / f"report.{fmt}").read_text(encoding="utf-8")
    quotes = _quote_paths(audited.report.model_dump(mode="json"))
    words = re.findall(r"[^\W_]+", quotes[quote % len(quotes)][1])
    chosen = words[word % len(words)]
    places = [m.start() for m in re.finditer(rf"\b{re.escape(chosen)}\b", page)]
    assume(places)  # Markdown leaves out what stands around a quote
    start = places[place % len(places)]
    at = start + letter % len(chosen)
    found = audit_bytes(audited, f"x.{fmt}", altered(page, at).encode(), tmp_path)
    (finding,) = _wrong(found)
    assert found.exit_code == 1
    assert chosen in finding.expected
    assert altered(page, at)[start : start + len(chosen)] in finding.found
    headings = r"^## (.+)$" if fmt == "md" else r"<h2[^>]*>(.+?)</h2>"
    above = re.findall(headings, page[:at], re.MULTILINE)
    section = re.sub(r"<[^>]+>", "", above[-1]) if above else ""
    assert not section or finding.place.startswith(section)


@FEW
@given(data=st.data())
def test_any_number_altered_in_json_is_named(audited, tmp_path, data):
    """Another number anywhere in the JSON form is found at its place, to the last digit."""
    tree = json.loads((audited.outputs / "report.json").read_bytes())
    numbers = [(p, v) for p, v in leaves(tree) if isinstance(v, int | float) and not isinstance(v, bool)]
    path, value = data.draw(st.sampled_from(numbers))
    _put(tree, path, value + 1)
    found = audit_bytes(audited, "x.json", json.dumps(tree).encode(), tmp_path)
    assert found.exit_code == 1
    assert in_report(path) in {place for f in _wrong(found) for place in (f.place, *f.also)}


def test_json_saved_again_is_the_same(audited, tmp_path):
    """Other blanks and escapes change no value: exit 0 and a remark; a name that stands twice is found."""
    tree = json.loads((audited.outputs / "report.json").read_bytes())
    found = audit_bytes(audited, "x.json", json.dumps(tree).encode(), tmp_path)
    assert (found.exit_code, len(found.remarks)) == (0, 1)
    twice = json.dumps(tree)[:-1] + ', "title": "Another"}'
    assert "stands twice" in _wrong(audit_bytes(audited, "y.json", twice.encode(), tmp_path))[0].place


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (r'(<a [^>]*href="https://arxiv.org/abs/2401)\.', r"\1,"),
        (r'data-confidence="(\d)\.', r'data-confidence="\g<1>1.'),
        (r"<tr data-number", r'<tr style="display:none" data-number'),
        (r"<title>Hybrid", r"<title>Hybrit"),
        (r"</main>", r"<!-- not seen --></main>"),
    ],
)
def test_hidden_parts_of_a_page_count(audited, tmp_path, before, after):
    """A link's target, data of the script, a hiding style, the page's title, a comment: each is found as hidden."""
    page = (audited.outputs / "report.html").read_text(encoding="utf-8")
    changed, n = re.subn(before, after, page, count=1)
    assert n == 1
    found = audit_bytes(audited, "x.html", changed.encode(), tmp_path)
    assert found.exit_code == 1
    assert {f.kind for f in _wrong(found)} <= {"hidden words", "quote", "count"}
    assert any("hidden" in f.place for f in _wrong(found))


def _edit_docx(data, part, edit):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(out, "w") as again:
        for name in package.namelist():
            content = package.read(name)
            again.writestr(name, edit(content.decode()).encode() if name == part else content)
    return out.getvalue()


def test_a_docx_saved_again_is_the_same(audited, tmp_path):
    """python-docx writes the package anew: other bytes, the same words, exit 0 and a remark."""
    import docx

    path = audited.outputs / "report.docx"
    document = docx.Document(str(path))
    document.core_properties.last_modified_by = "A reader"
    document.save(str(tmp_path / "again.docx"))
    data = (tmp_path / "again.docx").read_bytes()
    assert data != path.read_bytes()
    found = audit_bytes(audited, "x.docx", data, tmp_path)
    assert (found.exit_code, found.findings) == (0, ())
    assert "words are the same" in found.remarks[0]


@pytest.mark.parametrize(
    ("part", "before", "after"),
    [
        ("word/document.xml", "language bias", "langvage bias"),
        ("word/_rels/document.xml.rels", "2401.00001v2", "2401.00001v3"),
        ("docProps/core.xml", "Hybrid", "Hybrit"),
        ("word/document.xml", "<w:r><w:t", "<w:r><w:rPr><w:vanish/></w:rPr><w:t"),
        ("word/styles.xml", '<w:name w:val="Quote"/>', '<w:name w:val="Quote"/><w:rPr><w:vanish/></w:rPr>'),
    ],
)
def test_words_and_hidden_parts_of_a_docx_count(audited, tmp_path, part, before, after):
    """A word, the target of a link, the title among the properties, a run made invisible: each is found."""
    data = (audited.outputs / "report.docx").read_bytes()
    changed = _edit_docx(data, part, lambda text: text.replace(before, after, 1))
    found = audit_bytes(audited, "x.docx", changed, tmp_path)
    assert found.exit_code == 1
    assert len(_wrong(found)) == 1


def _altered_report(report):
    """The report with one letter of a quote altered, lock and all, and the quote's place."""
    tree = report.model_dump(mode="json")
    path, text = next((p, t) for p, t in _quote_paths(tree) if p[0] == "claims" and p[-2] == "quote")
    _put(tree, path, altered(text, text.index("language")))
    relock(tree)
    return Report.model_validate(tree), in_report(path)


def test_a_pdf_of_an_altered_record_is_found(audited, tmp_path, monkeypatch):
    """The altered letter is found in the attached record and on the page; on the page too where the record is whole."""
    report, place = _altered_report(audited.report)
    word = altered("language", 0)
    found = audit_bytes(audited, "x.pdf", render(report, "pdf"), tmp_path)
    places = [p for f in _wrong(found) for p in (f.place, *f.also)]
    assert f"attached record, {place}" in places
    assert any(p.startswith("5 Extracted Claims") for p in places)
    whole = json_format.render(audited.report)
    monkeypatch.setattr(json_format, "render", lambda _: whole)
    found = audit_bytes(audited, "y.pdf", render(report, "pdf"), tmp_path)
    assert found.exit_code == 1
    assert [(word in f.found, f.place[:18]) for f in _wrong(found)] == [(True, "5 Extracted Claims")]


@pytest.mark.parametrize("fmt", ["docx", "pdf"])
def test_text_pulled_from_a_report_holds_until_it_is_altered(audited, tmp_path, fmt):
    """Plain text is compared with the words of the nearest format; one other letter is found."""
    from synthesis.reading.pdf.reader import pdf_page_texts

    path = audited.outputs / f"report.{fmt}"
    if fmt == "pdf":
        text = "\f".join(pdf_page_texts(path))
    else:
        import docx
        from docx.text.paragraph import Paragraph

        document = docx.Document(str(path))
        text = "\n".join(Paragraph(p, document).text for p in document.element.body.iter("{*}p"))
    assert audit_bytes(audited, "x.txt", text.encode(), tmp_path).exit_code == 0
    found = audit_bytes(
        audited, "y.txt", text.replace("language bias", "languoge bias", 1).encode(), tmp_path
    )
    assert found.exit_code == 1
    assert "languoge" in _wrong(found)[0].found


def test_another_text_is_no_report_of_this_run(audited, tmp_path):
    """A text that shares few words with the report is said to be another."""
    found = audit_bytes(audited, "x.txt", b"Rain falls in spring. " * 50, tmp_path)
    assert _wrong(found)[0].found == "another"


# --------------------------------------------------------------------------- altered runs


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
    _put(rows, path, altered(text, alnum_places(text)[5]))


def _relocked_quote(rows):
    _first_quote(rows)
    relock(rows)


def _step(*path):
    def edit(rows):
        value = rows
        for step in path:
            value = value[step]
        _put(rows, path, altered(value, 2) if isinstance(value, str) else value + 1)

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
    assert (found.exit_code, _wrong(found)) == (3, [])
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
        "quote": next(p for p, _ in _quote_paths(whole) if p[0] == "claims" and p[-1] == "text"),
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
        _put(tree, path, new)
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


# --------------------------------------------------------------------------- hostile files


def _bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", b"<a>" + b" " * (80 << 20) + b"</a>")
    return out.getvalue()


def _entities():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("word/document.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("bomb.docx", _bomb()),
        ("entities.docx", _entities()),
        ("cut.docx", b"PK\x03\x04" + b"\0" * 40),
        ("cut.pdf", b"%PDF-1.7\n" + b"\0" * 40),
        ("deep.json", b'{"claims": ' + b"[" * 200 + b"]" * 200 + b"}"),
        ("deeper.json", b'{"claims": ' * 100_000),
        ("half.json", b'{"form": "synthesis-report/1"'),
        ("bytes.md", b"# Title\n\xff\xfe\x00\x81"),
        ("empty.md", b"  \n"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("with_run", [True, False])
def test_a_hostile_file_is_a_clear_error(audited, tmp_path, name, data, with_run):
    """Bombs, entities, cut files, depth without end, binary: an error that names the file, never another exception."""
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputFileError, match=re.escape(name)):
        audit_file(read_given(path), audited.clean if with_run else None)


def test_a_table_of_claims_is_no_report(tmp_path):
    """A file that `verify` takes and that is no report says where it belongs."""
    path = tmp_path / "claims.md"
    path.write_text("| Claim |\n| --- |\n| Cats sleep sixteen hours a day. |\n", encoding="utf-8")
    with pytest.raises(InputFileError, match="synthesis verify"):
        audit_file(read_given(path), None)


# --------------------------------------------------------------------------- the core

PAPER = Paper(
    paper_id="title:one",
    title="One",
    source="memory",
    sections=(
        Section(title="Results", text="Cats sleep. Dogs bark at night. Owls see.", page=3, page_breaks=(20,)),
    ),
)


def _shown_evidence(**changes):
    quote = Quote.of(PAPER, 0, 12, 31).model_dump() | changes.pop("quote", {})
    return {
        "quote": quote,
        "before": "Cats sleep. ",
        "after": " Owls",
        "section": "Results",
        "page": 3,
    } | changes


@given(st.integers(12, 30), st.sampled_from([True, False]))
def test_a_quote_is_held_against_the_stored_text_whatever_its_lock_says(at, locked):
    """Any other character, even under a lock that fits, is found with what the paper says; the quote itself is not."""
    papers = {PAPER.paper_id: PAPER}
    assert check_quotes([_shown_evidence()], in_report, papers) == Result(checked=Checked(quotes=1))
    text = PAPER.sections[0].text[12:31]
    words = text[: at - 12] + "#" + text[at - 11 :]
    changed = {"text": words} | ({"sha256": text_sha256(words)} if locked else {})
    (finding,) = check_quotes([_shown_evidence(quote=changed)], in_report, papers).findings
    assert (finding.expected, finding.found, finding.place) == (text, words, "entry 1, quote")


@pytest.mark.parametrize(
    "change",
    [
        {"before": "Cats sleeq. "},
        {"after": " Owlz"},
        {"section": "Result"},
        {"page": 4},
        {"quote": {"start": 13, "end": 32}},
        {"quote": {"section": 1}},
        {"quote": {"sha256": "0" * 64}},
    ],
)
def test_what_stands_around_a_quote_must_stand_there(change):
    """Words before and after, section, page, offsets and lock: each is held against the paper."""
    found = check_quotes([_shown_evidence(**change)], in_report, {PAPER.paper_id: PAPER}).findings
    assert found
    assert {f.weight for f in found} == {"wrong"}


def test_a_quote_of_a_paper_that_is_not_there_is_not_checked():
    """Without the paper's text a quote is held against its lock alone, and it is said that a part was not checked."""
    (finding,) = check_quotes([_shown_evidence()], in_report, {}).findings
    assert finding.weight == "unchecked"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=12,
)


@given(VALUES, VALUES)
def test_trees_differ_exactly_where_values_do(one, other):
    """Equal trees have no difference; others have one, and each names what stands there on either side."""
    found = list(differences(one, other))
    assert not list(differences(one, one))
    assert bool(found) == (json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True))
    assert all(d.expected is not ABSENT or d.found is not ABSENT for d in found)


def test_numbers_are_compared_exactly():
    """Half is half however it is written; what rounds to the same binary fraction is another number."""
    assert not list(differences(Decimal("0.5"), Decimal("0.50")))
    assert list(differences(Decimal("0.30000000000000004"), Decimal("0.30000000000000005")))
    assert list(differences(1, True))


@given(st.lists(st.sampled_from("abcde"), max_size=60), st.lists(st.sampled_from("abcde"), max_size=60))
def test_word_differences_turn_one_text_into_the_other(ones, others):
    """Putting the found words in place of the expected ones gives the found text; equal texts have no difference."""
    first, second = (tokens_of([Piece(" ".join(words), "")]) for words in (ones, others))
    made, at = [], 0
    for start, end, other_start, other_end in word_differences(first, second, lambda t: t.key):
        made += ones[at:start] + others[other_start:other_end]
        at = end
    assert made + ones[at:] == others
    assert not list(word_differences(first, first, lambda t: t.key))


def test_a_word_broken_at_a_line_is_the_word():
    """A line's end may break a word or eat its hyphen; elsewhere a hyphen counts."""

    def differ(one, other):
        return list(
            word_differences(tokens_of([Piece(one, "")]), tokens_of([Piece(other, "")]), lambda t: t.key)
        )

    assert not differ("a low-resource language", "a low\u00ad\nresource lan-\nguage")
    assert differ("a low-resource language", "a lowresource language")
