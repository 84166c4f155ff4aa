"""Reads one PDF in a process of its own, so that a hostile file can harm nothing else.

    python child.py text PATH MAX_PAGES MEMORY_BYTES SECONDS OUTPUT_BYTES
    python child.py attachment PATH NAME MEMORY_BYTES SECONDS OUTPUT_BYTES
    python child.py links PATH MAX_PAGES MEMORY_BYTES SECONDS OUTPUT_BYTES

Writes JSON (the lines of each page with their place and type; or where links lead) or the attachment's bytes to stdout. The exit
code says what went wrong; see ``EXIT_REASONS``. It is started by path and imports nothing of the project, so
that it starts fast and takes no module from the current directory.
"""

from __future__ import annotations

import ctypes
import json
import math
import sys
import time
from typing import Any, NamedTuple

EXIT_REASONS = {
    10: "encrypted",
    11: "damaged",
    12: "no such attachment",
    13: "too large",  # out of memory, or more output than allowed
}
_PASSWORD_NEEDED = 4  # FPDF_ERR_PASSWORD in PDFium's fpdfview.h
_LINE_END_HYPHEN = "\x02"  # PDFium's mark for a hyphen at a line's end; it swallows the line break
_DROPPED = "\x03"  # stands for a note's mark until the line is put together
_MARKS_FOLLOW = frozenset(".,;:?!)”’\"'")  # after these a raised number is a footnote mark, not an exponent
_UNKNOWN = "\ufffd"
_PLAIN = frozenset({9, 10, 13, *range(0x20, 0xE000)})
_READING_SHARE = 0.7  # of the time allowed; then what was read so far is given
_PAGE_CHARS = 60_000  # a page of small print has 10,000
_PAGE_LINES = 2_000  # a page of small print has 300, a figure full of labels 1,000
_TOTAL_CHARS, _TOTAL_LINES = 1_000_000, 12_000  # a book of 200 pages
_MOST_LINKS = 20_000
_ANGLE_SAMPLE = 40  # characters that say how a page is turned


class _Word(NamedTuple):
    """Characters between blanks: indices, extent along the line, baseline, height of the type, all in points.

    ``drop`` is how far apart the first and the last character stand in height.
    """

    first: int
    last: int
    left: float
    right: float
    base: float
    height: float
    drop: float = 0.0


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code."""
    command, path, operand, *limits = arguments
    memory_bytes, seconds, output_bytes = (int(limit) for limit in limits)
    deadline = time.monotonic() + _READING_SHARE * seconds
    _limit_resources(memory_bytes, seconds, output_bytes)
    import pypdfium2 as pdfium  # noqa: PLC0415  only once the limits hold

    try:
        document = pdfium.PdfDocument(path)
        if command == "attachment":
            return _write_attachment(document, operand)
        facts = {"metadata": document.get_metadata_dict(), "page_count": len(document)}
        if command == "links":
            facts["links"] = read_links(document, int(operand))
        else:
            facts["pages"] = read_pages(document, int(operand), deadline)
        _emit(json.dumps(facts).encode("ascii"))
    except pdfium.PdfiumError as error:
        return 10 if getattr(error, "err_code", None) == _PASSWORD_NEEDED else 11
    except (MemoryError, OSError):
        return 13
    return 0


def _limit_resources(memory_bytes: int, seconds: int, output_bytes: int) -> None:
    """Bound address space, processor time and output; Windows has no such limits, there the parent's clock rules."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  Unix only

    if sys.platform != "darwin":  # macOS refuses RLIMIT_AS
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output_bytes, output_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _emit(data: bytes) -> None:
    """Write all of it or raise ``OSError``; ``sys.stdout`` may be unbuffered, and then writes a part in silence."""
    with open(1, "wb", closefd=False) as stdout:
        stdout.write(data)


def _write_attachment(document: Any, name: str) -> int:
    for index in range(document.count_attachments()):
        attachment = document.get_attachment(index)
        if attachment.get_name() == name:
            _emit(bytes(attachment.get_data()))
            return 0
    return 12


