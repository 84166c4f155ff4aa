"""CSL-JSON, and the other forms in which Zotero exports a library."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.reading.bibtex import read_bibtex
from synthesis.reading.csl_json import csl_paper, read_csl_json
from synthesis.reading.lines import TextLimits
from synthesis.reading.problems import Rejections, UnreadableFileError
from synthesis.reading.ris import read_ris

FIXTURES = Path(__file__).parent / "fixtures" / "csl"


def read(path, limits=None):
    """Papers and counts of what was rejected."""
    rejections = Rejections()
    return list(read_csl_json(path, "zotero", rejections, limits)), rejections.counts


def test_zoteros_export():
    """Names with particles, markup in titles, dates in parts or raw, ids in notes; what is no work is counted."""
    papers, rejected = read(FIXTURES / "zotero.json")
    salt, larks, tongues, book = papers
    assert salt.title == "Salt & sleep in Homo sapiens"
    assert salt.authors == ("Ada Okafor", "Jan van den Berg Jr.", "The Salt Group")
    assert (salt.year, salt.venue, salt.doi) == (2021, "Journal of Night Work", "10.1000/jnw.2021.7")
    assert salt.other_ids == ("pmid:33012345", "pmcid:PMC8012345")
    assert (larks.paper_id, larks.arxiv_version, larks.year) == ("arxiv:2406.01234", 2, 2024)
    assert (tongues.doi, tongues.venue, tongues.authors) == (
        "10.1000/tongues",
        "Proceedings of a Conference",
        ("Itor Ed",),
    )
    assert (book.title, book.year, book.doi, book.url, book.authors) == ("Bound Pages", None, None, None, ())
    assert rejected == {"no work": 1, "no title": 1, "not a JSON object": 1}
    assert {paper.source for paper in papers} == {"zotero"}


def test_the_same_works_come_from_zoteros_other_exports():
    """BibTeX and RIS name the same two papers by the same ids."""
    named = []
    for reader, name in (
        (read_bibtex, "zotero.bib"),
        (read_ris, "zotero.ris"),
        (read_csl_json, "zotero.json"),
    ):
        rejections = Rejections()
        papers = list(reader(FIXTURES / name, "zotero", rejections))[:2]
        named.append([(p.paper_id, p.doi, p.arxiv_id, p.year, p.authors[0]) for p in papers])
    bib, ris, csl = named
    assert bib == ris
    assert [one[0] for one in bib] == ["doi:10.1000/jnw.2021.7", "arxiv:2406.01234"]
    assert [(one[0], one[3], one[4]) for one in csl] == [(one[0], one[3], one[4]) for one in bib]


@pytest.mark.parametrize(
    "text",
    ['{"items": [{"title": "One"}]}', '[{"title": "One"}]', '{"title": "One"}', '\ufeff[{"title": "One"}]'],
)
def test_forms_of_the_file(tmp_path, text):
    """A list, one item, or a list under "items"."""
    path = tmp_path / "one.json"
    path.write_text(text, encoding="utf-8")
    assert [paper.title for paper in read(path)[0]] == ["One"]


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{", "7", '"text"', '[{"title": "One"}', "[NaN" + "9" * 10_000]
)
def test_what_is_no_csl_json_is_refused(tmp_path, text):
    """Case 14: broken, nested without end or another thing: one typed error that says what was expected."""
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="CSL-JSON") as caught:
        read(path)
    assert caught.value.reason == "not CSL-JSON"


def test_a_file_beyond_the_bound_is_refused(tmp_path):
    """Case 14: the file is bounded before it is parsed."""
    path = tmp_path / "large.json"
    path.write_text(json.dumps([{"title": "One", "abstract": "x" * 5_000}]))
    with pytest.raises(UnreadableFileError) as caught:
        read(path, TextLimits(whole_file_bytes=1_000))
    assert caught.value.reason == "too large"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    "title",
    "abstract",
    "author",
    "issued",
    "DOI",
    "URL",
    "note",
    "type",
    "container-title",
    "PMID",
    "number",
)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_types_are_coerced_or_missing(item):
    """Case 35: no field of whatever type is more than missing, and what comes out can be written."""
    paper = csl_paper({"title": "T", **item}, "zotero")
    if paper is not None:
        paper.model_dump_json()


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("10<sup>6</sup> <i>x</i> cells", "10^6 x cells"),
        ("The <sup>13</sup><i>C</i> test and <sup>18</sup>F", "The 13C test and 18F"),
        ("10 <sup>&minus;3</sup> M", "10^−3 M"),
        ("CO<sub>2</sub> per m<sup>2</sup>", "CO2 per m^2"),
        ("<sup>13</sup>C on the 1<sup>st</sup> <b>day</b>", "13C on the 1st day"),
    ],
)
def test_raised_and_lowered_numbers_stay_apart(markup, text):
    """Powers in titles and abstracts do not become digits of their base."""
    paper = csl_paper({"title": markup, "abstract": markup}, "zotero")
    assert (paper.title, paper.abstract) == (text, text)


def test_ids_in_a_note_cost_no_square_of_time():
    """A note of empty lines is read at once, and an id behind it is found."""
    start = time.monotonic()
    paper = csl_paper({"title": "T", "note": "\n" * 19_000 + "  PMID : 123 "}, "zotero")
    assert paper.other_ids == ("pmid:123",)
    assert time.monotonic() - start < 1
