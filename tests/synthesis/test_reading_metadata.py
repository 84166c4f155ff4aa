"""Loose metadata → papers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.reading.metadata import Identifiers, as_authors, as_text, as_year, build_paper
from synthesis.records import Section

FIELDS = (
    "id",
    "title",
    "abstract",
    "authors",
    "year",
    "venue",
    "doi",
    "arxiv_id",
    "acl_id",
    "url",
    "retracted",
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES))
def test_any_types_are_coerced_or_missing(record):
    """Whatever a file holds, the outcome is a paper that can be stored, or none for want of a title."""
    paper = build_paper(record, source="lib")
    if paper is None:
        assert as_text(record.get("title")) is None
    else:
        assert type(paper).model_validate_json(paper.model_dump_json()) == paper
        json.dumps(paper.model_dump(), ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize(
    ("record", "paper_id"),
    [
        ({"id": "2408.10536", "doi": "10.48550/arXiv.2408.10536"}, "arxiv:2408.10536"),
        (
            {"id": "2020.emnlp-main.477", "doi": "10.18653/V1/2020.emnlp-main.477"},
            "doi:10.18653/v1/2020.emnlp-main.477",
        ),
        ({"id": "P19-1001", "doi": None}, "acl:P19-1001"),
        ({"id": "x1", "doi": "10.48550/arXiv.2408.10536"}, "arxiv:2408.10536"),
        ({"url": "https://arxiv.org/abs/2408.10536v2"}, "arxiv:2408.10536"),
        ({"id": 7}, "title:"),
    ],
)
def test_identifiers_are_recognised(record, paper_id):
    """Each kind of identifier gives the canonical paper_id; an arXiv DOI counts as the arXiv id."""
    paper = build_paper({"title": "T", **record}, source="lib")
    assert paper.paper_id.startswith(paper_id)
    if paper.arxiv_id:
        assert paper.doi is None


def test_first_identifier_of_a_kind_holds():
    """Of two arXiv ids the first is taken, with its version."""
    assert Identifiers.of(["2408.10536v3", "2109.07622"]) == Identifiers("2408.10536", 3)


@pytest.mark.parametrize(
    ("value", "year"),
    [
        (2024, 2024),
        ("2024", 2024),
        ("2024-05-01", 2024),
        ("20x1", None),
        (None, None),
        (True, None),
        (99, None),
        ([2024], None),
    ],
)
def test_years(value, year):
    """A year is read from numbers and dates, and missing otherwise."""
    assert as_year(value) == year


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (["A B", None, 3, {"name": "C D"}], ("A B", "C D")),
        ("A B and C D", ("A B", "C D")),
        ([], ()),
        (None, ()),
        ({"name": "A"}, ()),
    ],
)
def test_authors(value, names):
    """Names come from lists, objects or one string; the rest is passed over."""
    assert as_authors(value) == names


def test_retracted_and_abstract_are_kept():
    """The retraction flag survives, and the abstract becomes the one section."""
    paper = build_paper({"title": "T", "abstract": "One.\n Two.", "retracted": True}, source="lib")
    assert paper.retracted
    assert paper.sections == (Section(title="Abstract", text="One. Two."),)


def test_lone_surrogates_are_replaced():
    """Half of a UTF-16 pair, which no encoding can write, becomes U+FFFD."""
    assert as_text("a\ud83db") == "a\ufffdb"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", 3])
def test_only_web_addresses_are_kept(url):
    """A URL of another scheme is missing."""
    assert build_paper({"title": "T", "url": url}, source="lib").url is None