def read_links(document: Any, max_pages: int) -> list[tuple[int, str]]:
    """(page, counted from 1; address) of every link to the outside, in the file's order."""
    from pypdfium2 import raw  # noqa: PLC0415  loaded by main already

    links: list[tuple[int, str]] = []
    for index in range(min(len(document), max_pages)):
        page = document[index]
        link, position = raw.FPDF_LINK(), ctypes.c_int(0)
        while len(links) < _MOST_LINKS and raw.FPDFLink_Enumerate(page.raw, position, link):
            action = raw.FPDFLink_GetAction(link)
            length = raw.FPDFAction_GetURIPath(document.raw, action, None, 0) if action else 0
            if length:
                buffer = ctypes.create_string_buffer(length)
                raw.FPDFAction_GetURIPath(document.raw, action, buffer, length)
                links.append((index + 1, buffer.value.decode("utf-8", "replace")))
        page.close()
    return links


def read_pages(document: Any, max_pages: int, deadline: float) -> list[dict[str, Any]]:
    """The first pages, until their number, the characters or the time is spent."""
    pages: list[dict[str, Any]] = []
    chars = lines = 0
    for index in range(min(len(document), max_pages)):
        if time.monotonic() > deadline or chars > _TOTAL_CHARS or lines > _TOTAL_LINES:
            break
        pages.append(_read_page(document, index))
        chars += sum(len(line["text"]) for line in pages[-1]["lines"])
        lines += len(pages[-1]["lines"])
    return pages


def _read_page(document: Any, index: int) -> dict[str, Any]:
    """One page's size and lines; a page that PDFium cannot load has none."""
    import pypdfium2 as pdfium  # noqa: PLC0415  loaded by main already

    try:
        page = document[index]
        text_page = page.get_textpage()
    except pdfium.PdfiumError:
        return {"width": 0.0, "height": 0.0, "lines": []}
    reader = _PageReader(text_page, page.get_bbox())
    lines = reader.lines()
    text_page.close()
    page.close()
    return {"width": reader.width, "height": reader.height, "lines": lines, "unmapped": reader.unmapped}


