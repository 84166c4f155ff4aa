"""Reports whose text was pulled from Markdown, HTML, DOCX and PDF, and the three flattened shapes in small."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthesis.tables import ClaimTable, read_claims

SEEDS = Path(__file__).parents[2].parent / "shared" / "seeds"
N_ROWS = {"000": 12, "001": 11, "002": 11, "003": 11, "004": 11}

FRONT = """

Bats and Moths

Some Author

May 3, 2026

Abstract

Bats hunt moths by sound.

1 Introduction

This paper examines: Echoes. Research question: Do moths hear bats?.

2 Methodology

Two papers were read.

5 Extracted Claims

"""
TABBED = (
    FRONT
    + """Claim\tVerified\tConfidence
Moths with ears drop when they hear a bat call at 30 kHz.\t✓\t0.72
Earless moths fly on.\t×\t0.10

References

- <http://example.org/a>
- <http://example.org/b>
"""
)
PIPED = """# Bats and Moths

Some Author

## 1 Introduction

Research question: Do moths hear bats?.

## 5 Extracted Claims

| Claim  | Verified | Confidence |
|--|----------|------------|
| Moths with ears drop when they hear a bat call at 30 kHz. | ✓        | 0.72 |
| Earless moths fly on.    | ×        | 0.10       |

## References

- <http://example.org/a>
- <http://example.org/b>
"""
PRINTED = """ Abstract

Bats hunt moths by sound, and the e\ufffdect is strong.

1 Introduction

This paper examines: Echoes. Re-
search question: Do moths
hear bats?.

5 Extracted Claims

Claim Veri\ufffded Con\ufffddence

Moths with ears drop when they hear a bat call
at 30 kHz.

✓ 0.72
 Earless moths \ufffdy on.

