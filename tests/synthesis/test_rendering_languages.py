"""The form's own words in the language of the report, and its direction."""

import gettext
import io
import re
import zipfile

import docx
import pypdfium2
import pytest
from lxml import etree, html
from report_factory import example_report, interrogated_report

from synthesis import wording
from synthesis.errors import UsageError
from synthesis.records import Record
from synthesis.rendering import EXTRAS, FORMATS, fonts, pdf, render
from synthesis.rendering.layout import counted, own
from synthesis.rendering.text import runs_right_to_left

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# What stands for itself in every language: a scheme, the name of a tool.
NOT_WORDS = {"doi", "synthesis"}
_NO_LETTERS = re.compile("[^a-z]")
_FILLED = re.compile(r"[\u0400-\u04ff]+|[:;,()…·&]|://|[/=]")  # what the form says, and where it is filled
_NAMES = re.compile(r"(\{[a-z]+\})")
_CYRILLIC = str.maketrans("abcdefghijklmnopqrstuvwxyz", "абцдефгхийклмнопярстувшхыз")


class Transcribed(gettext.NullTranslations):
    """Stands for a language: English in other letters, so that what was never asked for shows."""

    def gettext(self, message):
        """The message in other letters."""
        parts = _NAMES.split(message)
        return "".join(p if _NAMES.fullmatch(p) else p.lower().translate(_CYRILLIC) for p in parts)

    def ngettext(self, one, many, n):
        """The plural in other letters."""
        return self.gettext(one if n == 1 else many)


def _values(value):
    if isinstance(value, Record):
        for name in type(value).model_fields:
            yield from _values(getattr(value, name))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from (str(name), *_values(item))
    elif isinstance(value, tuple):
        for item in value:
            yield from _values(item)
    elif isinstance(value, str):
        yield value


def _html_words(data):
    page = html.document_fromstring(data)
    for element in page.xpath("//style | //script"):
        element.drop_tree()
    labels = page.xpath("//@aria-label | //@data-head | //@data-dark | //@data-use-light | //@data-words")
    return [*page.itertext(), *(label.replace("{shown}", "") for label in labels)]


def _pdf_words(data):
    document = pypdfium2.PdfDocument(data)
    try:
        return " ".join(page.get_textpage().get_text_bounded() for page in document).split()
    finally:
        document.close()


