"""Metadata and text of one work joined, and the text of another told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_paper import ABSTRACT, AUTHORS, TITLE, metadata

from synthesis.fetching.joining import is_another_paper, join, without_text
from synthesis.reading.full_text import FullText
from synthesis.records import Link, Section

OWN = Link(url="https://export.arxiv.org/e-print/2401.01234v7", form="latex", source="arxiv")
BODY = Section(title="Introduction", text="Growers open their windows by what a humidity sensor says.")


def text(**changes):
    """What a reader gives."""
    return FullText.model_validate({"form": "latex", "title": TITLE, "sections": (BODY,), **changes})


def test_what_sources_say_stands_and_the_text_fills_gaps():
    """Title, authors, year and abstract are the metadata's where it has them, else the text's."""
    read = text(title="Other Words", authors=("X Y",), year=1999, abstract="Another abstract.")
    joined = join(metadata(), read, OWN)
    assert (joined.title, joined.authors, joined.year, joined.abstract) == (TITLE, AUTHORS, 2024, ABSTRACT)
    bare = join(metadata(title="", authors=(), year=None, abstract=None, sections=()), read, OWN)
    assert (bare.title, bare.authors, bare.year) == ("Other Words", ("X Y",), 1999)
    assert bare.sections[0] == Section(title="Abstract", text="Another abstract.")


def test_the_text_is_stored_as_it_was_read():
    """Sections, form, quality and flags are the text's; an abstract goes before them only where they have none."""
    with_abstract = (Section(title="Abstract", text="As printed."), BODY)
    joined = join(metadata(), text(sections=with_abstract, quality=0.7, flags=("no tables",)), OWN)
    assert joined.sections == with_abstract
    assert (joined.form, joined.quality, joined.flags) == ("latex", 0.7, ("no tables",))
    assert join(metadata(), text(), OWN).sections == (Section(title="Abstract", text=ABSTRACT), BODY)


def test_the_version_is_that_of_the_text():
    """The text's version is the one in the address that it came from; texts from elsewhere leave it as it was."""
    assert join(metadata(), text(), OWN).arxiv_version == 7
    elsewhere = OWN.model_copy(update={"source": "openalex"})
    assert join(metadata(), text(), elsewhere).arxiv_version == 2


def test_without_text_the_paper_keeps_what_it_had():
    """Only the flag is new."""
    paper = without_text(metadata(flags=("old",)), "arxiv: HTTP 404")
    assert paper.flags == ("old", "full text not read: arxiv: HTTP 404")
    assert paper.model_copy(update={"flags": ()}) == metadata()


@pytest.mark.parametrize(
    ("title", "abstract", "body", "other"),
    [
        (TITLE, None, "Nothing of it.", False),
        ("Drift of cheap humidity sensors in greenhouses", None, "Nothing.", False),
        ("Proceedings of the Meeting", ABSTRACT, "Nothing.", False),
        ("Proceedings of the Meeting", None, f"Page 1 {TITLE} Ada Example", False),
        ("A Dictionary of Village Names", "We scanned it.", "Every village was compared.", True),
        (None, None, "Every village of the volume was compared with two older lists.", True),
    ],
)
def test_another_paper_is_one_of_other_title_and_other_words(title, abstract, body, other):
    """A similar title, the title within the text, or the abstract's words each suffice to be the paper."""
    read = text(title=title, abstract=abstract, sections=(Section(title="1", text=body),))
    assert is_another_paper(metadata(), read) is other


def test_a_paper_of_which_nothing_is_known_has_no_other():
    """Without title and abstract nothing can disagree."""
    assert not is_another_paper(metadata(title="", abstract=None), text(title="Whatever"))


@given(st.text(max_size=80), st.text(max_size=200), st.text(max_size=200))
def test_a_text_is_never_another_paper_than_its_own(title, abstract, body):
    """Metadata taken from a text itself agrees with it."""
    read = text(title=title, abstract=abstract, sections=(Section(title="1", text=body),))
    assert not is_another_paper(metadata(title=title, abstract=abstract or None), read)
