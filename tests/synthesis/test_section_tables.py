from hypothesis import given
from hypothesis import strategies as st

from synthesis.section_tables import tables_in

TEXT = """Results follow.

Table 2: mAP on XQuAD-R.
| System | mAP | MRR |
|---|---:|---|
| BM25 | 0.787 | 0.80 |
| A \\| B | 0.81 | 0.82 |

| a | b |
| no rule | here |
| x | y |
"""


def test_a_table_is_read_with_the_place_of_each_row() -> None:
    """Heads, cells and caption are read, an escaped bar stays in its cell, and each span quotes its row."""
    [table] = tables_in(TEXT)
    assert table.caption == "Table 2: mAP on XQuAD-R."
    assert table.columns == ("System", "mAP", "MRR")
    assert [cells for _, cells in table.rows] == [("BM25", "0.787", "0.80"), ("A | B", "0.81", "0.82")]
    assert TEXT[table.rows[0][0].start : table.rows[0][0].end] == "| BM25 | 0.787 | 0.80 |"


CELL = st.text(alphabet="ab 1.", min_size=1, max_size=5).map(str.strip).filter(bool)


@given(
    st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=2, max_size=5)
    )
)
def test_what_is_written_is_read(rows: list[list[str]]) -> None:
    """Any grid of cells comes back as it was."""
    head, *body = rows
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *body)]
    [table] = tables_in("before\n" + "\n".join(lines) + "\nafter")
    assert [table.columns, *(cells for _, cells in table.rows)] == [tuple(row) for row in rows]


@given(st.text(alphabet="|-\\ \nab", max_size=300))
def test_any_text_is_survived(text: str) -> None:
    """Bars and dashes in any order never raise, and every span lies in the text."""
    for table in tables_in(text):
        assert all(0 <= span.start < span.end <= len(text) for span, _ in table.rows)
