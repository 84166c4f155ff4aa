"""RIS."""

from synthesis.reading.problems import Rejections
from synthesis.reading.ris import read_ris

RECORD = """TY  - JOUR
AU  - Lovelace, Ada
AU  - Turing, Alan
TI  - On {what}
AB  - First line
of the abstract.
PY  - 2020/05/01/
JO  - Journal of Things
DO  - https://doi.org/10.1000/XYZ
UR  - https://example.org/a
ER  -
"""


def read(tmp_path, text):
    """Papers and rejections of a RIS text."""
    path = tmp_path / "refs.ris"
    path.write_text(text, encoding="utf-8")
    rejections = Rejections()
    return list(read_ris(path, "lib", rejections)), rejections


def test_fields_are_read(tmp_path):
    """Title, names, abstract over two lines, year of a date, journal and DOI of a resolver's address."""
    (paper,), rejections = read(tmp_path, RECORD.replace("\n", "\r\n"))
    assert paper.title == "On {what}"
    assert paper.authors == ("Ada Lovelace", "Alan Turing")
    assert paper.abstract == "First line of the abstract."
    assert (paper.year, paper.venue, paper.doi) == (2020, "Journal of Things", "10.1000/xyz")
    assert not rejections.counts


def test_broken_records_cost_only_themselves(tmp_path):
    """A record without end or title is counted; its neighbours are read."""
    text = (
        RECORD
        + "TY  - JOUR\nTI  - No end\n"
        + "TY  - JOUR\ncontinuation\nER  - \n"
        + RECORD.replace("XYZ", "2")
    )
    papers, rejections = read(tmp_path, text)
    assert len(papers) == 2
    assert rejections.counts.total() == 2
    assert rejections.kept[0].item == "refs.ris:12"
