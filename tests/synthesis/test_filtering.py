"""What a user's filters exclude, and for which reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.filtering import why_filtered
from synthesis.records import Filters, Paper

UNKNOWN = Paper(paper_id="doi:10.1/a", title="A study", source="test")
KNOWN = UNKNOWN.model_copy(
    update={
        "year": 2020,
        "venue": "Findings of the Association for Computational Linguistics: ACL 2020",
        "fields": ("Computer Science", "Linguistics"),
        "language": "en",
        "open_access": False,
    }
)


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        (Filters(from_year=2021), "outside the years asked for"),
        (Filters(to_year=2019), "outside the years asked for"),
        (Filters(from_year=2020, to_year=2020), None),
        (Filters(venue="nature"), "not of the venue asked for"),
        (Filters(venue="findings of the association"), None),
        (Filters(venue="acl"), None),
        (Filters(field="biology"), "not of the field asked for"),
        (Filters(field="computer science"), None),
        (Filters(language="de"), "not in the language asked for"),
        (Filters(language="EN"), None),
        (Filters(open_access=True), "not open access"),
        (Filters(), None),
    ],
)
def test_each_filter_names_its_reason(filters, reason):
    """A known fact outside the filter excludes the paper under the reason that is counted; one inside does not."""
    assert why_filtered(KNOWN, filters) == reason


@given(
    st.builds(
        Filters,
        from_year=st.none() | st.integers(1900, 2100),
        to_year=st.none() | st.integers(1900, 2100),
        venue=st.none() | st.text(max_size=20),
        field=st.none() | st.text(max_size=20),
        language=st.none() | st.sampled_from(["en", "de"]),
        open_access=st.booleans(),
    )
)
def test_what_no_source_states_excludes_nothing(filters):
    """A paper of which nothing is known passes every filter."""
    assert why_filtered(UNKNOWN, filters) is None


def test_a_venue_is_matched_from_the_start_of_a_word():
    """A filter of "ACL" holds "ACL 2020", not of "Oracle"; in scripts without blanks a part is a part."""
    oracle = UNKNOWN.model_copy(update={"venue": "Oracle Journal"})
    chinese = UNKNOWN.model_copy(update={"venue": "计算机学报"})
    assert why_filtered(oracle, Filters(venue="ACL")) is not None
    assert why_filtered(chinese, Filters(venue="学报")) is None


@pytest.mark.parametrize(
    ("stated", "wanted"),
    [
        ("cs.CL", "Computer Science"),
        ("cs.CL", "cs.CL"),
        ("hep-th", "Physics"),
        ("q-bio.NC", "biology"),
        ("stat.ML", "Statistics"),
    ],
)
def test_an_arxiv_category_is_of_its_field(stated, wanted):
    """A field is "cs.CL" to arXiv where other databases say "Computer Science"."""
    assert why_filtered(UNKNOWN.model_copy(update={"fields": (stated,)}), Filters(field=wanted)) is None
    assert why_filtered(UNKNOWN.model_copy(update={"fields": (stated,)}), Filters(field="Law")) is not None


def test_a_region_of_a_language_is_that_language():
    """Portuguese of Brazil is Portuguese."""
    brazilian = UNKNOWN.model_copy(update={"language": "pt-BR"})
    assert why_filtered(brazilian, Filters(language="pt")) is None