def _docx_words(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [archive.read(n) for n in archive.namelist() if re.match(r"word/(document|header|footer)", n)]
    return [t.text or "" for part in parts for t in etree.fromstring(part).iter(f"{WORD}t")]


# Pieces of text as each format holds them: nodes, runs, else words.
PIECES = {
    "md": lambda data: data.decode().replace("\\", "").split(),
    "html": _html_words,
    "docx": _docx_words,
    "pdf": _pdf_words,
}


@pytest.mark.parametrize("fmt", PIECES)
def test_every_word_of_the_form_is_asked_for(fmt, monkeypatch):
    """In a language written in other letters, nothing Latin is left but what the record holds."""
    monkeypatch.setattr(wording, "_catalogue", lambda _: Transcribed())
    report = interrogated_report()
    data = render(report, fmt)
    held = "\n".join(_NO_LETTERS.sub("", value.casefold()) for value in _values(report))
    pieces = {_NO_LETTERS.sub("", part) for p in PIECES[fmt](data) for part in _FILLED.split(p.casefold())}
    assert {piece for piece in pieces if len(piece) > 2 and piece not in held} <= NOT_WORDS


@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize("fmt", [*FORMATS, *EXTRAS])
def test_every_language_renders_in_every_format(language, fmt):
    """A report in any language of the form comes out in any format, its quotes as they were."""
    report = interrogated_report(language)
    data = render(report, fmt)
    assert len(data) > 1000
    if fmt in {"md", "html"}:
        quote = report.claims[0].evidence[0].quote.text
        assert quote in data.decode()


def test_a_language_without_words_is_refused():
    """The error names the language and lists those that there are."""
    with pytest.raises(UsageError, match=r"'tlh'.*en \(English\)"):
        render(interrogated_report("tlh"), "md")


def test_machine_readable_values_do_not_change():
    """Labels in attributes, in CSV and in JSON are the same in every language."""
    for language in ("de", "ar"):
        page = html.document_fromstring(render(interrogated_report(language), "html"))
        labels = [row.get("data-label") for row in page.xpath("//table[@id='claims']/tbody/tr")]
        assert labels == [claim.label.value for claim in example_report().claims]
        assert b'"label": "SUPPORTED"' in render(interrogated_report(language), "json")


def test_html_says_its_language_and_direction():
    """The page names its language, and its direction where that is not the usual one; foreign quotes do not inherit it."""
    for language, direction in (("en", None), ("de", None), ("ar", "rtl"), ("hi", None)):
        page = html.document_fromstring(render(interrogated_report(language), "html"))
        assert (page.get("lang"), page.get("dir")) == (language, direction)
        english = page.xpath("//blockquote[contains(., 'Retrieval in low-resource languages')]")
        assert english
        assert all(quote.get("dir") == "auto" for quote in english)
        assert {quote.get("lang") for quote in english} == ({None} if language == "en" else {""})


def test_docx_runs_from_right_to_left():
    """In Arabic the section, its tables and its own paragraphs run from right to left, English quotes do not."""
    document = docx.Document(io.BytesIO(render(interrogated_report("ar"), "docx")))
    body = document.element.body
    assert body.sectPr.find(f"{WORD}bidi") is not None
    assert all(table._tbl.tblPr.find(f"{WORD}bidiVisual") is not None for table in document.tables)
    facts = [p for p in document.paragraphs if p.style.style_id == "Attribution"]
    assert facts
    assert all(p._p.pPr.find(f"{WORD}bidi") is not None for p in facts)
    quotes = {p.text: p._p.pPr.find(f"{WORD}bidi") is not None for p in document.paragraphs}
    report = interrogated_report("ar")
    assert quotes[report.claims[0].evidence[0].quote.text] is False
    assert quotes[report.claims[4].text] is True


@pytest.mark.parametrize(
    ("language", "tag"), [("en", "en-GB"), ("de", "de-DE"), ("ar", "ar-SA"), ("zh", "zh-CN")]
)
def test_docx_names_its_language(language, tag):
    """The document's properties and its styles name the language of the form."""
    data = render(interrogated_report(language), "docx")
    assert docx.Document(io.BytesIO(data)).core_properties.language == tag
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        (lang,) = etree.fromstring(archive.read("word/styles.xml")).iter(f"{WORD}lang")
    assert tag in {lang.get(f"{WORD}{name}") for name in ("val", "eastAsia", "bidi")}


def test_the_flow_is_mirrored_and_the_plot_is_not():
    """From right to left the boxes of the flow change sides; numbers on axes rise to the right as ever."""

    def figures(language):
        page = html.document_fromstring(render(interrogated_report(language), "html"))
        flow, plot = page.xpath("//figure[@class='drawing']/*[local-name()='svg']")
        boxes = [float(x) for x in flow.xpath(".//*[local-name()='rect']/@x")]
        return boxes, plot.get("direction"), plot.xpath(".//*[local-name()='circle']/@cx")

    (there, none, dots), (here, ltr, same) = figures("en"), figures("ar")
    width = 250 + 196 + 2
    assert here == [width - x - 196 for x in there]
    assert (none, ltr) == (None, "ltr")
    assert same == dots


def test_thousands_are_not_mistaken_for_decimals():
    """Where a comma is the decimal mark, no comma stands in a count."""
    for language, shown in (("en", "12,345"), ("ar", "12,345"), ("de", "12345"), ("fr", "12345")):
        with wording.speaking(language):
            assert counted(12345) == shown


def test_fonts_of_the_forms_own_script_come_first():
    """Chinese, Japanese and Korean share letters: the typeface of the form's language is the first to draw them."""
    assert fonts.families("en")[0] == fonts.families("zh")[0] == fonts.BODY
    chinese = [family for family in fonts.families("zh") if "CJK" in family]
    if chinese:
        assert chinese[0].endswith("SC")


def test_a_missing_font_of_the_form_is_named(monkeypatch):
    """Words of the form that no installed font can set are warned of, even where no paper has its script."""
    report = example_report().model_copy(
        update={"language": "hi", "claims": (), "references": (), "comparisons": ()}
    )
    plain = report.model_copy(update={"answer": report.answer.model_copy(update={"groups": ()})})
    monkeypatch.setattr(fonts, "unset_scripts", lambda _: list(fonts.SCRIPTS))
    assert any("Devanagari" in warning for warning in pdf.warnings_for(plain))
    assert not any("Devanagari" in w for w in pdf.warnings_for(plain.model_copy(update={"language": "en"})))


def test_dates_and_runs_keep_their_order_among_arabic_letters():
    """A mark stands before what has hyphens, so that no reader sees a date turned round; other texts get none."""
    with wording.speaking("ar"):
        assert own("شوهد في 2025-06-28.") == "شوهد في \u200e2025-06-28."
        assert own("seen on 2025-06-28") == "seen on 2025-06-28"
    assert own("شوهد في 2025-06-28.") == "شوهد في 2025-06-28."
    report = interrogated_report("ar")
    for fmt in ("md", "html", "docx"):
        assert f"\u200e{report.changes.before}" in " ".join(PIECES[fmt](render(report, fmt)))


def test_a_quote_that_runs_against_the_page_turns_its_block():
    """The rule of a quote stands where its text begins: at the right of Arabic on an English page, and the reverse."""
    for language, ways in (("en", {True: "rtl", False: None}), ("ar", {True: None, False: "ltr"})):
        page = html.document_fromstring(render(interrogated_report(language), "html"))
        figures = page.xpath("//figure[contains(@class, 'quoted')]")
        assert {figure.get("dir") for figure in figures} == set(ways.values())
        for figure in figures:
            text = figure.find("blockquote").text_content()
            assert figure.get("dir") == ways[bool(runs_right_to_left(text))]
