"""BibTeX."""

import pytest

from synthesis.reading.bibtex import read_bibtex
from synthesis.reading.problems import Rejections

GOOD = r"""
@string{acl = {Annual Meeting of the {ACL}}}
@comment{nothing}
@InProceedings{roy-2020,
  title = "{LAR}e{QA}: Schr{\"o}dinger's \emph{Answer} \& {\'E}tude",
  author = {Roy, Uma and Noah Constant and Garc{\'\i}a, Jos{\'e} and others},
  booktitle = acl, year = 2020, month = nov,
  url = {https://aclanthology.org/2020.emnlp-main.477},
}
@article(old, title = {Second one}, author = {Ada Lovelace}, date = {1843-10}, month = sept, eprint = {2408.10536})
"""


def read(tmp_path, text):
    """Papers and rejections of a BibTeX text."""
    path = tmp_path / "refs.bib"
    path.write_text(text, encoding="utf-8")
    rejections = Rejections()
    return list(read_bibtex(path, "lib", rejections)), rejections


def test_latex_becomes_text(tmp_path):
    """Accents, braces and commands are decoded; names come given name first; strings are substituted."""
    papers, rejections = read(tmp_path, GOOD)
    first, second = papers
    assert first.title == "LAReQA: Schrödinger's Answer & Étude"
    assert first.authors == ("Uma Roy", "Noah Constant", "José García")
    assert (first.venue, first.year, first.acl_id) == (
        "Annual Meeting of the ACL",
        2020,
        "2020.emnlp-main.477",
    )
    assert (second.title, second.year, second.paper_id) == ("Second one", 1843, "arxiv:2408.10536")
    assert not rejections.counts


@pytest.mark.parametrize(
    "broken",
    [
        "@article{b, title = {never closed,\n year = 2020\n",
        "@article{b, title 3}\n",
        '@article{b, title = "a" b}\n',
    ],
)
def test_a_broken_entry_costs_only_itself(tmp_path, broken):
    """The entries before and after are read; the broken one is counted under its line."""
    papers, rejections = read(tmp_path, f"@misc{{a, title = {{A}}}}\n{broken}@misc{{c, title = {{C}}}}\n")
    assert [p.title for p in papers] == ["A", "C"]
    assert rejections.counts == {"broken BibTeX entry": 1}
    assert rejections.kept[0].item == "refs.bib:2"


def test_no_title_and_unbalanced_fields_are_survived(tmp_path):
    """An entry without title is rejected; LaTeX that cannot be parsed stays as text."""
    deep = "{" * 300 + "x" + "}" * 300
    papers, rejections = read(
        tmp_path,
        f"@misc{{a, year = 2020}}\n@misc{{b, title = {{A \\textbf b $ x}}}}\n@misc{{c, title = {deep}}}\n",
    )
    assert [p.title for p in papers] == ["A b $ x"]
    assert rejections.counts == {"no title": 1, "broken BibTeX entry": 1}
