"""Reads one PDF in a process of its own, so that a hostile file can harm nothing else.

    python pdf_child.py text PATH MAX_PAGES MEMORY_BYTES SECONDS OUTPUT_BYTES
    python pdf_child.py attachment PATH NAME MEMORY_BYTES SECONDS OUTPUT_BYTES

Writes JSON (the lines of each page with their place and type) or the attachment's bytes to stdout. The exit
code says what went wrong; see ``EXIT_REASONS``. It is started by path and imports nothing of the project, so
that it starts fast and takes no module from the current directory.
"""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any

EXIT_REASONS = {
    10: "encrypted",
    11: "damaged",
    12: "no such attachment",
    13: "too large",  # out of memory, or more output than allowed
}
_PASSWORD_NEEDED = 4  # FPDF_ERR_PASSWORD in PDFium's fpdfview.h
_LINE_END_HYPHEN = "\x02"  # PDFium's mark for a hyphen at a line's end; it swallows the line break
_MARKS_FOLLOW = frozenset(".,;:?!)”’\"'")  # after these a raised number is a footnote mark, not an exponent
_UNSPEAKABLE = {0xFFFE: _LINE_END_HYPHEN, 0xFFFF: " ", 0: " "}


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code."""
    command, path, operand, *limits = arguments
    _limit_resources(*(int(limit) for limit in limits))
    import pypdfium2 as pdfium  # noqa: PLC0415  only once the limits hold

    try:
        document = pdfium.PdfDocument(path)
        if command == "attachment":
            return _write_attachment(document, operand)
        facts = {"metadata": document.get_metadata_dict(), "page_count": len(document)}
        facts["pages"] = [_read_page(document, i) for i in range(min(len(document), int(operand)))]
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


def _read_page(document: Any, index: int) -> dict[str, Any]:
    """One page's size and lines; a page that PDFium cannot load has none."""
    import pypdfium2 as pdfium  # noqa: PLC0415  loaded by main already

    try:
        page = document[index]
        text_page = page.get_textpage()
    except pdfium.PdfiumError:
        return {"width": 0.0, "height": 0.0, "lines": []}
    width, height = page.get_size()
    lines = [_line(text_page, start, text) for start, text in _split_lines(text_page)]
    text_page.close()
    page.close()
    return {"width": width, "height": height, "lines": [line for line in lines if line["text"].strip()]}


def _split_lines(text_page: Any) -> list[tuple[int, str]]:
    """(index of the first character, text) of each line; a hyphen at the end stays as U+0002."""
    from pypdfium2 import raw  # noqa: PLC0415  loaded by main already

    count = text_page.count_chars()
    codes = (raw.FPDFText_GetUnicode(text_page, i) for i in range(count))
    characters = [_UNSPEAKABLE.get(code) or chr(min(code, 0x10FFFF)) for code in codes]
    for i in range(1, count):
        if characters[i].isdigit() and _is_note_mark(text_page, characters, i):
            characters[i] = "\0"  # dropped below; indices must hold until then
    lines, start = [], 0
    for i, character in enumerate(characters):
        if character in (_LINE_END_HYPHEN, "\n"):
            lines.append((start, "".join(characters[start : i + 1])))
            start = i + 1
    lines.append((start, "".join(characters[start:])))
    return lines


def _is_note_mark(text_page: Any, characters: list[str], i: int) -> bool:
    """Whether the digit at ``i`` is raised and follows a word's or sentence's end."""
    before = characters[i - 1]
    if before == "\0":  # a second digit of the mark
        return True
    after_word = i >= 4 and "".join(characters[i - 4 : i]).isalpha()
    if before not in _MARKS_FOLLOW and not after_word:
        return False
    word = _box(text_page, i - 1)
    raised = _bottom(text_page, i) - _baseline(text_page, i - 1)
    return bool(raised > 0.2 * (word.top - word.bottom))


def _line(text_page: Any, start: int, text: str) -> dict[str, Any]:
    """A line's text, type size in points, place, font; medians of three characters stand for the line."""
    from pypdfium2 import raw  # noqa: PLC0415  loaded by main already

    visible = [start + i for i, c in enumerate(text) if not c.isspace() and c not in "\0\x02"] or [start]
    samples = [_box(text_page, i) for i in (visible[0], visible[len(visible) // 2], visible[-1])]
    font = ctypes.create_string_buffer(64)
    raw.FPDFText_GetFontInfo(text_page, visible[len(visible) // 2], font, 64, ctypes.byref(ctypes.c_int()))
    return {
        "text": text.replace("\0", "").rstrip("\r\n"),
        "size": round(sorted(box.top - box.bottom for box in samples)[1], 2),
        "x": round(samples[0].left, 1),
        "y": round(sorted(box.bottom for box in samples)[1], 1),
        "font": font.value.decode("latin-1"),
        "rotated": abs(raw.FPDFText_GetCharAngle(text_page, visible[0])) > 0.1,
    }


def _box(text_page: Any, i: int) -> Any:
    """The character's box in points, ascender and descender included; zeros where PDFium knows none."""
    from pypdfium2 import raw  # noqa: PLC0415  loaded by main already

    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(text_page, i, box)
    return box


def _bottom(text_page: Any, i: int) -> float:
    """The lowest ink of a character, in points."""
    from pypdfium2 import raw  # noqa: PLC0415  loaded by main already

    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    raw.FPDFText_GetCharBox(text_page, i, left, right, bottom, top)
    return bottom.value


def _baseline(text_page: Any, i: int) -> float:
    """The line on which a character stands, in points."""
    from pypdfium2 import raw  # noqa: PLC0415  loaded by main already

    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text_page, i, x, y)
    return y.value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
