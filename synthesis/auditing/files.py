"""A report file against the run's record in the same format: by value, or word by word."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from synthesis.auditing.differences import differences, excerpts
from synthesis.auditing.documents import Document, read_document
from synthesis.auditing.given import GivenFile, json_tree
from synthesis.auditing.locating import Values
from synthesis.auditing.markdown_pieces import markdown_headings
from synthesis.auditing.pieces import tokens_of
from synthesis.auditing.places import in_report, kind_of, leaves
from synthesis.auditing.records import Checked, Finding, Result
from synthesis.auditing.word_findings import word_findings
from synthesis.rendering import json_format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from synthesis.auditing.pieces import Heading, Piece
    from synthesis.auditing.places import ValuePath
    from synthesis.records import Report

    # A format's name → the report in it; None where what the run said in that format is not known.
    Rendered = Callable[[str], bytes | None]

_TEXT_SHARE = 0.5  # of the words in common, below which a text is not that of this report
_WITH_TEXT = ("md", "html", "docx", "pdf")


def compare_file(given: GivenFile, report: Report, rendered: Rendered) -> Result:
    """The words, or the values, that differ between a file and ``report`` in the same format.

    Raises:
        InputFileError: the file cannot be read as what it seems to be. RenderError: the format cannot be written.
    """
    if given.format == "json":
        return _compare_json(given, report)
    form = _Form.of(report, rendered)
    if given.format == "text":
        return _compare_text(given, form, rendered)
    fresh = rendered(given.format)
    if fresh is None:
        return Result(findings=(_unchecked(f"the run has not kept its report as {given.format}"),))
    if fresh == given.data:
        return Result(checked=Checked(words=len(tokens_of(read_document(given, ()).pieces))))
    result = _compare_words(given, fresh, form)
    if given.format == "pdf":
        result += _attachment(given, report)
    return result if result.findings else result + Result(remarks=(_saved_again(given.format),))


def _saved_again(fmt: str) -> str:
    what = "values" if fmt == "json" else "words"
    look = "; how its pages look was not compared" if fmt == "pdf" else ""
    return f"the file was saved again: its bytes differ from those of the run's report, its {what} are the same{look}"


def _unchecked(place: str) -> Finding:
    return Finding(kind="file", place=place, expected="", found="", weight="unchecked")


# --------------------------------------------------------------------------- by value


def _compare_json(given: GivenFile, report: Report) -> Result:
    fresh = json_format.render(report)
    expected = json_tree(fresh.decode("utf-8"), given.path)
    checked = Checked(words=sum(1 for _ in leaves(expected.value)))
    if fresh == given.data:
        return Result(checked=checked)
    found = json_tree(given.text, given.path)
    findings = (*found.twice, *value_findings(expected.value, found.value, in_report))
    return Result(findings=findings, checked=checked, remarks=() if findings else (_saved_again("json"),))


def value_findings(expected: object, found: object, place: Callable[[ValuePath], str]) -> Iterator[Finding]:
    """Each value that differs, as a finding at its place."""
    for path, one, other in differences(expected, found):
        shown = excerpts(one, other)
        yield Finding(kind=kind_of(path, one), place=place(path), expected=shown[0], found=shown[1])


def _attachment(given: GivenFile, report: Report) -> Result:
    """The record that a PDF carries, value by value."""
    from synthesis.reading.pdf.reader import pdf_attachment  # noqa: PLC0415  for this format only
    from synthesis.rendering.pdf import ATTACHMENT  # noqa: PLC0415  typst, for this format only

    attached = pdf_attachment(given.path, ATTACHMENT)
    if attached is None:
        return Result(remarks=("the PDF has lost the record that was attached to it",))
    inner = _compare_json(GivenFile(given.path, "json", attached), report)
    moved = tuple(f.model_copy(update={"place": f"attached record, {f.place}"}) for f in inner.findings)
    return Result(findings=moved, checked=inner.checked)


# --------------------------------------------------------------------------- word by word


class _Form(NamedTuple):
    """The report's headings, and its values by their words."""

    headings: list[Heading]
    values: Values

    @classmethod
    def of(cls, report: Report, rendered: Rendered) -> _Form:
        headings = markdown_headings((rendered("md") or b"").decode("utf-8"))
        return cls(headings, Values(report.model_dump(mode="json"), headings))


def _compare_words(given: GivenFile, fresh: bytes, form: _Form) -> Result:
    expected = _read_rendered(fresh, given.format, form.headings)
    found = read_document(given, form.headings)
    result = word_findings(expected.pieces, found.pieces, form.values, lambda token: token.key)
    if expected.whole and found.whole:
        return result
    return result + Result(
        findings=(_unchecked("the PDF is too long to be read whole; its JSON or HTML form can be"),)
    )


def _read_rendered(data: bytes, fmt: str, headings: Sequence[Heading]) -> Document:
    """The pieces of a rendering, read by the same way as the file."""
    with tempfile.TemporaryDirectory(prefix="synthesis-audit-") as folder:
        path = Path(folder) / f"report.{fmt}"
        path.write_bytes(data)
        return read_document(GivenFile(path, fmt, data), headings)


def _compare_text(given: GivenFile, form: _Form, rendered: Rendered) -> Result:
    """Text pulled from a report is compared by letters and digits alone, with that of the format nearest to it."""
    found = read_document(given, form.headings).pieces
    words = {token.core for token in tokens_of(found)}
    nearest: list[Piece] = []
    best = -1.0
    for fmt in _WITH_TEXT:
        data = rendered(fmt)
        if data is None:
            continue
        read = _read_rendered(data, fmt, form.headings).pieces
        pieces = [piece for piece in read if not (piece.hidden or piece.aside)]
        own = {token.core for token in tokens_of(pieces)}
        share = len(words & own) / max(1, len(words | own))
        if share > best:
            nearest, best = pieces, share
    if best >= _TEXT_SHARE:
        return word_findings(nearest, found, form.values, lambda token: token.core)
    another = Finding(
        kind="file", place="the whole", expected="the text of the run's report", found="another"
    )
    return Result(findings=(another,))
