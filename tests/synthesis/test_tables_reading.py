"""Users' tables in every format and encoding, and what is said of files that hold none."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_factory import example_report

from synthesis.errors import InputFileError
from synthesis.rendering import render
from synthesis.tables import ClaimTable, read_claims
from synthesis.tables.columns import parse_confidence, parse_mark
from synthesis.tables.intake import MAX_DOCUMENT_BYTES, MAX_LINE_CHARS, MAX_ROWS

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [("Bats hunt moths.", True, 0.41), ("Moths, all of them, hear.", False, 0.08)]


def read(tmp_path: Path, name: str, content: str | bytes, claim_column: str | None = None) -> ClaimTable:
    """Write a file and read its claims."""
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_claims(path, claim_column)


def refusal(tmp_path: Path, name: str, content: str | bytes, claim_column: str | None = None) -> str:
    """The message with which a file is refused: one paragraph that names the file."""
    with pytest.raises(InputFileError) as caught:
        read(tmp_path, name, content, claim_column)
    message = str(caught.value)
    assert str(tmp_path / name) in message
    assert "\n" not in message
    return message


def pairs(table: ClaimTable) -> list[tuple[str, bool | None, float | None]]:
    """What each row says."""
    return [(row.text, row.verified, row.confidence) for row in table.rows]


LINES = (
    '{"id": 7, "claim": "Bats hunt moths.", "verified": true, "confidence": 0.41}\n\n'
    '{"id": 9, "claim": "Moths, all of them, hear.", "verified": false, "confidence": "8 %"}\n'
)
MARKDOWN = (
    "Text before\n\nclaim | verified | confidence\n--- | :-: | --:\nBats hunt *moths*. | ✅ | 0.41\n"
    "Moths, all of&nbsp;them, hear. | ❌ | 0.08\n\nText after\n"
)
PAGE = (
    "<!doctype html><table><tr><th>Claim<th>Verified<th>Confidence<tr><td>Bats hunt <b>moths</b>.<td>✓"
    "<td>0.41<tr><td>Moths,<br>all of them, hear.<td>×<td>0.08</table>"
)
OBJECTS = [
    {"claim": "Bats hunt moths.", "verified": True, "confidence": 0.41},
    {"claim": "Moths, all of them, hear.", "verified": False, "confidence": 0.08},
]
TABLES = {
    "comma.csv": (
        'claim,verified,confidence\n"Bats hunt moths.",✓,0.41\n"Moths, all of them, hear.",×,0.08\n',
        "csv",
    ),
    "semicolon.csv": (
        "Claim;Verified;Confidence\r\nBats hunt moths.;yes;0,41\r\nMoths, all of them, hear.;no;0,08\r\n",
        "csv",
    ),
    "tab.tsv": (
        "Claim\tVerified\tConfidence\nBats hunt moths.\ttrue\t41 %\nMoths, all of them, hear.\tFALSE\t8%\n",
        "tsv",
    ),
    "bar.csv": (
        "claim|verified|confidence\nBats hunt moths.|✔|.41\nMoths, all of them, hear.|✗|0.08\n",
        "csv",
    ),
    "objects.json": (json.dumps(OBJECTS), "json"),
    "lines.jsonl": (LINES, "jsonl"),
    "table.md": (MARKDOWN, "markdown"),
    "page.html": (PAGE, "html"),
}


@pytest.mark.parametrize("name", list(TABLES))
@pytest.mark.parametrize("suffix", ["", ".txt"])
def test_each_format_gives_the_same_rows(tmp_path: Path, name: str, suffix: str) -> None:
    """Separator, quoting and notation of marks do not matter, nor does the suffix where the content tells."""
    content, form = TABLES[name]
    table = read(tmp_path, name + suffix, content)
    assert (table.format, table.kind) == (form, "table")
    assert pairs(table) == ROWS
    assert table.claim_column.lower() == "claim"


def test_json_may_wrap_its_claims(tmp_path: Path) -> None:
    """An object with a list under "claims" is a table with a title."""
    entries = [
        {"claim": "Bats hunt moths.", "verified": "x", "confidence": 1},
        {"claim": "Moths, all of them, hear.", "verified": "✓", "confidence": None},
    ]
    table = read(tmp_path, "wrapped.json", json.dumps({"title": "T", "claims": entries}))
    assert (table.title, table.columns) == ("T", ("claim", "verified", "confidence"))
    assert pairs(table) == [("Bats hunt moths.", False, 1.0), ("Moths, all of them, hear.", True, None)]


@pytest.mark.parametrize("name", ["strings.json", "strings.jsonl", "list.md", "single.csv"])
def test_bare_claims_are_a_table_of_one_column(tmp_path: Path, name: str) -> None:
    """Strings, list items, or one column of sentences with commas are claims without marks."""
    content = {
        "strings.json": json.dumps([row[0] for row in ROWS]),
        "strings.jsonl": "\n".join(json.dumps(row[0]) for row in ROWS),
        "list.md": "# Claims to check\n\n"
        + "\n".join(f"{n}. {row[0]}\n   - a note" for n, row in enumerate(ROWS, 1)),
        "single.csv": "Claim\n" + "\n".join(row[0] for row in ROWS),
    }[name]
    table = read(tmp_path, name, content)
    assert pairs(table) == [(row[0], None, None) for row in ROWS]
    assert all(row.stated is None and row.extra == () for row in table.rows)


def test_ids_labels_and_other_columns_are_kept(tmp_path: Path) -> None:
    """The file's own ids are taken, repeated ones told apart, and what has no meaning here is kept in order."""
    table = read(
        tmp_path,
        "t.csv",
        "note,ID,Sentence,label,note\na,7,First claim.,REFUTED,b\n,7,Second claim.,,d\n,,Third.\n",
    )
    assert [row.claim_id for row in table.rows] == ["7", "7 (2)", "3"]
    assert [row.label for row in table.rows] == ["REFUTED", None, None]
    assert table.rows[0].extra == (("note", "a"), ("note (2)", "b"))
    assert table.rows[2].extra == (("note", ""), ("note (2)", ""))
    assert table.columns == ("note", "ID", "Sentence", "label", "note (2)")
    assert table.rows[0].stated == "REFUTED"


