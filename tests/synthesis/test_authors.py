"""Whether two author lists share people."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.authors import CROWD, Likeness, likeness, read_author, read_authors, same_authors

FAMILY = ("Smith", "Wang", "García", "van der Berg", "Müller", "Kim", "Иванов", "O'Brien")
GIVEN = ("John", "Jane", "Xiao-Ming", "J.", "Ana María", "K")
NAMES = st.builds(
    lambda family, given, form: form.format(f=family, g=given),
    st.sampled_from(FAMILY),
    st.sampled_from(GIVEN),
    st.sampled_from(("{f}, {g}", "{g} {f}")),
) | st.text(max_size=30)
LISTS = st.lists(NAMES, max_size=8).map(tuple)


def _alike(one, other):
    return likeness(read_author(one), read_author(other))


def _same(one, other):
    return same_authors(read_authors(tuple(one)), read_authors(tuple(other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Smith, John", "John Smith"),
        ("John A. Smith", "Smith, John"),
        ("Müller, Jörg", "Jorg Mueller"),
        ("Wang Xiaoming", "Xiaoming Wang"),
        ("Xiao-Ming Wang", "Wang, Xiaoming"),
        ("Wang Xiao-Ming", "Xiaoming Wang"),
        ("Jean-Pierre Serre", "Serre, Jean Pierre"),
        ("王小明", "Xiaoming Wang"),
        ("王 小明", "王小明"),
        ("Jan van der Berg", "van der Berg, Jan"),
        ("Gabriel García Márquez", "García Márquez, Gabriel"),
        ("Пётр Иванов", "Иванов, Пётр"),
        ("Pat O’Brien", "O'Brien, Pat"),
        ("Maurice Pescitelli, Jr.", "Maurice J. Pescitelli"),
        ("OpenAI", "OpenAI"),
        ("Gemma Team", "gemma team"),
        ("World Health Organization", "World Health Organization"),
    ],
)
def test_one_name_in_several_forms_is_one_name(one, other):
    """Order, accents, script, hyphens, middle initials and suffixes do not matter."""
    assert _alike(one, other) is _alike(other, one) is Likeness.BY_NAME


@pytest.mark.parametrize("form", ["J. Smith", "Smith, J.", "Smith J", "Smith JA", "J.-A. Smith"])
def test_an_initial_is_a_weaker_likeness(form):
    """An initial agrees with the given name that it may stand for, but less surely than the name itself."""
    assert _alike(form, "John Smith") is Likeness.BY_INITIAL


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Smith", "Smith"),
        ("Smith", "John Smith"),
        ("Jane Smith", "John Smith"),
        ("John A. Smith", "John B. Smith"),
        ("K. Smith", "John Smith"),
        ("Cheng Li", "Cheng-Te Li"),
        ("OpenAI", "DeepSeek-AI"),
    ],
)
def test_a_family_name_alone_is_no_likeness(one, other):
    """Names that share the family name only, or contradict each other in a given name, are not one person's."""
    assert _alike(one, other) is Likeness.NONE


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (["Ann Lee", "Bob Ray", "Cy Fox"], ["Cy Fox", "Dee Poe", "Eve Orr"], True),  # last is first
        (["Ann Lee", "Bob Ray", "Cy Fox"], ["Dee Poe", "Bob Ray", "Eve Orr"], False),  # one in the middle
        (["Ann Lee", "Bob Ray"], ["Dee Poe", "Bob Ray", "Ann Lee", "Eve Orr"], True),
        (["Bob Ray"], ["Dee Poe", "Bob Ray", "Eve Orr"], True),  # half of the shorter list
        (["J. Wang"], ["Jun Wang"], True),  # all that is known of both
        (["J. Wang", "Ann Lee"], ["Jun Wang", "Dee Poe"], False),  # an initial alone
        (["J. Wang", "A. Lee"], ["Jun Wang", "Dee Poe", "Ann Lee"], True),
        (["Wang", "Lee"], ["Wang", "Lee"], False),
        ([], ["Ann Lee"], False),
        ([], [], False),
        (["Anonymous"], ["Anonymous"], False),
        (["Ann Lee", "et al."], ["Cy Fox", "et al."], False),
        (["Ann Lee et al."], ["Dee Poe", "Ann Lee", "Cy Fox"], True),
        (["OpenAI"], ["OpenAI", "Ann Lee"], True),
    ],
)
def test_what_counts_as_the_same_authors(one, other, same):
    """A shared lead or half of the shorter list by name; initials only in company; nobody is nobody."""
    assert _same(one, other) is _same(other, one) is same


def test_the_last_name_of_a_cut_list_leads_nothing():
    """Behind "et al." stands somebody else, so the last one named is no last author."""
    others = ("Dee Poe", "Eve Orr", "Flo Ito", "Bob Ray", "Gus Roy")
    assert not _same(("Ann Lee", "Cy Fox", "Bob Ray et al."), others)
    assert _same(("Ann Lee", "Cy Fox", "Dee Poe"), others)


def test_collaborations_are_told_from_people_and_in_good_time():
    """Thousands of initials do not swallow a small paper, two lists of one collaboration are the same authors."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    crowd = tuple(
        f"{a}. {family}{b.lower()}"
        for family in ("Wang", "Smith", "Ivan", "Moritz")
        for a in letters
        for b in letters
    )
    later = (*crowd[100:], *(f"{a}. Newcomer" for a in letters))
    small = ("Anna Wanga", "Boris Smithb", "Cecil Ivanc")
    hostile = tuple(f"A{i} Smith" for i in range(5000))
    start = time.process_time()
    assert len(crowd) > 20 * CROWD
    assert _same(crowd, later)
    assert not _same(crowd, small)
    assert _same((*crowd, "Anna Wanga", "Boris Smithb"), small)
    assert _same(hostile, hostile[::-1])
    assert not _same(hostile, small)
    assert time.process_time() - start < 10


@settings(max_examples=50)
@given(LISTS, LISTS)
def test_sharing_authors_is_symmetric_and_ignores_how_names_are_set(one, other):
    """Either paper may be asked; blanks around names and letter case of the "et al." change nothing."""
    assert _same(one, other) == _same(other, one)
    assert _same(one, other) == _same(tuple(f" {name} " for name in one), other)


@given(st.lists(NAMES, min_size=1, max_size=8).map(tuple))
def test_a_list_shares_authors_with_itself_unless_nobody_is_known(names):
    """A list with a first author who has a given name is the same authors as itself."""
    people = read_authors(names).people
    if people and (people[0].given and (len(people[0].words) > 1 and len(people[0].given[0]) > 1)):
        assert _same(names, names)
