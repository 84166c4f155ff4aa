"""The ACL Anthology's XML and its BibTeX export → papers."""

from __future__ import annotations

import contextlib
import gzip
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.identifiers import parse_acl_id
from synthesis.reading.acl_anthology import acl_id, read_acl_xml
from synthesis.reading.bibtex import read_bibtex
from synthesis.reading.language_codes import three_letter_codes, two_letter_code
from synthesis.reading.lines import TextLimits
from synthesis.reading.problems import Rejections, UnreadableFileError

if TYPE_CHECKING:
    from synthesis.records import Paper

FIXTURE = Path(__file__).parent / "fixtures" / "acl_anthology" / "2021.owls.xml"


@pytest.fixture(scope="module")
def read() -> tuple[dict[str, Paper], Rejections]:
    """The fixture's papers by their Anthology id, and what was rejected."""
    rejections = Rejections()
    papers = {paper.acl_id or "": paper for paper in read_acl_xml(FIXTURE, "my library", rejections)}
    return papers, rejections


def _read_text(tmp_path: Path, text: str | bytes, limits: TextLimits | None = None) -> list[Paper]:
    path = tmp_path / "some.xml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(read_acl_xml(path, "x", Rejections(), limits))


def _collection(paper: str, collection: str = "2021.owls", volume: str = "main") -> str:
    return (
        f'<collection id="{collection}"><volume id="{volume}"><meta><booktitle>B</booktitle><year>2021</year></meta>'
        f"{paper}</volume></collection>"
    )


def test_a_paper_has_every_fact(read: tuple[dict[str, Paper], Rejections]) -> None:
    """Title and abstract without markup, authors but no editors, ids, year, venue and the Anthology's PDF."""
    paper = read[0]["2021.owls-main.1"]
    assert paper.title == "Owls in O(nlog n): Strix at k-means & more"
    assert paper.abstract == "We cluster owls. See https://example.org/owls for all of them."
    assert paper.authors == ("Ada Example", "Mononym")
    assert (paper.year, paper.venue) == (2021, "Proceedings of the First Workshop on Owls")
    assert (paper.paper_id, paper.source) == ("doi:10.18653/v1/2021.owls-main.1", "my library")
    assert paper.url == "https://aclanthology.org/2021.owls-main.1/"
    assert [link.url for link in paper.links] == ["https://aclanthology.org/2021.owls-main.1.pdf"]


def test_front_matter_and_papers_without_title_are_left_out(
    read: tuple[dict[str, Paper], Rejections],
) -> None:
    """Front matter is no paper and no rejection; a paper without a title is one, with its line."""
    papers, rejections = read
    assert len(papers) == 5
    (rejected,) = rejections.kept
    assert (rejected.reason, rejected.detail) == ("no title", "2021.owls-main.5")
    assert rejected.item == "2021.owls.xml:53"


def test_errata_and_revisions_are_notices(read: tuple[dict[str, Paper], Rejections]) -> None:
    """Case 36: an erratum and each revision after the first are notices of a correction."""
    paper = read[0]["2021.owls-main.2"]
    assert [(notice.kind, notice.detail) for notice in paper.notices] == [
        ("corrected", "erratum 1, 2021-12-01"),
        ("corrected", "revision 2, 2022-01-01, Table 2 was wrong."),
    ]
    assert (paper.retracted, paper.language) == (False, "fr")


def test_retracted_and_removed_papers_are_marked(read: tuple[dict[str, Paper], Rejections]) -> None:
    """Case 36: both count as taken back; a removed paper has no PDF any more."""
    retracted, removed = read[0]["2021.owls-main.3"], read[0]["2021.owls-main.4"]
    assert retracted.retracted
    assert retracted.notices[0].kind == "retracted"
    assert "of a dog" in (retracted.notices[0].detail or "")
    assert removed.retracted
    assert (removed.notices[0].kind, removed.links) == ("withdrawn", ())


def test_a_journal_names_its_papers_venue(read: tuple[dict[str, Paper], Rejections]) -> None:
    """The journal's title comes before the volume's, and each volume has its own year; a PDF elsewhere is linked."""
    paper = read[0]["2021.owls-journal.1"]
    assert (paper.venue, paper.year) == ("Invented Linguistics", 2022)
    assert [link.url for link in paper.links] == ["https://example.org/elsewhere.pdf"]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("2020.emnlp", "main", "477"), "2020.emnlp-main.477"),
        (("P19", "1", "1"), "P19-1001"),
        (("W18", "63", "19"), "W18-6319"),
        (("D19", "1", "7"), "D19-1007"),
        (("D19", "50", "1"), "D19-5001"),
        (("C69", "1", "1"), "C69-0101"),
        (("P19", "x", "1"), None),
        (("P19", "1", "x"), None),
        (("", "1", "1"), None),
        (("../..", "1", "1"), None),
    ],
)
def test_ids_are_padded_as_the_anthology_pads_them(parts: tuple[str, str, str], expected: str | None) -> None:
    """New ids are joined, old ones padded to four digits: two for a workshop's volume, one for others."""
    assert acl_id(*parts) == expected


@given(st.text(max_size=8), st.text(max_size=5), st.text(max_size=5))
def test_an_id_is_an_anthology_id_or_none(collection: str, volume: str, paper: str) -> None:
    """Whatever the attributes hold, what comes out is an Anthology id in its own form."""
    built = acl_id(collection, volume, paper)
    assert built is None or parse_acl_id(built) == built


