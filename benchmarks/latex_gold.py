"""Gold sentences for ``latex_reading.py``, made without the reader that is measured.

Printed: the lines in body type of the published PDF, by PDFium's text and character sizes, its pages in its own order.
Source: raw paragraphs of the TeX files, joined, their argument-free macros put in by regular expressions, turned into
text by pylatexenc (its own walker and tables).
"""

from __future__ import annotations

import re
import tarfile
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from pylatexenc.latex2text import LatexNodes2Text

from synthesis.sentences import sentence_texts, split_sentences

if TYPE_CHECKING:
    from pathlib import Path

_HYPHEN = "\ufffe"  # PDFium's mark of a word broken at a line's end
_DROPPED = "figure|table|thebibliography|comment"
_DISPLAYED = "equation|align|displaymath"
_ENVIRONMENT = r"\\begin\{(%s)\*?\}.*?\\end\{\1\*?\}"
_PAGE_NUMBER, _PAGE_BREAK = (
    re.compile(r"\d{4}"),
    "\f:",
)  # ends as a sentence does, so that no table reaches over it
_HEADING = re.compile(r"\d(?:\.\d)+ [A-Z]")
_FORMULA, _WORD = re.compile(r"[×=|∩∪+]"), re.compile(r"[a-z]{4}")
_THANKS = re.compile(
    r"\\section\*?\{Acknowledge?ments?\}.*?(?=\\bibliography|\\appendix|\\section|\Z)", re.DOTALL
)
_MACRO = re.compile(r"\\newcommand\*?\s*\{?\\([A-Za-z]+)\}?\s*(?=\{)")
_HEADINGS = re.compile(r"\\(?:sub)*section\*?\s*\{|\\paragraph\*?\s*\{")
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_SPACING = re.compile(
    r"\\(?:vspace|hspace)\*?\{[^}]*\}|\\(?:noindent|clearpage|appendix|maketitle|label\{[^}]*\})"
)
_LIST = re.compile(r"\\(?:begin|end)\{(?:itemize|enumerate|description|quote)\}(?:\[[^\n]*\])?")


class GoldError(NamedTuple):
    """A gold sentence (its beginning) that does not say what the paper says, and why."""

    gold: str
    reason: str


def printed_sentences(path: Path) -> list[str]:
    """Sentences of the abstract and of the lines in body type."""
    lines: list[tuple[float, str]] = []
    with pdfium.PdfDocument(path) as document:
        for page in document:
            lines += _lines(page)
    sizes: Counter[float] = Counter()
    for size, text in lines:
        sizes[size] += len(text)
    ((main, _),) = sizes.most_common(1)
    texts = [text for _, text in lines]
    abstract, body = (
        texts.index("Abstract"),
        next(i for i, t in enumerate(texts) if t.endswith("Introduction")),
    )
    thanks = next(i for i, text in enumerate(texts) if text.startswith("Acknowledg"))
    listed = texts.index("References")
    running = _running(lines[body + 1 : thanks], main) + _running(lines[listed + 1 :], main)
    return [*_sentences(_joined(texts[abstract + 1 : body])), *_sentences(_joined(running))]


def _running(lines: list[tuple[float, str]], main: float) -> list[str]:
    """The lines in body type that are neither page numbers nor rows of a table, which ends with its caption."""
    kept: list[str] = []
    for size, text in lines:
        in_body_type = abs(size - main) < 0.2
        if not in_body_type and text.startswith("Table "):
            while kept and kept[-1] and not kept[-1].endswith((".", ":", "?", "\n\n")):
                kept.pop()
        if size > main + 0.5:
            kept.append("\n\n")  # a heading
        if not in_body_type:
            continue
        if _PAGE_NUMBER.fullmatch(text) or _HEADING.match(text):
            kept.append("\n\n" if _HEADING.match(text) else _PAGE_BREAK)
        elif not (_FORMULA.search(text) and not _WORD.search(text)):
            kept.append(text)
    return [text for text in kept if text != _PAGE_BREAK]


