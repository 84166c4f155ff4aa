"""Tables written back verified, in the format in which they came."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_factory import example_report

from synthesis.errors import RenderError
from synthesis.records import Label, Report, ReportedClaim
from synthesis.rendering import render
from synthesis.tables import ClaimTable, output_name, read_claims, write_verified

EXAMPLE = example_report()
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(
    lambda text: bool(text.strip()) and text.isprintable() and not text.startswith(("'", "\ufeff"))
)


def verdict(number: int, text: str) -> ReportedClaim:
    """A verdict with evidence on both sides, taken from the example report."""
    model = next(c for c in EXAMPLE.claims if c.label is Label.CONFLICTING)
    changes = {"number": number, "text": text, "verified": number == 1, "confidence": 0.8125, "stated": None}
    return model.model_copy(update=changes)


def verification(table: ClaimTable) -> Report:
    """A report of kind "verification" on the claims of a table."""
    claims = tuple(verdict(row.number, row.text) for row in table.rows)
    return EXAMPLE.model_copy(update={"kind": "verification", "claims": claims})


def handed_in(tmp_path: Path, name: str, content: str | bytes) -> ClaimTable:
    """A file as the user gave it."""
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_claims(path)


def written(table: ClaimTable) -> bytes:
    """The table verified."""
    return write_verified(table, verification(table))


def rewritten(tmp_path: Path, table: ClaimTable, suffix: str) -> ClaimTable:
    """What is read from the table as it was written."""
    return handed_in(tmp_path, f"again{suffix}", written(table))


def test_csv_keeps_its_columns_and_separator(tmp_path: Path) -> None:
    """Old columns stay as they were and where they were; the verdict's come behind them."""
    source = 'id;claim;n;note\r\n7;"Bats hunt; moths hide.";-0,5;=1+1\r\n\r\n8;Moths hear.\r\n'
    data = written(handed_in(tmp_path, "t.csv", source)).decode()
    assert data.endswith("\r\n")
    rows = list(csv.reader(io.StringIO(data, newline=""), delimiter=";"))
    assert rows[0] == ["id", "claim", "n", "note", "verified", "confidence", "label", "evidence"]
    assert rows[1][:7] == ["7", "Bats hunt; moths hide.", "-0,5", "'=1+1", "✓", "0.81", "CONFLICTING"]
    assert rows[2][:7] == ["8", "Moths hear.", "", "", "×", "0.81", "CONFLICTING"]


def test_evidence_names_its_side_quote_and_paper(tmp_path: Path) -> None:
    """Supporting and contradicting quotes are told apart, each with reference number, title and link."""
    table = handed_in(tmp_path, "t.csv", "claim\nBats hunt.\n")
    cell = next(csv.DictReader(io.StringIO(written(table).decode())))["evidence"]
    claim = verification(table).claims[0]
    titles = {reference.number: reference for reference in EXAMPLE.references}
    sides = {"SUPPORTS": "supports", "REFUTES": "contradicts"}
    counted = [e for e in claim.evidence if e.stance in sides]
    assert {e.stance for e in counted} == set(sides)
    for evidence in counted:
        paper = titles[evidence.reference]
        said = f"{sides[evidence.stance]} ({evidence.confidence:.2f}): “{evidence.quote.text}” [{evidence.reference}] {paper.title}"
        assert said in cell
        assert paper.url is None or paper.url in cell
    assert len(cell.split(" | ")) == len(counted)


def test_marks_change_in_place_and_what_was_said_is_kept(tmp_path: Path) -> None:
    """A table with marks of its own gets the new ones in the same columns, the old ones in one of their own."""
    source = "Claim\tConfidence\tVerified\nBats hunt.\t41 %\tyes\nMoths hear.\t\t\n"
    table = handed_in(tmp_path, "t.tsv", source)
    rows = [line.split("\t") for line in written(table).decode().splitlines()]
    assert rows[0] == ["Claim", "Confidence", "Verified", "Label", "Evidence", "Stated before"]
    assert rows[1][:4] + rows[1][5:] == ["Bats hunt.", "0.81", "✓", "CONFLICTING", "✓ 0.41"]
    assert rows[2][5] == ""