def test_older_forms_are_read(tmp_path: Path) -> None:
    """Case 35: front matter as paper 0, a year and journal of the paper's own, a paper without URL or authors."""
    papers = _read_text(
        tmp_path,
        _collection(
            '<paper id="0"><title>Front</title></paper>'
            '<paper id="1"><title>A <b>b</b> <i>c <tex-math>\\alpha</tex-math></i></title><year>1999</year>'
            "<journal>J</journal></paper>",
            "J99",
            "1",
        ),
    )
    (paper,) = papers
    assert (paper.acl_id, paper.title, paper.year, paper.venue) == ("J99-1001", "A b c α", 1999, "J")
    assert (paper.links, paper.authors, paper.open_access) == ((), (), None)


def test_a_volume_without_meta_has_no_facts_of_the_one_before(tmp_path: Path) -> None:
    """Year and venue are the volume's own: without ``meta`` they are missing."""
    paper = '<paper id="1"><title>T</title></paper>'
    text = _collection(paper).replace("</collection>", f'<volume id="other">{paper}</volume></collection>')
    first, second = _read_text(tmp_path, text)
    assert (first.year, first.venue) == (2021, "B")
    assert (second.acl_id, second.year, second.venue) == ("2021.owls-other.1", None, None)


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
    + _collection('<paper id="1"><title>&c;</title></paper>')
)
EXTERNAL = '<!doctype x SYSTEM "file:///etc/passwd">' + _collection('<paper id="1"><title>T</title></paper>')


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BOMB, "holds a document type"),
        (EXTERNAL, "holds a document type"),
        (_collection('<paper id="1"><title>T</title>'), "damaged XML"),
        (_collection('<paper id="1"><title>&unknown;</title></paper>'), "damaged XML"),
        (_collection(f'<paper id="1"><title>{"<b>" * 99}{"</b>" * 99}</title></paper>'), "nested too deep"),
        (f"{'<a>' * 5000}{'</a>' * 5000}", "unknown XML"),
        ("<article><title>T</title></article>", "unknown XML"),
        ("not xml", "damaged XML"),
        ("", "empty"),
        ("\0\0", "is binary"),
    ],
)
def test_hostile_and_foreign_files_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    """Entities, external ones too, deep nesting, cut and foreign files are typed errors, and nothing is fetched."""
    with pytest.raises(UnreadableFileError) as caught:
        _read_text(tmp_path, text)
    assert caught.value.reason == reason


def test_a_file_beyond_the_bound_is_refused(tmp_path: Path) -> None:
    """The size of a file is bounded before it is parsed."""
    with pytest.raises(UnreadableFileError) as caught:
        _read_text(tmp_path, _collection(" " * 5000), TextLimits(whole_file_bytes=4000))
    assert caught.value.reason == "too large"


def test_mutations_give_papers_or_a_reason(tmp_path: Path) -> None:
    """Of 300 mutations of the fixture each gives papers or a typed error, none runs on."""
    source = FIXTURE.read_bytes()
    generator = random.Random(7)
    started = time.monotonic()
    for _ in range(300):
        data = bytearray(source)
        for _ in range(generator.randint(1, 8)):
            start = generator.randrange(len(data))
            data[start : start + generator.randint(0, 40)] = generator.randbytes(generator.randint(0, 40))
        papers: list[Paper] = []
        with contextlib.suppress(UnreadableFileError):
            papers = _read_text(tmp_path, bytes(data[: generator.randint(1, len(data))]))
        assert all(parse_acl_id(paper.acl_id or "") for paper in papers)
    assert time.monotonic() - started < 20


@given(st.sampled_from("de en fr pt sr zh".split()), st.sampled_from(["", "-XX", "_yy"]))
def test_languages_have_one_two_letter_code(code: str, region: str) -> None:
    """Every code of a language, with a region or not, gives back the two letters."""
    assert {two_letter_code(f"{one}{region}") for one in (code, code.upper(), *three_letter_codes(code))} == {
        code
    }


def _bibtex_entries(n: int) -> str:
    """Entries as the Anthology's own export writes them."""
    abstract = (
        "We ask whether owls {--} of all birds {--} count, and find that they do in 4{\\%} of trials. " * 12
    )
    return "".join(
        f"""@inproceedings{{example-conde-{i}-owls,
    title = "{{O}}wls and \\'etudes, part {i}: {{A}} study of {{BERT}} at \\textit{{scale}}",
    author = "Example, Ada  and
      Conde, Jos{{\\'e}}  and
      M{{\\"u}}ller, {{\\v{{Z}}}}eljko",
    editor = "Itor, Edith",
    booktitle = "Proceedings of the {i % 7}th Workshop on {{O}}wls (Volume 1: Long Papers)",
    month = may,
    year = "20{i % 25:02d}",
    address = "Owl City, Nowhere",
    publisher = "Association for Invented Linguistics",
    url = "https://aclanthology.org/20{20 + i % 5}.owls-main.{i}/",
    doi = "10.18653/v1/20{20 + i % 5}.owls-main.{i}",
    pages = "{i}--{i + 9}",
    abstract = "{abstract}"
}}
"""
        for i in range(1, n + 1)
    )


def test_the_bibtex_export_is_read_too(tmp_path: Path) -> None:
    """``anthology+abstracts.bib.gz`` goes through the BibTeX reader, ids, accents and abstracts kept."""
    path = tmp_path / "anthology+abstracts.bib.gz"
    path.write_bytes(gzip.compress(_bibtex_entries(50).encode()))
    rejections = Rejections()
    papers = list(read_bibtex(path, "acl", rejections))
    assert (len(papers), len(rejections)) == (50, 0)
    assert papers[0].acl_id == "2021.owls-main.1"
    assert papers[0].title == "Owls and études, part 1: A study of BERT at scale"
    assert papers[0].authors == ("Ada Example", "José Conde", "Željko Müller")
    assert (papers[0].abstract or "").count("We ask whether") == 12
