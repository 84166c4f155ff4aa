"""Tables of LaTeX → Markdown that the table readers find, with captions, spans and heads in their places."""

from __future__ import annotations

from pathlib import Path

import pytest
from eprint_factory import latex
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.reading.tex.reader import read_latex
from synthesis.result_tables import table_values
from synthesis.section_tables import tables_in

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "fulltext" / "s2orc"


def tables_of(body):
    """The tables that are found in the text of a document."""
    paper = read_latex(latex(rf"\section{{S}} Text. {body}"), "x")
    return [table for section in paper.sections for table in tables_in(section.text)]


def rows_of(table):
    """The cells of a table's rows."""
    return [cells for _, cells in table.rows]


def test_a_booktabs_table_in_boxes_is_found_with_its_caption():
    """Rules, boxes, sizes, row colours and bold are no cells; the caption stands on the line that is read."""
    body = r"""\begin{table*}[t!]\small\centering\setlength{\tabcolsep}{2pt}\resizebox{\textwidth}{!}{
    \begin{tabularx}{\linewidth}{@{}l|*{2}{c}@{}}\toprule \textbf{Model} & F1 ($\uparrow$) & EM \\ \cmidrule(lr){2-3}
    \midrule A & 84.3 & 71.0$\pm$0.2 \\[2pt] \rowcolor[gray]{0.9} B\footnotemark[1] & \textbf{85.1} & 72.2 \\
    \addlinespace[1pt] \bottomrule \end{tabularx}}
    \caption{Results on \textsc{SQuAD} (100\% of it).}\label{t}\end{table*}"""
    (table,) = tables_of(body)
    assert table.caption == "Table 1: Results on SQuAD (100% of it)."
    assert table.columns == ("Model", "F1 (↑)", "EM")
    assert rows_of(table) == [("A", "84.3", "71.0±0.2"), ("B", "85.1", "72.2")]
    assert [(value.system, value.metric, value.dataset, value.value) for value in table_values(table.columns, rows_of(table), table.caption)][:2] == [
        ("A", "F1", "SQuAD", 84.3),
        ("A", "EM", "SQuAD", 71.0),
    ]  # fmt: skip


def test_heads_in_two_rows_and_cells_over_rows_are_written_out():
    """A head over columns stands in each, a cell over rows in each row, and columns that always go together are one."""
    body = r"""\begin{table}\caption{C}\begin{tabular}{llccc}\hline & & \multicolumn{2}{c}{SQuAD} & \\
    Set & Model & F1 & EM & Acc. \\ \hline \multirow{2}{*}{Dev} & A & 1 & 2 & \multicolumn{1}{c}{3} \\ & B & 4 & 5 & 6 \\
    \hline \multirow{3}{*}{\shortstack{Test\\set}} & A & 7 & 8 & 9 \\ \hline Other & B & 10 & 11 & 12 \\ \hline\end{tabular}\end{table}"""
    (table,) = tables_of(body)
    assert table.columns == ("Set", "Model", "SQuAD F1", "SQuAD EM", "Acc.")
    assert rows_of(table) == [
        ("Dev", "A", "1", "2", "3"),
        ("Dev", "B", "4", "5", "6"),
        ("Test set", "A", "7", "8", "9"),
        ("Other", "B", "10", "11", "12"),
    ]


def test_a_head_under_a_rule_joins_the_heads_that_group_its_columns():
    """Heads that group columns, a rule, and heads without numbers between rules are one head; results are none."""
    body = r"""\begin{table}\caption{C}\begin{tabular}{lcc}\toprule & \multicolumn{2}{c}{Dev} \\ \midrule
    Model & F1 & EM \\ \midrule A & 1.0 & 2.0 \\ \midrule B & 3.0 & 4.0 \\ \bottomrule\end{tabular}\end{table}"""
    (table,) = tables_of(body)
    assert table.columns == ("Model", "Dev F1", "Dev EM")
    assert rows_of(table) == [("A", "1.0", "2.0"), ("B", "3.0", "4.0")]


@pytest.mark.parametrize(
    ("between", "value"),
    [
        ("@{.}", "12.5"),
        (r"@{$\pm$}", "12±5"),
        ("@{--}", "12–5"),
        (r"@{\hspace{2pt}/\extracolsep{1pt}}", "12/5"),
    ],
)
def test_text_between_columns_joins_their_cells(between, value):
    """What a table's columns set between two numbers stands there in every row, in one cell below their head."""
    body = rf"""\begin{{table}}\caption{{C}}\begin{{tabular}}{{@{{}}l *{{1}}{{r{between}l}} p{{2cm}}@{{}}}}\toprule
    M & \multicolumn{{2}}{{c}}{{Acc}} & n \\ \midrule A & 12 & 5 & 7 \\ B & 12&5 & 8 \\ C & & & 9 \\ \bottomrule\end{{tabular}}\end{{table}}"""
    (table,) = tables_of(body)
    assert table.columns == ("M", "Acc", "n")
    assert rows_of(table) == [("A", value, "7"), ("B", value, "8"), ("C", "", "9")]


def test_text_around_a_column_stands_around_its_numbers():
    """What stands between and behind the columns, such as parentheses, is printed where there is a number."""
    body = r"""\begin{table}\caption{C}\begin{tabular}{l r@{ (}r@{)}} M & \multicolumn{2}{c}{N} \\ A & 3 & 4 \\ B & 5 & 6
    \end{tabular}\end{table}"""
    (table,) = tables_of(body)
    assert (table.columns, rows_of(table)) == (("M", "N"), [("A", "3 (4)"), ("B", "5 (6)")])