def _lines(page: pdfium.PdfPage) -> list[tuple[float, str]]:
    """(size of most characters, text) of each line."""
    textpage = page.get_textpage()
    found: list[tuple[float, str]] = []
    sizes: list[float] = []
    line = ""
    for index in range(textpage.count_chars()):
        character = chr(pdfium_c.FPDFText_GetUnicode(textpage, index))
        if character == "\n":
            if line.strip():
                found.append((Counter(sizes).most_common(1)[0][0], line.strip()))
            line, sizes = "", []
        elif character != "\r":
            line += _HYPHEN if character == "\x02" else character
            sizes.append(round(pdfium_c.FPDFText_GetFontSize(textpage, index), 1))
    if line.strip():
        found.append((Counter(sizes).most_common(1)[0][0], line.strip()))
    return found


def _joined(lines: list[str]) -> str:
    """Lines as running text; a broken word is joined, its hyphen counts for nothing in the comparison."""
    return re.sub(rf"{_HYPHEN}\s*", "", " ".join(lines))


def _sentences(text: str) -> list[str]:
    return [one for one in sentence_texts(text, split_sentences(text)) if sum(map(str.isalpha, one)) > 10]


def source_sentences(path: Path, main: str) -> list[str]:
    """Sentences of the raw paragraphs between the document's begin and end, figures, tables and footnotes taken out."""
    with tarfile.open(path) as archive:
        files = {
            member.name.removeprefix("./"): archive.extractfile(member).read().decode("utf-8", "replace")  # type: ignore[union-attr]  # regular files
            for member in archive
            if member.isreg() and member.name.endswith(".tex")
        }
    text = _COMMENT.sub("", files[main])
    for _ in range(3):
        text = re.sub(r"\\input\{([^}]+)\}", lambda m: _COMMENT.sub("", _file(files, m[1])), text)
    preamble, _, body = text.partition("\\begin{document}")
    body = _with_macros(body.partition("\\end{document}")[0], _macros(preamble))
    body = _THANKS.sub("", body)
    body = _without(_HEADINGS, re.compile(r"\\footnote\s*\{"), body)
    body = re.sub(_ENVIRONMENT % _DROPPED, "", body, flags=re.DOTALL)
    body = re.sub(_ENVIRONMENT % _DISPLAYED, "[equation]", body, flags=re.DOTALL)
    body = (
        body.replace("\\begin{abstract}", "\n\n").replace("\\end{abstract}", "\n\n").replace("\\item", "\n\n")
    )
    body = _LIST.sub("\n\n", _SPACING.sub("", body))
    convert = LatexNodes2Text(math_mode="text", keep_comments=False, strict_latex_spaces=True)
    paragraphs = (convert.latex_to_text(one) for one in re.split(r"\n\s*\n", body))
    return [sentence for one in paragraphs for sentence in _sentences(re.sub(r"\s+", " ", one))]


def _file(files: dict[str, str], name: str) -> str:
    return files.get(name) or files.get(f"{name}.tex", "")


def _macros(preamble: str) -> dict[str, str]:
    """Name → body of the macros without arguments."""
    return {match[1]: _braced(preamble, match.end())[1:-1] for match in _MACRO.finditer(preamble)}


def _with_macros(text: str, macros: dict[str, str]) -> str:
    """``text`` with the macros put in, as often as they name each other; a blank goes where ``\\\\xspace`` adds one."""
    names = re.compile(
        r"\\(" + "|".join(sorted(macros, key=len, reverse=True)) + r")(?![A-Za-z])\s*(?=(.?))", re.DOTALL
    )

    def put(match: re.Match[str]) -> str:
        body = macros[match[1]]
        spaced = "\\xspace" in body and match[2] not in "-.,;:!?)]}/'~\\" and match[2] != ""
        return body.replace("\\xspace", "").strip() + (" " if spaced else "")

    for _ in range(4):
        text = names.sub(put, text)
    return text


def _without(*openers_and_text: re.Pattern[str] | str) -> str:
    """The text without headings and footnotes, their braces balanced; a heading ends a paragraph."""
    *openers, text = openers_and_text
    assert isinstance(text, str)
    for number, opener in enumerate(openers):
        assert isinstance(opener, re.Pattern)
        while match := opener.search(text):
            argument = _braced(text, match.end() - 1)
            text = (
                text[: match.start()] + ("" if number else "\n\n") + text[match.end() - 1 + len(argument) :]
            )
    return text


def _braced(text: str, start: int) -> str:
    """The balanced group that begins at ``start``."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0) if text[place - 1] != "\\" else 0
        if not depth:
            return text[start : place + 1]
    return text[start:]