def test_a_users_own_evidence_is_not_overwritten(tmp_path: Path) -> None:
    """A column of that name that the tool did not write stays, and ours gets another name."""
    table = handed_in(tmp_path, "t.jsonl", '{"id": 1, "claim": "Bats hunt.", "evidence": {"4983": []}}\n')
    entry = json.loads(written(table))
    assert entry["evidence"] == {"4983": []}
    assert entry["verified_evidence"][0]["stance"] == "supports"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("t.csv", "claim,n\nBats hunt.,1\nMoths hear.,2\n"),
        ("t.tsv", 'claim\tn\n"Bats" hunt.\t1\n"Moths hear.\t2\n'),
        ("t.json", '[{"claim": "Bats hunt.", "evidence": "mine"}, {"claim": "Moths hear."}]'),
        ("t.json", '["Bats hunt.", "", "Moths hear."]'),
        ("t.jsonl", '{"claim": "Bats hunt."}\n{"claim": "Moths hear."}\n'),
        ("t.md", "| Claim |\n|---|\n| Bats *hunt*. |\n| a \\| b |\n"),
        ("t.md", "- Bats do hunt.\n- Moths | do \\*hear.\n"),
    ],
)
def test_a_table_that_was_written_can_be_verified_again(tmp_path: Path, name: str, source: str) -> None:
    """Written tables read back with the same claims and the verdicts, and a second time changes no column."""
    table = handed_in(tmp_path, name, source)
    once = rewritten(tmp_path, table, Path(name).suffix)
    assert [row.text for row in once.rows] == [row.text for row in table.rows]
    assert [row.verified for row in once.rows] == [True, False]
    assert {(row.confidence, row.label) for row in once.rows} <= {
        (0.81, "CONFLICTING"),
        (0.8125, "CONFLICTING"),
    }
    twice = rewritten(tmp_path, once, Path(name).suffix)
    thrice = rewritten(tmp_path, twice, Path(name).suffix)
    assert twice.columns == thrice.columns
    assert written(twice) == written(thrice)


def test_json_keeps_its_shape_and_values(tmp_path: Path) -> None:
    """Numbers stay numbers, other keys and entries stay, verdicts are JSON values and not words."""
    source = {"title": "T", "n": 1.5, "claims": [{"id": 3, "claim": "中文 “x” \ud800", "tags": ["a", None]}]}
    table = handed_in(tmp_path, "t.json", json.dumps(source))
    value = json.loads(written(table))
    assert {key: value[key] for key in ("title", "n")} == {"title": "T", "n": 1.5}
    entry = value["claims"][0]
    assert {key: entry[key] for key in source["claims"][0]} == source["claims"][0]
    assert (entry["verified"], entry["confidence"], entry["label"]) == (True, 0.8125, "CONFLICTING")
    assert {item["stance"] for item in entry["evidence"]} == {"supports", "contradicts"}
    assert set(entry["evidence"][0]) == {"stance", "confidence", "quote", "reference", "title", "url"}


def test_jsonl_gives_a_line_a_claim(tmp_path: Path) -> None:
    """Blank lines go, order and ids stay."""
    table = handed_in(
        tmp_path, "t.jsonl", '{"id": "b", "claim": "Bats hunt."}\n\n{"id": "a", "claim": "Moths hear."}'
    )
    assert [json.loads(line)["id"] for line in written(table).decode().splitlines()] == ["b", "a"]


def test_markdown_keeps_the_text_round_the_table(tmp_path: Path) -> None:
    """Only the table's own lines change; alignment, markup in old cells and quotation prefixes stay."""
    source = "Before *it*.\n\n> | Claim | n |\n> |:--|--:|\n> | a **b** \\| `c` | 1 |\n\nAfter.\n"
    lines = written(handed_in(tmp_path, "t.md", source)).decode().split("\n")
    assert lines[:2] + lines[5:] == ["Before *it*.", "", "", "After.", ""]
    assert lines[2] == "> | Claim | n | Verified | Confidence | Label | Evidence |"
    assert lines[3] == "> | :-- | --: | --- | --- | --- | --- |"
    assert lines[4].startswith("> | a **b** \\| `c` | 1 | ✓ | 0.81 | CONFLICTING | supports (0.")