def test_a_named_column_is_taken(tmp_path: Path) -> None:
    """``claim_column`` decides, without regard to case."""
    table = read(tmp_path, "t.csv", "claim,Behauptung\nnot this,Fledermäuse jagen Motten.\n", "behauptung")
    assert table.rows[0].text == "Fledermäuse jagen Motten."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    """UTF-8 and UTF-16 by their marks, and Windows-1252 where the bytes are no UTF-8."""
    text = "claim,note\n“Café” au lait – naïve.,ü\n"
    data = ("\ufeff" + text).encode("utf-16-be") if encoding == "utf-16-be-bom" else text.encode(encoding)
    assert read(tmp_path, "t.csv", data).rows[0].text == "“Café” au lait – naïve."


def test_markdown_markup_is_undone(tmp_path: Path) -> None:
    """Escapes, entities, links, code and line breaks in a cell become the words that a reader sees."""
    content = "| Claim |\n|---|\n| a \\| b &amp; \\*c\\* [d](http://e.org) `f` ![g](h)<br>i &#x4e2d; |\n"
    assert read(tmp_path, "t.md", content).rows[0].text == "a | b & *c* d f g i 中"


def test_the_table_under_extracted_claims_is_the_one(tmp_path: Path) -> None:
    """Where several tables name claims, the form's own section decides."""
    content = (
        "| text |\n|---|\n| no |\n\n## 5 Extracted Claims\n\n| Claim | Verified |\n|---|---|\n| yes | ✓ |\n"
    )
    table = read(tmp_path, "t.md", content)
    assert (table.kind, table.rows[0].text) == ("report", "yes")


def test_quoted_cells_may_hold_lines_and_blank_rows_are_passed_over(tmp_path: Path) -> None:
    """A line end inside a cell is a blank; rows without content are none."""
    table = read(tmp_path, "t.csv", 'claim,n\n\n"Bats\nhunt ""moths"".",1\n,\n"Moths hear.",2\n')
    assert [row.text for row in table.rows] == ['Bats hunt "moths".', "Moths hear."]


def test_a_formula_guard_is_undone(tmp_path: Path) -> None:
    """The apostrophe that keeps a spreadsheet from running a cell is no part of the claim."""
    assert read(tmp_path, "t.csv", "claim\n'=1+1 is two\n").rows[0].text == "=1+1 is two"


def test_tsv_may_hold_bare_quotation_marks(tmp_path: Path) -> None:
    """Tab-separated files commonly do not quote; a mark that opens a cell and does not close it is a character."""
    table = read(tmp_path, "t.tsv", 'claim\tn\n"Bats" hunt.\t1\n"Moths\t2\n')
    assert [row.text for row in table.rows] == ['"Bats" hunt.', '"Moths']


def test_hidden_html_is_not_read(tmp_path: Path) -> None:
    """Scripts, styles, hidden elements, comments and what unfolds are no text; a nested table keeps its own cells."""
    content = (
        "<html><head><title>t</title></head><body><table><tr><td>layout<table id=c><tr><th>Claim</th><th>Verified</th>"
        "</tr><tr><td>Bats<script>evil()</script><style>x{}</style><!-- c --><span hidden>h</span>"
        "<span style='display: none'>d</span> hunt.<details>hidden<summary>Why</summary>because</details>"
        "<table><tr><td>inner</td></tr></table></td><td>✓</td></tr><tr><td colspan=2>a note</td></tr></table>"
        "</td></tr></table></body></html>"
    )
    assert pairs(read(tmp_path, "page.md", content)) == [("Bats hunt. Why", True, None)]


