"""Cells with spans as tables in Markdown's form."""

from hypothesis import given
from hypothesis import strategies as st

from synthesis.reading.table_text import MAX_CELLS, Cell, caption_line, markdown_table
from synthesis.result_tables import table_values
from synthesis.section_tables import tables_in


def heads(*texts):
    """A row of heads."""
    return [Cell(text, head=True) for text in texts]


def cells(*texts):
    """A row of plain cells."""
    return [Cell(text) for text in texts]


CELL_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.lists(CELL_TEXTS, min_size=1, max_size=5), min_size=2, max_size=6))
def test_every_cell_comes_back_from_the_table_reader(rows):
    """Whatever the cells hold, ``tables_in`` gives them back, blanks folded; short rows are filled up."""
    (table,) = tables_in(markdown_table([cells(*row) for row in rows], "About things", "Table 3"))
    assert table.caption == "Table 3: About things"
    read = [table.columns, *(row for _, row in table.rows)]
    width = max(map(len, rows))
    assert read == [(*(" ".join(c.split()) for c in row), *[""] * (width - len(row))) for row in rows]


def test_heads_in_two_rows_become_one_and_give_results():
    """A measure over two data sets is read with each of them."""
    head = [Cell("Model", rows=2, head=True), Cell("F1", columns=2, head=True)]
    rows = [head, heads("SQuAD", "NewsQA"), cells("CatNet", "84.3", "61.0")]
    (table,) = tables_in(markdown_table(rows, "Results", "Table 1"))
    assert table.columns == ("Model", "F1 SQuAD", "F1 NewsQA")
    values = table_values(table.columns, [row for _, row in table.rows], table.caption)
    assert [(v.dataset, v.metric, v.value) for v in values] == [("SQuAD", "F1", 84.3), ("NewsQA", "F1", 61.0)]


def test_a_cell_over_rows_holds_for_each_and_one_over_columns_stands_once():
    """Of a body cell only the rows that it spans repeat it."""
    rows = [
        heads("a", "b", "c"),
        [Cell("x", rows=2), Cell("1"), Cell("2")],
        cells("3", "4"),
        [Cell("all", columns=3)],
    ]
    text = markdown_table(rows, None, None)
    assert text.splitlines()[2:] == ["| x | 1 | 2 |", "| x | 3 | 4 |", "| all |  |  |"]


def test_a_head_over_the_whole_table_is_said_once():
    """It names no column."""
    rows = [[Cell("All in mg", columns=2, head=True)], heads("Arm", "Dose"), cells("A", "5")]
    assert markdown_table(rows, None, None).splitlines()[0] == "| All in mg Arm | Dose |"


def test_spans_leave_neither_the_head_nor_the_table():
    """A head that claims more rows than the head has, and a cell that claims columns where none begin, change nothing."""
    rows = [[Cell("a", rows=9, head=True), Cell("b", head=True)], [Cell("1"), Cell("2", columns=900)]]
    assert markdown_table(rows, None, None).splitlines() == ["| a | b |", "| --- | --- |", "| 1 | 2 |"]


def test_hostile_spans_do_not_grow():
    """Case 32: spans that would fill more than the bound are not written out; no cell is lost."""
    rows = [[Cell("long " * 300, rows=60_000, columns=1_000)], *[cells(str(i)) for i in range(2_000)]]
    text = markdown_table(rows, None, None)
    assert len(text) < 40 * 2_000
    assert "| 1999 |" in text
    wide = [cells(*["x"] * 2_000), *[cells("y")] * (MAX_CELLS // 1_000)]
    assert len(markdown_table(wide, None, None)) < 30_000


def test_caption_lines_begin_with_table():
    """As the reader of tables finds a caption only so; a label of another kind stands in brackets."""
    assert caption_line("What", "Supplementary Table 2.") == "Table (Supplementary Table 2): What"
    assert caption_line("What", None) == "Table – What"
    assert caption_line("Table 4. What", None) == "Table 4. What"
    assert caption_line(None, None) == ""
    assert markdown_table([], "What", "Table 1") == "Table 1: What"
