"""The audit of report files: what is altered is found and named, what is whole is not."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from audit_runs import (
    alnum_places,
    altered,
    audit_bytes,
    make_audited,
    put,
    quote_paths,
    relock,
    wrong,
)
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from synthesis.auditing.audit import audit_file, audit_outputs
from synthesis.auditing.given import read_given
from synthesis.auditing.places import in_report, leaves
from synthesis.errors import InputFileError
from synthesis.records import Report
from synthesis.rendering import FORMATS, json_format, render

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """A run in all formats and its audit, made once."""
    return make_audited(tmp_path_factory.mktemp("home"))


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
    path, text = data.draw(st.sampled_from(quote_paths(tree)))
    put(tree, path, altered(text, data.draw(st.sampled_from(alnum_places(text)))))
    found = audit_bytes(audited, "x.json", json.dumps(tree, ensure_ascii=False, indent=2).encode(), tmp_path)
    assert found.exit_code == 1
    assert in_report(path) in {place for f in wrong(found) for place in (f.place, *f.also)}
    assert all(f.kind == "quote" for f in wrong(found))


@FEW
@given(st.sampled_from(["md", "html"]), *(st.integers(0, 10**6) for _ in range(4)))
def test_any_character_of_any_quote_altered_in_a_page_is_shown_in_its_section(
    audited, tmp_path, fmt, quote, word, place, letter
):
    """One other letter or digit of a quote in Markdown or HTML: exit 1, the section named, both words shown."""
    page = (audited.outputs / f"report.{fmt}").read_text(encoding="utf-8")
    quotes = quote_paths(audited.report.model_dump(mode="json"))
    words = re.findall(r"[^\W_]+", quotes[quote % len(quotes)][1])
    chosen = words[word % len(words)]
    places = [m.start() for m in re.finditer(rf"\b{re.escape(chosen)}\b", page)]
    assume(places)  # Markdown leaves out what stands around a quote
    start = places[place % len(places)]
    at = start + letter % len(chosen)
    found = audit_bytes(audited, f"x.{fmt}", altered(page, at).encode(), tmp_path)
    (finding,) = wrong(found)
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
    put(tree, path, value + 1)
    found = audit_bytes(audited, "x.json", json.dumps(tree).encode(), tmp_path)
    assert found.exit_code == 1
    assert in_report(path) in {place for f in wrong(found) for place in (f.place, *f.also)}


def test_json_saved_again_is_the_same(audited, tmp_path):
    """Other blanks and escapes change no value: exit 0 and a remark; a name that stands twice is found."""
    tree = json.loads((audited.outputs / "report.json").read_bytes())
    found = audit_bytes(audited, "x.json", json.dumps(tree).encode(), tmp_path)
    assert (found.exit_code, len(found.remarks)) == (0, 1)
    twice = json.dumps(tree)[:-1] + ', "title": "Another"}'
    assert "stands twice" in wrong(audit_bytes(audited, "y.json", twice.encode(), tmp_path))[0].place


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
    assert {f.kind for f in wrong(found)} <= {"hidden words", "quote", "count"}
    assert any("hidden" in f.place for f in wrong(found))


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
    assert len(wrong(found)) == 1


def _altered_report(report):
    """The report with one letter of a quote altered, lock and all, and the quote's place."""
    tree = report.model_dump(mode="json")
    path, text = next((p, t) for p, t in quote_paths(tree) if p[0] == "claims" and p[-2] == "quote")
    put(tree, path, altered(text, text.index("language")))
    relock(tree)
    return Report.model_validate(tree), in_report(path)


def test_a_pdf_of_an_altered_record_is_found(audited, tmp_path, monkeypatch):
    """The altered letter is found in the attached record and on the page; on the page too where the record is whole."""
    report, place = _altered_report(audited.report)
    word = altered("language", 0)
    found = audit_bytes(audited, "x.pdf", render(report, "pdf"), tmp_path)
    places = [p for f in wrong(found) for p in (f.place, *f.also)]
    assert f"attached record, {place}" in places
    assert any(p.startswith("5 Extracted Claims") for p in places)
    whole = json_format.render(audited.report)
    monkeypatch.setattr(json_format, "render", lambda _: whole)
    found = audit_bytes(audited, "y.pdf", render(report, "pdf"), tmp_path)
    assert found.exit_code == 1
    assert [(word in f.found, f.place[:18]) for f in wrong(found)] == [(True, "5 Extracted Claims")]


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
    assert "languoge" in wrong(found)[0].found


def test_another_text_is_no_report_of_this_run(audited, tmp_path):
    """A text that shares few words with the report is said to be another."""
    found = audit_bytes(audited, "x.txt", b"Rain falls in spring. " * 50, tmp_path)
    assert wrong(found)[0].found == "another"


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