def test_deeply_nested_html_is_read_or_refused(tmp_path: Path) -> None:
    """A hundred thousand nested elements end in rows or in an error, never in a crash."""
    content = (
        "<html><body>" + "<div>" * 100_000 + "<table><tr><th>Claim</th></tr><tr><td>x y</td></tr></table>"
    )
    assert "no table of claims" in refusal(tmp_path, "deep.html", content)


# --------------------------------------------------------------------------- what is refused


def test_a_report_without_claims(tmp_path: Path) -> None:
    """There is nothing to verify in it, and the message says so."""
    empty = example_report().model_copy(update={"claims": ()})
    assert "without claims" in refusal(tmp_path, "r.json", render(empty, "json"))
    assert "no claims under it" in refusal(tmp_path, "r.md", render(empty, "md"))


def test_missing_folder_and_special_files(tmp_path: Path) -> None:
    """What is no file is named as what it is; a pipe is not waited for."""
    with pytest.raises(InputFileError, match="does not exist"):
        read_claims(tmp_path / "nowhere.csv")
    with pytest.raises(InputFileError, match="is a folder"):
        read_claims(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputFileError, match="not a regular file"):
        read_claims(tmp_path / "pipe")


@pytest.mark.parametrize("content", [b"", b" \n\t\n"])
def test_empty_files(tmp_path: Path, content: bytes) -> None:
    """A file without content is called empty."""
    assert "is empty" in refusal(tmp_path, "t.csv", content)


@pytest.mark.parametrize(
    "content",
    [
        b"claim\n\x00\x01\x02",
        bytes(range(256)) * 8,
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 40,
        b"\x1f\x8b\x08" + bytes(range(128, 256)),
        "claim\n".encode("utf-16-le"),
        b"claim\n\x81\x8d",
        b"claim\n" + b"caf\xe9 " * 200 + b"\x01",
    ],
)
def test_binary_files(tmp_path: Path, content: bytes) -> None:
    """Bytes that are no text are refused whatever the suffix."""
    assert "neither text nor" in refusal(tmp_path, "t.csv", content)


def test_damaged_utf16(tmp_path: Path) -> None:
    """A mark of UTF-16 before bytes that are not is named."""
    assert "damaged at byte" in refusal(tmp_path, "t.csv", b"\xff\xfe\x00\xd8a\x00\x00")


def test_old_office_files(tmp_path: Path) -> None:
    """A password-protected or old Office file is told from other binary files."""
    assert "password" in refusal(tmp_path, "t.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)


def test_a_table_without_claims_lists_its_columns(tmp_path: Path) -> None:
    """The message names the columns that are there and the likely one."""
    message = refusal(tmp_path, "t.csv", "\nid,clame,score\n1,x,2\n")
    assert all(
        part in message
        for part in ("line 2", "“id”", "“clame”", "“score”", "did you mean “clame”", "--claim-column")
    )
    assert "“Befund”" in refusal(tmp_path, "u.csv", "Befund,n\nx,1\n")
    assert "“nope”" in refusal(tmp_path, "v.csv", "claim,n\nx,1\n", "nope")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.md", "| a | b |\n|---|---|\n| c | d |\n", "line 1: no column of claims"),
        ("t.html", "<html><table><tr><th>a</th></tr><tr><td>b</td></tr></table>", "row 1: no column of claims"),
        ("t.html", "<html><p>no table</p>", "no table of claims"),
        ("t.md", "Prose only.\n", "no table of claims"),
        ("t.txt", "Prose only, in two parts.\nAnd more.\n", "no column of claims"),
        ("t.json", '{"claims": [{"claim": "x"},]}', "line 1, column"),
        ("t.json", '{"a": 1, "b": 2}', "“a”, “b”"),
        ("t.json", '[{"claim": "x"}, 3]', "entry 2: a number"),
        ("t.json", '["x y z", null]', "entry 1: a string"),
        ("t.json", "[]", "no claims"),
        ("t.json", "3", "no list"),
        ("t.json", "[" * 200_000, "nested too deeply"),
        ("t.json", "[" + "9" * 5000 + "]", "number too long"),
        ("t.jsonl", '{"claim": "x"}\n{"claim": \n', "line 2"),
        ("t.jsonl", '{"claim": "x"}\n[1]\n', "line 2: a list"),
        ("t.json", '{"form": "synthesis-report/1", "title": 3}', "does not fit the form"),
        ("t.json", '{"form": "synthesis-report/9"}', "does not fit the form"),
        ("t.csv", "claim,n\n", "no claims under it"),
        ("t.csv", "claim,n\n,1\n", "line 2: the row has no claim"),
        ("t.csv", "claim,n\nx,1\na, b, c\n", "line 3: the row has 3 cells, the header 2"),
        ("t.csv", "claim,n,claim\nx,1,y\n", "2 columns are named “claim”"),
        ("t.csv", 'claim,n\nx,1\n"open,2\ny,3\n', "line 3"),
        ("t.csv", 'claim,n\nx,1\n"a" b,2\n', "line 3"),
        ("t.csv", "claim," * 2000 + "\n", "columns"),
        ("t.csv", "claim,n\n" + "y " * 6000 + ",1\n", "longer than 10,000 characters"),
        ("t.csv", 'claim,n\n"' + "y " * 200_000 + '",1\n', "line 2"),
    ],
)  # fmt: skip
def test_bad_tables_name_the_place(tmp_path: Path, name: str, content: str, said: str) -> None:
    """Each flaw is refused with the place where it stands."""
    assert said in refusal(tmp_path, name, content)


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.json", "t.html"])
def test_a_line_of_fifty_megabytes(tmp_path: Path, name: str) -> None:
    """A huge line is refused at once, not worked through."""
    start = {"t.jsonl": '{"claim": "', "t.json": '["', "t.html": "<html>"}.get(name, "claim\n")
    message = refusal(tmp_path, name, start.encode() + b"x" * (50 << 20))
    expected = "larger than" if name in {"t.json", "t.html"} else "longer than 1,000,000 characters"
    assert expected in message