× 0.10
"""


def pairs(table: ClaimTable) -> list[tuple[str, bool | None, float | None]]:
    """What each row says."""
    return [(row.text, row.verified, row.confidence) for row in table.rows]


@pytest.mark.parametrize(
    ("text", "form", "title", "references"),
    [
        (TABBED, "text", "Bats and Moths", ("http://example.org/a", "http://example.org/b")),
        (PIPED, "markdown", "Bats and Moths", ("http://example.org/a", "http://example.org/b")),
        (PRINTED, "text", None, ()),
    ],
)
def test_each_flattened_shape_gives_the_same_rows(
    tmp_path: Path, text: str, form: str, title: str | None, references: tuple[str, ...]
) -> None:
    """Bars, tabs and printed lines are three ways to say the same table, whatever the suffix."""
    path = tmp_path / "report.txt"
    path.write_text(text, encoding="utf-8")
    table = read_claims(path)
    assert (table.format, table.kind) == (form, "report")
    assert (table.title, table.question, table.references) == (title, "Do moths hear bats?", references)
    assert pairs(table) == [
        ("Moths with ears drop when they hear a bat call at 30 kHz.", True, 0.72),
        ("Earless moths fly on.", False, 0.10),
    ]
    assert [row.claim_id for row in table.rows] == ["1", "2"]


def test_printed_rows_survive_page_breaks(tmp_path: Path) -> None:
    """A page number, a running head and a repeated table header inside a claim are no part of it."""
    head = "Running head of the report"
    pages = [
        f"{head}\n5 Extracted Claims\nClaim Verified Confidence\nMoths with ears drop when\n1",
        f"{head}\nClaim Verified Confidence\nthey hear a bat call.\n✓ 0.72\nEarless moths\n2",
        f"{head}\nfly 2 × 0.50 faster × 0.10\nReferences\n- <http://example.org/a>\n3",
    ]
    path = tmp_path / "pulled.txt"
    path.write_text("\f".join(pages), encoding="utf-8")
    table = read_claims(path)
    assert pairs(table) == [
        ("Moths with ears drop when they hear a bat call.", True, 0.72),
        ("Earless moths fly 2 × 0.50 faster", False, 0.10),
    ]
    assert table.references == ("http://example.org/a",)


def test_a_product_at_a_lines_end_is_no_mark(tmp_path: Path) -> None:
    """A cross between two numbers belongs to the claim, and a page number between two pages to neither."""
    path = tmp_path / "pulled.txt"
    path.write_text("Claim Verified Confidence\nMoths fly 2 × 0.50\nmetres\n1\f away.\n× 0.10\n2\n", "utf-8")
    assert pairs(read_claims(path)) == [("Moths fly 2 × 0.50 metres away.", False, 0.1)]


def test_a_cell_a_line_is_read_too(tmp_path: Path) -> None:
    """Some tools put every cell of the table on a line of its own."""
    path = tmp_path / "pulled.txt"
    path.write_text("Claim\nVerified\nConfidence\nMoths hear bats.\n✓\n0.72\nBats see.\n×\n10 %\n", "utf-8")
    assert pairs(read_claims(path)) == [("Moths hear bats.", True, 0.72), ("Bats see.", False, 0.1)]


def test_a_tabbed_cell_may_run_over_lines(tmp_path: Path) -> None:
    """A line without a tab inside the table begins the cell that goes on below it."""
    path = tmp_path / "pulled.txt"
    path.write_text(TABBED.replace("drop when", "drop\nwhen"), encoding="utf-8")
    assert read_claims(path).rows[0].text == "Moths with ears drop when they hear a bat call at 30 kHz."


@pytest.fixture(scope="module")
def seeds() -> dict[str, ClaimTable]:
    """Every seed, read."""
    if not SEEDS.is_dir():
        pytest.skip("needs ../shared/seeds beside the checkout")
    return {path.name[:3]: read_claims(path) for path in sorted(SEEDS.glob("*.txt"))}


def test_seeds_give_every_row(seeds: dict[str, ClaimTable]) -> None:
    """56 rows in all, each with its mark and a confidence of two decimals."""
    assert {name: len(table.rows) for name, table in seeds.items()} == N_ROWS
    for table in seeds.values():
        assert table.kind == "report"
        assert all(row.verified is not None and row.confidence is not None for row in table.rows)


def test_seeds_count_as_many_verified_as_they_say(seeds: dict[str, ClaimTable]) -> None:
    """Each seed states "9 independently verified"; so many rows carry the mark."""
    assert {sum(bool(row.verified) for row in table.rows) for table in seeds.values()} == {9}


def test_seed_rows_are_those_of_the_file(seeds: dict[str, ClaimTable]) -> None:
    """In the seeds whose table stands line by line, each row's text, mark and number are on one line."""
    for name in ("000", "001", "003", "004"):
        lines = next(SEEDS.glob(f"{name}*.txt")).read_text(encoding="utf-8").splitlines()
        cells = [[c.strip() for c in line.strip("|").replace("|", "\t").split("\t")] for line in lines]
        rows = [c for c in cells if len(c) == 3 and c[1] in "✓×"]
        assert [[r.text, "✓" if r.verified else "×", f"{r.confidence:.2f}"] for r in seeds[name].rows] == rows


def test_the_seed_from_pdf_has_the_words_of_its_siblings(seeds: dict[str, ClaimTable]) -> None:
    """Hyphenation and ligatures undone, every claim of the PDF's text occurs word for word in another seed."""
    others = {row.text for name, table in seeds.items() if name != "002" for row in table.rows}
    assert {row.text for row in seeds["002"].rows} <= others
    marks = [(row.verified, row.confidence) for row in seeds["002"].rows]
    assert marks == [
        *((True, 0.41), (False, 0.08), (True, 0.20), (True, 0.23), (True, 0.24), (False, 0.11)),
        *((True, 0.23), (True, 0.29), (True, 0.25), (True, 0.36), (True, 0.30)),
    ]


def test_seeds_give_title_question_and_references(seeds: dict[str, ClaimTable]) -> None:
    """What a seed has is read, what it lacks is None."""
    assert seeds["002"].title is None
    assert seeds["002"].references == ()
    assert seeds["002"].question == (
        "How does the order of intermediate tasks affect the zero-shot cross-lingual performance of multilingual "
        "models on XTREME-R compared to monolingual models?"
    )
    for name in ("000", "001", "003", "004"):
        assert (seeds[name].title or "").count(" ") > 5
        assert (seeds[name].question or "").endswith("?")
        assert len(seeds[name].references) == 3
        assert all(link.startswith("http://arxiv.org/abs/") for link in seeds[name].references)
