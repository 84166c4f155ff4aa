r"""Commands within running text: what they print, what of their arguments is dropped, links, notes, verbatim."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.reading.tex.document import Paragraph
from synthesis.reading.tex.parts import EDGE, GONE, plain
from synthesis.reading.tex.symbols import ding, lowered, raised
from synthesis.reading.tex.tokens import is_words, written
from synthesis.reading.tex.vocabulary import ABBREVIATIONS, DROPPED, NOTHING, REGISTERS

if TYPE_CHECKING:
    from synthesis.reading.tex.engine import Engine
    from synthesis.reading.tex.frames import Handler
    from synthesis.reading.tex.parts import Part

_DIMENSION = r"(?:pt|em|ex|in|cm|mm|bp|pc|sp|mu|fil{1,3})"
_LENGTH = re.compile(
    rf"\s*=?\s*[-+]?(?:\d++\.?\d*+|\.\d++)(?:(?:true)?{_DIMENSION}|\s+(?:true)?\s*{_DIMENSION}(?![A-Za-z]))?"
    rf"(?:\s*(?:plus|minus)\s*-?[\d.]+\s*{_DIMENSION})*"
)
_EQUALS = "="
_NO_SPACE_BEFORE = re.compile(r"[-.,;:!?)\]}/'’]")


def text_commands() -> dict[str, Handler]:
    """Commands of running text by name."""
    found: dict[str, Handler] = dict.fromkeys(NOTHING, _nothing)
    found |= dict.fromkeys(REGISTERS, _length)
    found |= {name: _abbreviation(text) for name, text in ABBREVIATIONS.items()}
    for signature, names in DROPPED.items():
        found |= dict.fromkeys(names.split(), dropping(signature))
    found |= dict.fromkeys(("verb", "lstinline", "Verb"), _verb)
    found |= dict.fromkeys(("url", "path", "nolinkurl", "burl", "doi"), _address)
    found |= dict.fromkeys(("tnote", "tablenotemark", "tablefootmark", "tmark"), _note_mark)
    return found | {
        "par": lambda engine: engine.end_of_paragraph(),
        "newline": lambda engine: engine.emit("\n"),
        "endgraf": lambda engine: engine.end_of_paragraph(),
        "and": lambda engine: engine.emit("\n"),
        "And": lambda engine: engine.emit("\n"),
        "AND": lambda engine: engine.emit("\n"),
        "footnote": _footnote,
        "footnotetext": _footnote,
        "tablefootnote": _footnote,
        "endnote": _footnote,
        "footnotemark": _mark,
        "href": _link,
        "mintinline": _minted,
        "ding": lambda engine: engine.emit(ding(written(engine.stream.argument()))),
        "textsuperscript": _raised,
        "textsubscript": lambda engine: engine.capture(
            lambda parts: engine.emit(lowered(plain(parts)), EDGE)
        ),
        "xspace": _xspace,
        "dots": _ellipsis,
        "ldots": _ellipsis,
        "enquote": _quoted,
        "say": _quoted,
        "texorpdfstring": _first_of_two,
        "string": lambda engine: engine.emit((engine.stream.next() or "").removeprefix("\\")),
        "the": lambda engine: engine.stream.next() and None,
        "write": _write,
        "openout": _open,
        "openin": _open,
        "active #": lambda engine: engine.emit("#"),
        "replaced": _replaced,
        "twocolumn": _two_columns,
        "xrightarrow": _long_arrow,
    }


def dropping(signature: str) -> Handler:
    """A command whose arguments are read by ``signature`` and dropped."""

    def drop(engine: Engine) -> None:
        for kind in signature:
            if kind == "*":
                engine.stream.star()
            elif kind == "o":
                engine.stream.optional()
            elif kind == "t":
                engine.stream.push(["{"] * engine.stream.take("{"))
            else:
                engine.stream.argument()

    return drop


def _nothing(_: Engine) -> None:
    """A command that readers do not see."""


def _abbreviation(text: str) -> Handler:
    def write(engine: Engine) -> None:
        following = engine.stream.peek()
        engine.emit(text[:-1] if following is not None and following[0] == "." else text)

    return write


def _two_columns(engine: Engine) -> None:
    """What stands in its brackets is set across both columns: text like any other."""
    engine.stream.push(engine.stream.optional() or [])


def _length(engine: Engine) -> None:
    """A register's name, and the length that it is set to, if one follows."""
    token = engine.stream.next()
    if token is None:
        return
    if is_words(token) and (match := _LENGTH.match(token)):
        rest = token[match.end() :]
        engine.stream.push_words(rest)
    elif is_words(token) and token.strip() == _EQUALS:  # another register's length
        engine.stream.next()
    else:
        engine.stream.push([token])


def _write(engine: Engine) -> None:
    """A file or program that TeX would write to: its number, and what it would get, are passed over."""
    _length(engine)
    engine.stream.argument()


def _open(engine: Engine) -> None:
    r"""``\\openout3=name``: its number and the file's name are passed over."""
    _length(engine)
    token = engine.stream.next_visible() or ""
    engine.stream.push_words(token.partition(" ")[2]) if is_words(token) else engine.stream.push(
        [token] * bool(token)
    )


def _footnote(engine: Engine) -> None:
    """A note stands after its paragraph, so that it tears no sentence."""
    engine.stream.optional()
    in_document = engine.is_open("document")

    def done(parts: list[Part]) -> None:
        if in_document:
            engine.document.after_paragraph(Paragraph(parts))

    engine.emit(GONE)
    engine.capture(done, math=False)


def _mark(engine: Engine) -> None:
    engine.stream.optional()
    engine.emit(GONE)


def _raised(engine: Engine) -> None:
    engine.capture(lambda parts: engine.emit(raised(plain(parts)), EDGE))


def _note_mark(engine: Engine) -> None:
    r"""``5\\tnote{1}``: a mark that points to a note below the table."""
    engine.stream.optional()
    _raised(engine)


def _replaced(engine: Engine) -> None:
    r"""``\\replaced[id=x]{new}{old}``."""
    engine.stream.optional()
    _first_of_two(engine)


def _address(engine: Engine) -> None:
    engine.emit(engine.stream.verbatim_argument().replace("\\", "").strip())


def _link(engine: Engine) -> None:
    engine.stream.verbatim_argument()


def _verb(engine: Engine) -> None:
    engine.emit(engine.stream.verbatim_until_repeated())


def _minted(engine: Engine) -> None:
    engine.stream.optional()
    engine.stream.argument()
    _verb(engine)


def _xspace(engine: Engine) -> None:
    following = engine.stream.peek()
    if (
        engine.math
        or following is None
        or following in ("}", "~", " ", "\\ ", "\\/", "\\par", "\\xspace", "\\footnote")
    ):
        return
    if not (is_words(following) and _NO_SPACE_BEFORE.match(following)):
        engine.emit(" ")


def _ellipsis(engine: Engine) -> None:
    """In text it keeps its distance from a word, whose blank the command's name has swallowed."""
    following = None if engine.math else engine.stream.peek()
    engine.emit("… " if following is not None and following[0].isalnum() else "…")


def _quoted(engine: Engine) -> None:
    engine.stream.star()

    def done(parts: list[Part]) -> None:
        engine.emit("“", *parts, "”")

    engine.capture(done)


def _first_of_two(engine: Engine) -> None:
    r"""``\texorpdfstring{print}{bookmark}``."""
    first = engine.stream.argument()
    engine.stream.argument()
    engine.stream.push(["{", *first, "}"])


def _long_arrow(engine: Engine) -> None:
    engine.stream.optional()
    engine.stream.argument()
    engine.emit("→")