class _PageReader:
    """The text of one page, asked character by character; one buffer for all answers keeps the asking cheap.

    Places count from the lower left of the page, turned so that most of its text is upright.
    """

    def __init__(self, text_page: Any, bounds: tuple[float, float, float, float]) -> None:
        from pypdfium2 import raw  # noqa: PLC0415  loaded by main already

        self._raw, self._page = raw, text_page.raw
        self._rectangle = raw.FS_RECTF()
        self._rectangle_at = ctypes.byref(self._rectangle)
        self._numbers = tuple(ctypes.c_double() for _ in range(4))
        self._numbers_at = tuple(ctypes.byref(number) for number in self._numbers)
        self._bounds = bounds  # left, bottom, right, top
        self.unmapped = 0  # characters whose font does not say what they mean
        self._name = ctypes.create_string_buffer(64)
        self._flags_at = ctypes.byref(ctypes.c_int())
        count = min(text_page.count_chars(), _PAGE_CHARS)
        codes = self._all_codes(count) or [raw.FPDFText_GetUnicode(self._page, i) for i in range(count)]
        self._characters = [
            chr(code) if code in _PLAIN else self._odd(code, i) for i, code in enumerate(codes)
        ]
        self._turn = self._usual_turn()
        width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
        self.width, self.height = (height, width) if self._turn % 2 else (width, height)

    def _usual_turn(self) -> int:
        """By how many quarters, clockwise, most of the page's text is turned."""
        visible = [i for i, character in enumerate(self._characters) if not character.isspace()]
        sample = visible[:: max(1, len(visible) // _ANGLE_SAMPLE)]
        turns = [self._quarters(i) for i in sample]
        return max(sorted(set(turns)), key=turns.count) if turns else 0

    def _quarters(self, i: int) -> int:
        angle: float = self._raw.FPDFText_GetCharAngle(self._page, i)
        return round(angle / (math.pi / 2)) % 4

    def _is_turned(self, i: int) -> bool:
        """Whether a character stands at another angle than most."""
        angle = self._raw.FPDFText_GetCharAngle(self._page, i) - self._turn * math.pi / 2
        return abs(math.remainder(angle, 2 * math.pi)) > 0.1

    def _all_codes(self, count: int) -> list[int]:
        """All characters in one call, ten times as fast; none where PDFium leaves some out, so that indices differ."""
        units = (ctypes.c_ushort * (count + 1))()
        return units[:count] if self._raw.FPDFText_GetText(self._page, 0, count, units) == count + 1 else []

    def _odd(self, code: int, i: int) -> str:
        """What a character outside the plain ones is; a sign whose font does not say what it means is U+FFFD."""
        if code == 0xFFFE or (code == 2 and not self._raw.FPDFText_HasUnicodeMapError(self._page, i)):
            return _LINE_END_HYPHEN
        if code == 0xFFFF:
            return " "
        known = 0x20 <= code <= 0x10FFFF and not 0xE000 <= code <= 0xF8FF
        self.unmapped += not known
        return chr(code) if 0x20 <= code <= 0x10FFFF else _UNKNOWN

    def lines(self) -> list[dict[str, Any]]:
        """Stretches of words on one baseline without a wide gap."""
        self._mark_raised()
        found = (self._line(words) | {"goes_on": goes_on} for words, goes_on in self._runs()[:_PAGE_LINES])
        return [line for line in found if line["text"].strip()]

    def _mark_raised(self) -> None:
        """Drop the marks of notes; say of a raised number behind another that it is an exponent."""
        characters = self._characters
        for i in range(1, len(characters)):
            if not characters[i].isdigit():
                continue
            before = characters[i - 1]
            if before == "\n" or (before in "0123456789" and characters[i - 2 : i - 1] == ["\n"]):
                if self._heads_note(i):
                    characters[i] += " "
            elif before == _DROPPED or (
                self._may_be_mark(i) and self._is_raised(i)
            ):  # a second digit of the mark
                characters[i] = _DROPPED
            elif before in "0123456789" and self._is_raised(i):
                characters[i] = f"^{characters[i]}" if self._is_small_number(i) else _DROPPED

    def _heads_note(self, i: int) -> bool:
        """Whether the number that ends at ``i`` begins a line, raised above the word that follows it."""
        if not "".join(self._characters[i + 1 : i + 2]).isalpha():
            return False
        _, _, bottom, top = self._loose_box(i + 1)
        return self._lowest_ink(i) - self._origin(i + 1)[1] > 0.2 * (top - bottom)

    def _may_be_mark(self, i: int) -> bool:
        characters = self._characters
        return characters[i - 1] in _MARKS_FOLLOW or (i >= 4 and "".join(characters[i - 4 : i]).isalpha())

    def _is_small_number(self, end: int) -> bool:
        """Whether a whole number below 100 ends before ``end``: it has an exponent; a longer one has a note."""
        start = end
        while start > 0 and end - start < 4 and self._characters[start - 1] in "0123456789.,":
            start -= 1
        return end - start <= 2 and self._characters[start].isdigit()

    def _is_raised(self, i: int) -> bool:
        """Whether the ink of a digit starts well above the baseline of the character before it."""
        if self._is_turned(i):
            return False
        _, bottom, top = self._loose_box(i - 1)[1:]
        base = self._origin(i - 1)[1]
        return self._lowest_ink(i) - base > 0.2 * (top - bottom)

    def _runs(self) -> list[tuple[list[_Word], bool]]:
        """Words that follow each other on one baseline; whether PDFium sees them on the line of those before."""
        runs: list[tuple[list[_Word], bool]] = []
        new_line = True
        for first, last, ends_line in self._word_spans():
            for word in self._words(first, last):
                follows = not new_line and (_follows(runs[-1][0][-1], word) or self._is_turned(word.first))
                if not follows:
                    runs.append(([word], not new_line))
                else:
                    runs[-1][0].append(word)
                new_line = False
            new_line = ends_line
        return runs

    def _word_spans(self) -> list[tuple[int, int, bool]]:
        """(first, last, whether the line ends) of every stretch without blanks; a broken word's hyphen is its last."""
        spans, start = [], -1
        for i, character in enumerate(self._characters):
            if character.isspace():
                if start >= 0:
                    spans.append((start, i - 1, False))
                    start = -1
                if character == "\n" and spans:
                    spans[-1] = (*spans[-1][:2], True)
            elif character == _LINE_END_HYPHEN:
                spans.append((start if start >= 0 else i, i, True))
                start = -1
            elif start < 0:
                start = i
        if start >= 0:
            spans.append((start, len(self._characters) - 1, False))
        return spans

    def _words(self, first: int, last: int) -> list[_Word]:
        """The word, or its parts where PDFium glued what stands apart."""
        whole = self._word(first, last)
        glued = whole.right < whole.left or whole.drop > 0.9 * whole.height
        whole_anyway = _is_rtl(self._characters[first]) or last - first > 200
        if not glued or whole_anyway or self._is_turned(first):
            return [whole]
        words: list[_Word] = []
        for i in range(first, last + 1):
            one = self._word(i, i)
            if words and _follows(words[-1], one):
                words[-1] = words[-1]._replace(last=i, right=one.right)
            else:
                words.append(one)
        return words

    def _word(self, first: int, last: int) -> _Word:
        left, right, bottom, top = self._loose_box(first)
        first_right, drop = right, 0.0
        if last != first:
            end_left, right, end_bottom, _ = self._loose_box(
                last - (self._characters[last] == _LINE_END_HYPHEN)
            )
            drop = abs(end_bottom - bottom)
            if _is_rtl(self._characters[first]):
                left, right = min(left, end_left), max(first_right, right)
        return _Word(first, last, left, right, self._origin(first)[1], top - bottom, drop)

    def _line(self, words: list[_Word]) -> dict[str, Any]:
        """A line's text, type size in points, place, font; its word of median height speaks for its size."""
        texts = ("".join(self._characters[word.first : word.last + 1]) for word in words)
        text = " ".join(texts).replace(_DROPPED, "")
        usual = _usual_word(words)
        fonts = [self._font(word.first) for word in (words[len(words) // 2], words[0], words[-1])]
        left = min(word.left for word in words)
        return {
            "text": text,
            "size": round(self._type_size(usual), 2),
            "x": round(left, 1),
            "y": round(usual.base, 1),
            "width": round(max(0.0, max(word.right for word in words) - left), 1),
            "font": fonts[1] if fonts[1] == fonts[2] else fonts[0],
            "rotated": self._is_turned(usual.first),
        }

    def _font(self, i: int) -> str:
        self._raw.FPDFText_GetFontInfo(self._page, i, self._name, len(self._name), self._flags_at)
        return self._name.value.decode("latin-1")

    def _type_size(self, word: _Word) -> float:
        """The em in points; where a font's own measure is strange (Type 3), the height of its characters."""
        matrix = self._raw.FS_MATRIX()
        self._raw.FPDFText_GetMatrix(self._page, word.first, ctypes.byref(matrix))
        em = self._raw.FPDFText_GetFontSize(self._page, word.first) * math.hypot(matrix.c, matrix.d)
        return em if 0.5 * em < word.height < 2 * em else word.height

    def _loose_box(self, i: int) -> tuple[float, float, float, float]:
        """(left, right, bottom, top) in points, ascender and descender included; zeros where PDFium knows none."""
        box = self._rectangle
        if not self._raw.FPDFText_GetLooseCharBox(self._page, i, self._rectangle_at):
            return 0.0, 0.0, 0.0, 0.0
        left, bottom = self._upright(box.left, box.bottom)
        if not self._turn:
            return left, left + box.right - box.left, bottom, bottom + box.top - box.bottom
        right, top = self._upright(box.right, box.top)
        return min(left, right), max(left, right), min(bottom, top), max(bottom, top)

    def _lowest_ink(self, i: int) -> float:
        self._raw.FPDFText_GetCharBox(self._page, i, *self._numbers_at)
        left, right, bottom, top = (number.value for number in self._numbers)
        return min(self._upright(left, bottom)[1], self._upright(right, top)[1])

    def _origin(self, i: int) -> tuple[float, float]:
        """Where the pen stood for a character, in points."""
        self._raw.FPDFText_GetCharOrigin(self._page, i, *self._numbers_at[:2])
        return self._upright(self._numbers[0].value, self._numbers[1].value)

    def _upright(self, x: float, y: float) -> tuple[float, float]:
        """A place on the page as it is turned for reading."""
        left, bottom, right, top = self._bounds
        if self._turn == 0:
            return x - left, y - bottom
        if self._turn == 3:  # text that runs upward: PDFium's angles are clockwise
            return y - bottom, right - x
        return (right - x, top - y) if self._turn == 2 else (top - y, x - left)


def _follows(word: _Word, after: _Word) -> bool:
    """Whether ``after`` stands on the same line, no further away than blanks in a justified line are wide."""
    height = max(word.height, after.height)
    if abs(word.base - after.base) > 0.6 * height:
        return False
    gap = max(after.left - word.right, word.left - after.right)  # either may stand to the left
    return -0.5 * height <= gap <= height or (gap < 0 and after.left >= word.left)


def _usual_word(words: list[_Word]) -> _Word:
    """The word in whose type height the middle character of the line is set."""
    ordered = sorted(words, key=lambda word: word.height)
    half = sum(word.last - word.first + 1 for word in words) / 2
    for word in ordered:
        half -= word.last - word.first + 1
        if half <= 0:
            return word
    return ordered[-1]


def _is_rtl(character: str) -> bool:
    return "\u0590" <= character <= "\u08ff" or "\ufb1d" <= character <= "\ufefc"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