def test_columns_that_hold_nothing_or_always_go_together():
    """An empty column between groups is dropped, and columns that each row spans together become one."""
    body = r"""\begin{table}\caption{C}\begin{tabular}{lccc}a & & \multicolumn{2}{c}{b} \\ 1 & & \multicolumn{2}{c}{2}\end{tabular}\end{table}"""
    (table,) = tables_of(body)
    assert (table.columns, rows_of(table)) == (("a", "b"), [("1", "2")])


def test_a_long_caption_is_parted_between_sentences():
    """Captions are read to 300 characters: whole sentences stand in the caption's line, the others below the table."""
    first, second = "One " + "word " * 40 + "ends.", "Two " + "word " * 40 + "end."
    paper = read_latex(
        latex(
            rf"\section{{S}} \begin{{table}}\caption{{{first} {second}}}\begin{{tabular}}{{ll}}a&b\\1&2\end{{tabular}}\end{{table}}"
        ),
        "x",
    )
    text = paper.sections[0].text
    (table,) = tables_in(text)
    assert table.caption == f"Table 1: {first}"
    assert text.endswith(f"| 1 | 2 |\n\n{second}")


def test_parts_of_a_table_have_their_own_letters_and_captions():
    """Sub-tables are numbered 1a, 1b; the first carries the whole table's caption behind its own."""
    one = r"\begin{tabular}{ll}a & b \\ 1 & 2\end{tabular}"
    body = rf"""\begin{{table}}\begin{{subtable}}{{.5\linewidth}}{one}\caption{{Left.}}\end{{subtable}}
    \subfloat[Right.]{{{one}}}\caption{{Both.}}\end{{table}}"""
    assert [table.caption for table in tables_of(body)] == ["Table 1a: Left. Both.", "Table 1b: Right."]


def test_a_longtable_is_its_own_float_with_one_head():
    """Heads and feet that it repeats on each page are printed once."""
    body = r"""\begin{longtable}{ll}\caption{Long.}\label{l}\\ \toprule A & B \\ \midrule \endfirsthead
    \caption[]{continued}\\ A & B \\ \midrule \endhead \bottomrule next page \\ \endfoot 1 & 2 \\ 3 & 4 \\ \end{longtable}"""
    (table,) = tables_of(body)
    assert (table.caption, table.columns) == ("Table 1: Long.", ("A", "B"))
    assert rows_of(table) == [("1", "2"), ("3", "4")]


def test_tables_in_cells_and_of_one_column_are_text():
    """A table inside a cell is the cell's text; one of a single column is paragraphs, not a table."""
    inner = r"\begin{tabular}[t]{@{}l@{}}two\\lines\end{tabular}"
    (table,) = tables_of(
        rf"\begin{{table}}\caption{{C}}\begin{{tabular}}{{ll}}a & {inner}\\1&2|3\end{{tabular}}\end{{table}}"
    )
    assert (table.columns, rows_of(table)) == (("a", "two lines"), [("1", "2|3")])
    paper = read_latex(
        latex(r"\section{S} x \begin{table}\caption{C}\begin{tabular}{l}One.\\Two.\end{tabular}\end{table}"),
        "x",
    )
    assert paper.sections[0].text == "x\n\nTable 1: C\n\nOne.\n\nTwo."


def test_deviations_set_small_stand_in_parentheses():
    """A number with a smaller one at its foot keeps both apart, so that the number can be read."""
    body = r"\begin{table}\caption{Accuracy.}\begin{tabular}{lc}Model & Acc. \\ A & $79.4_{2.1}$\end{tabular}\end{table}"
    (table,) = tables_of(body)
    assert rows_of(table) == [("A", "79.4 (2.1)")]


_CELL = st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=8)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(2, 6).flatmap(
        lambda n: st.lists(st.lists(_CELL, min_size=n, max_size=n), min_size=2, max_size=6)
    )
)
def test_every_cell_comes_back(rows):
    """A table of any words comes back cell by cell."""
    body = r" \\ ".join(" & ".join(row) for row in rows)
    (table,) = tables_of(
        rf"\begin{{table}}\caption{{C}}\begin{{tabular}}{{{'l' * len(rows[0])}}}{body}\end{{tabular}}\end{{table}}"
    )
    assert [table.columns, *rows_of(table)] == [tuple(row) for row in rows]


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data/fulltext beside the checkout")
def test_results_of_a_real_paper_are_read():
    """Of a paper's sixteen-column results table, heads in three rows and all, every value is typed; of others too."""
    paper = read_latex((DATA / "2004.14974.gz").read_bytes(), "x")
    tables = [table for section in paper.sections for table in tables_in(section.text)]
    assert [table.caption.split(":")[0] for table in tables] == [
        "Table 2a", "Table 2b", "Table 3", "Table 4", "Table 5", "Table 6a", "Table 6b", "Table 7a", "Table 7b", "Table 8",
    ]  # fmt: skip
    main = next(table for table in tables if table.caption.startswith("Table 4:"))
    assert len(main.columns) == 15
    assert all(len(row) == 15 for row in rows_of(main))
    values = table_values(main.columns, rows_of(main), main.caption)
    best = [v.value for v in values if v.metric == "F1" and v.system and v.system.startswith("Open VeriSci")]
    assert best == [46.1, 39.5, 47.4, 46.5]
    assert len(values) == 6 * 12