def test_byte_order_marks_and_encodings(tmp_path: Path) -> None:
    """A file with a mark leaves with one, and one that was not UTF-8 gets one; JSON never has one."""
    text = "claim,note\nCafé au lait.,ü\n"
    for data, marked in ((text.encode(), False), (text.encode("utf-8-sig"), True), (text.encode("utf-16"), True),
                         (text.encode("cp1252"), True)):  # fmt: skip
        out = written(handed_in(tmp_path, "t.csv", data))
        assert out.startswith(b"\xef\xbb\xbf") is marked
        assert out.decode("utf-8-sig").startswith("claim,note,verified")
    assert written(handed_in(tmp_path, "t.json", '["Café au lait."]'.encode("utf-8-sig"))).startswith(b"[")


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\tx", '=HYPERLINK("http://e.org")', "＝1"]
)
def test_no_cell_runs_in_a_spreadsheet(tmp_path: Path, cell: str) -> None:
    """Cells that begin like a formula, old ones included, get an apostrophe (OWASP)."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["claim", "note"], ["Bats hunt.", cell]])
    rows = list(
        csv.reader(io.StringIO(written(handed_in(tmp_path, "t.csv", out.getvalue())).decode(), newline=""))
    )
    assert rows[1][1] == f"'{cell}"
    assert all(not c.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for c in row)


@settings(deadline=None, max_examples=25)
@given(rows=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4), delimiter=st.sampled_from(",;\t|"))
def test_any_csv_comes_back_with_its_cells(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], delimiter: str
) -> None:
    """Claims and notes of any Unicode survive reading, writing and reading again."""
    folder = tmp_path_factory.mktemp("any")
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([("claim", "note"), *rows])
    table = handed_in(folder, "t.csv", out.getvalue())
    assert [row.text for row in table.rows] == [" ".join(text.split()) for text, _ in rows]
    again = rewritten(folder, table, ".csv")
    assert [(row.text, row.extra[0]) for row in again.rows] == [
        (row.text, row.extra[0]) for row in table.rows
    ]


SEED_FORM = (
    "Bats\n\nAuthor\n\nMay 3, 2026\n\nAbstract\n\nBats hunt.\n\n1 Introduction\n\nResearch question: Do moths hear?\n\n"
    "5 Extracted Claims\n\nClaim\tVerified\tConfidence\nBats hunt.\t✓\t0.41\nMoths hear.\t×\t0.08\n\n"
    "References\n\n- <http://example.org/a>\n"
)


def test_pulled_text_becomes_a_report_of_the_same_form(tmp_path: Path) -> None:
    """Headings of the form in their order, cells between tabs, and the whole reads back."""
    table = handed_in(tmp_path, "t.txt", SEED_FORM)
    text = written(table).decode()
    headings = (
        "Abstract",
        "1 Introduction",
        "2 Methodology",
        "3 Results",
        "4 Limitations",
        "5 Extracted Claims",
        "References",
    )
    places = [text.index(f"\n{heading}\n") for heading in headings]
    assert places == sorted(places)
    again = rewritten(tmp_path, table, ".txt")
    assert (again.format, again.kind, again.title) == ("text", "report", EXAMPLE.title)
    assert again.question == EXAMPLE.question
    assert [(r.text, r.verified, r.confidence, r.label) for r in again.rows] == [
        ("Bats hunt.", True, 0.81, "CONFLICTING"),
        ("Moths hear.", False, 0.81, "CONFLICTING"),
    ]
    assert dict(again.rows[0].extra)["Stated before"] == "✓ 0.41"
    assert len(again.references) == len(EXAMPLE.references)


@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_reports_become_reports(tmp_path: Path, form: str) -> None:
    """A report of the tool is written as the report of its verification, in its own format."""
    table = handed_in(tmp_path, f"r.{form}", render(EXAMPLE, form))
    assert table.kind == "report"
    assert written(table) == render(verification(table), form)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("claims.csv", "claim\nBats hunt.\n", "claims.verified.csv"),
        ("claims.TSV", "claim\tn\nBats hunt.\t1\n", "claims.verified.TSV"),
        ("a.b.txt", SEED_FORM, "a.b.verified.txt"),
        ("list", '["Bats hunt."]', "list.verified.json"),
        ("page.pdf", "<html><table><tr><th>claim<tr><td>Bats hunt.</table>", "page.verified.html"),
    ],
)
def test_output_names(tmp_path: Path, name: str, content: str, expected: str) -> None:
    """The suffix stays where it fits the format."""
    assert output_name(handed_in(tmp_path, name, content), Path(name)) == expected


def test_a_report_on_another_table_is_refused(tmp_path: Path) -> None:
    """A row without a verdict is named, never left blank."""
    table = handed_in(tmp_path, "t.csv", "claim\nBats hunt.\nMoths hear.\n")
    report = verification(table)
    with pytest.raises(RenderError, match="no verdict for claim 2"):
        write_verified(table, report.model_copy(update={"claims": report.claims[:1]}))