def test_limits_on_size_and_rows(tmp_path: Path) -> None:
    """Files, documents and tables over the stated bounds are refused with the bound."""
    path = tmp_path / "big.csv"
    with path.open("wb") as handle:
        handle.truncate(65 << 20)
    with pytest.raises(InputFileError, match="larger than 64 MiB"):
        read_claims(path)
    assert "100,000 rows" in refusal(tmp_path, "rows.csv", "claim,n\n" + "x y,1\n" * (MAX_ROWS + 1))
    assert "100,000 rows" in refusal(tmp_path, "rows.jsonl", '{"claim": "x"}\n' * (MAX_ROWS + 1))
    assert "8 MiB" in refusal(tmp_path, "big.md", "x\n" * (MAX_DOCUMENT_BYTES // 2 + 1))
    assert "cells" in refusal(
        tmp_path, "wide.json", json.dumps([{"claim": "x", f"k{i}": 1} for i in range(999)] * 3)
    )


def test_the_longest_lines_are_read(tmp_path: Path) -> None:
    """The bound on a line is the bound that is stated."""
    content = "claim,n\nx y," + " " * (MAX_LINE_CHARS - 4)
    with pytest.raises(InputFileError, match="line 2"):
        read(tmp_path, "t.csv", content)  # the field limit of the csv format, not the line's
    assert "longer than" in refusal(tmp_path, "u.csv", content + "xx")


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300).filter(lambda data: b"%PDF-" not in data))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Whatever a file holds, reading it gives claims or one of our errors."""
    path = tmp_path_factory.getbasetemp() / f"bytes-{os.getpid()}.csv"
    for prefix in (
        b"",
        b"claim\n",
        b"%PDF-"[:4],
        b"PK\x03\x04",
        b"[",
        b"<html><table>",
        b"|claim|\n|--|\n",
        b"{",
    ):
        path.write_bytes(prefix + data)
        with suppress(InputFileError):
            assert read_claims(path).rows


@pytest.mark.parametrize(
    ("cell", "value"),
    [("0.41", 0.41), ("41 %", 0.41), ("0,41", 0.41), ("100%", 1.0), ("1", 1.0), (".5", 0.5), ("2", None),
     ("101 %", None), ("nan", None), ("-0.1", None), ("", None), ("0.4.1", None), ("٠٫٤", None)],
)  # fmt: skip
def test_confidences(cell: str, value: float | None) -> None:
    """Numbers in 0–1 and percentages are read; what is neither is nothing."""
    assert parse_confidence(cell) == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [("✓", True), ("✔️", True), ("YES", True), ("true", True), ("×", False), ("x", False), ("No", False),
     ("false", False), ("", None), ("maybe", None), ("\ufffd", None)],
)  # fmt: skip
def test_marks(cell: str, value: bool | None) -> None:
    """Ticks, crosses and words are read; what is neither yes nor no is nothing."""
    assert parse_mark(cell) is value
