"""The table of hostile files: cases 21 to 34, what each is, what is expected of it."""

from __future__ import annotations

import gzip
import tarfile
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

import hostile_archives as archives
import hostile_pdfs as pdfs
import small_paper

from synthesis.fetching.trail import GOOD_QUALITY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hostile_reading import Seen

    from synthesis.records import TextForm

HIDDEN, SECRET = "WORDS-NOBODY-SEES", "WORDS-OF-ANOTHER-FILE"  # looked for in every text that is read
_DEEP = 1_000_000
_LOGIN = b"<!DOCTYPE html><html><head><title>Please log in</title></head><body><form></form></body></html>"


class Case(NamedTuple):
    """One hostile file; ``data`` builds it when its turn comes."""

    number: int
    name: str
    form: TextForm | Literal["zip"]
    data: Callable[[], bytes]
    expected: str
    holds: Callable[[Seen], bool]


def cases(secret: Path) -> Iterator[Case]:
    """All cases; ``secret`` is a file outside that no text may show."""
    yield from _no_pdf()
    yield from _pdf_structure()
    yield from _archives()
    yield from _compressed()
    yield from _tex(secret)
    yield from _xml(secret)
    yield from _html()
    yield from _packages()
    yield from _characters()


def _text(seen: Seen) -> bool:
    return seen.outcome == "text" and not seen.markers


def _either(seen: Seen) -> bool:
    return seen.outcome == "reason" or _text(seen)


def _poor(seen: Seen) -> bool:
    return seen.outcome == "reason" or seen.quality < GOOD_QUALITY


def _reason(*words: str) -> Callable[[Seen], bool]:
    return lambda seen: seen.outcome == "reason" and any(word in seen.detail for word in words)


def _no_pdf() -> Iterator[Case]:
    good = small_paper.pdf()
    rows: tuple[tuple[str, bytes, str], ...] = (
        ("a log-in page", _LOGIN, "is HTML, not PDF"),
        ("an empty file", b"", "empty"),
        ("one byte", b"%", "is not a PDF"),
        ("%PDF, then noise", b"%PDF-1.7\n" + bytes(i * 89 % 251 for i in range(20_000)), "damaged"),
    )
    for name, data, reason in rows:
        yield Case(21, name, "pdf", lambda data=data: data, reason, _reason(reason))
    for part in range(1, 16):
        cut = good[: len(good) * part // 16]
        yield Case(21, f"a PDF cut at {part}/16", "pdf", lambda cut=cut: cut, "text or a reason", _either)
    yield Case(22, "locked, empty password", "pdf", lambda: pdfs.encrypted(b""), "text", _text)
    yield Case(22, "locked", "pdf", lambda: pdfs.encrypted(b"secret"), "encrypted", _reason("encrypted"))
    yield Case(27, "a scan", "pdf", small_paper.scan, "no text layer", _reason("no text layer"))


def _pdf_structure() -> Iterator[Case]:
    rows: tuple[tuple[int, str, Callable[[], bytes]], ...] = (
        (23, "a drawing of 400 MB of blanks", partial(pdfs.bomb, 400)),
        (23, "the same packed three times", partial(pdfs.bomb, 400, 3)),
        (23, "a page of 30 million characters", partial(pdfs.text_bomb, 25_000)),
        (25, "pages that hold themselves", pdfs.circular),
        (25, "a million pages declared", partial(pdfs.declared_pages, 1_000_000)),
        (25, "one page 100,000 times", partial(pdfs.same_page, 100_000)),
        (25, "a page of 50,000 points", partial(pdfs.huge_page, 50_000)),
        (25, "arrays 200,000 deep", partial(pdfs.nested_arrays, 200_000)),
        (25, "a drawing that draws itself", partial(pdfs.nested_forms, 200_000)),
        (25, "tables of objects in a circle", pdfs.looping_references),
        (25, "a stream that is its own length", pdfs.length_is_itself),
    )
    for number, name, build in rows:
        yield Case(number, name, "pdf", build, "text or a reason", _either)


def _archives() -> Iterator[Case]:
    tex = small_paper.tex()
    paper = ("main.tex", tarfile.REGTYPE, tex, "")
    rows: tuple[tuple[str, tuple[archives.Entry, ...]], ...] = (
        ("a name with ../", (("../../canary", tarfile.REGTYPE, b"dead", ""), paper)),
        ("an absolute name", (("/canary", tarfile.REGTYPE, b"dead", ""), paper)),
        (
            "a link, and a file through it",
            (("out", tarfile.SYMTYPE, b"", "/"), ("out/canary", tarfile.REGTYPE, b"dead", ""), paper),
        ),
        ("a hard link", (("x.tex", tarfile.LNKTYPE, b"", "/etc/passwd"), paper)),
        ("a device", (("dev.tex", tarfile.CHRTYPE, b"", ""), paper)),
        ("a link without a name", (("", tarfile.SYMTYPE, b"", ""), paper)),
        ("a very long name", (("a/../" * 2000 + "canary", tarfile.REGTYPE, b"dead", ""), paper)),
        ("one name a thousand times", (*[("main.tex", tarfile.REGTYPE, b"%", "")] * 1000, paper)),
    )
    for name, entries in rows:
        yield Case(28, name, "latex", partial(archives.packed, entries), "text", _text)
    builds: tuple[tuple[str, Callable[[], bytes]], ...] = (
        ("a million members", partial(archives.many_members, 1_000_000, tex)),
        ("a sparse file of 1 TB", partial(archives.sparse, tex)),
        ("an extended header of 200 MB", partial(archives.pax_bomb, 200, tex)),
    )
    for name, build in builds:
        yield Case(28, name, "latex", build, "text or a reason", _either)


def _compressed() -> Iterator[Case]:
    tex, reason = small_paper.tex(), "a reason"
    rows: tuple[tuple[str, Callable[[], bytes], str, Callable[[Seen], bool]], ...] = (
        ("a gzip bomb of 4 GB", partial(archives.gzip_bomb, 4096), reason, _reason("")),
        ("gzip streams of 4 GB together", partial(archives.gzip_chain, 4096), reason, _reason("")),
        ("a bomb of 4 GB in a tar", partial(archives.tar_bomb, 4096, "main.tex"), reason, _reason("")),
        ("a bomb of 4 GB as a figure", partial(archives.tar_bomb, 4096, "figure.eps"), reason, _reason("")),
        ("a gzipped .tex", lambda: gzip.compress(tex), "text", _text),
        ("gzip in gzip", partial(archives.nested_gzip, 2, tex), "text", _text),
        ("gzip 100 deep", partial(archives.nested_gzip, 100, tex), "a reason, or next to no quality", _poor),
        ("a plain .tex", lambda: tex, "text", _text),
        (
            "a PDF as source",
            small_paper.pdf,
            "text, as PDF",
            lambda seen: _text(seen) and seen.detail == "pdf",
        ),
        ("a gzipped PDF", lambda: gzip.compress(small_paper.pdf()), "text, as PDF", _text),
        ("PostScript", lambda: b"%!PS-Adobe-3.0\n(x) show\n", "is PostScript", _reason("PostScript")),
        ("an empty tar", lambda: archives.packed(()), reason, _reason("")),
        (
            "a tar without TeX",
            lambda: archives.packed((("figure.png", tarfile.REGTYPE, b"\x89PNG", ""),)),
            reason,
            _reason(""),
        ),
    )
    for name, build, expected, holds in rows:
        yield Case(29, name, "latex", build, expected, holds)


def _tex(secret: Path) -> Iterator[Case]:
    good = small_paper.tex().decode()
    begin = r"\begin{document}"
    rows: tuple[tuple[str, str], ...] = (
        (r"\input of a file outside", rf"\input{{{secret}}}\include{{{secret}}}\verbatiminput{{{secret}}}"),
        (r"\input of itself", r"\input{main}\input{main.tex}"),
        (r"\write18", r"\immediate\write18{touch canary}\openout1=canary \write1{dead}\closeout1"),
        (r"\input of a pipe", r'\input|"touch canary"'),
        (r"\csname in a loop", r"\def\a{\csname a\endcsname\a}\a \loop\iftrue\repeat"),
        ("a macro that doubles itself", "".join(_doubling(40))),
        (r"a macro that calls itself", r"\newcommand{\x}{\x\x}\x"),
        ("a million braces", "{" * _DEEP + "}" * _DEEP),
        ("a million open braces", "{" * _DEEP),
        ("100,000 open environments", r"\begin{itemize}\item x" * 100_000),
        ("a million dollar signs", "$ x $" * (_DEEP // 4)),
    )
    for name, body in rows:
        data = good.replace(begin, f"{begin}\n{body}\n").encode()
        yield Case(30, name, "latex", lambda data=data: data, "text or a reason", _either)
    accented = good.replace("Forty", "Fünf und vierzig")
    yield Case(30, "Latin-1", "latex", partial(accented.encode, "latin-1"), "text", _text)
    yield Case(30, "UTF-16", "latex", partial(accented.encode, "utf-16"), "text or a reason", _either)
    two = (("a.tex", tarfile.REGTYPE, good.encode(), ""), ("b.tex", tarfile.REGTYPE, good.encode(), ""))
    yield Case(30, r"two \documentclass files", "latex", lambda: archives.packed(two), "text", _text)


def _doubling(times: int) -> Iterator[str]:
    yield r"\def\ma{x x}"
    for number in range(times):
        yield rf"\def\m{_letters(number + 1)}{{\m{_letters(number)}\m{_letters(number)}}}"
    yield rf"\m{_letters(times)}"


def _letters(number: int) -> str:
    return "a" * (number // 26 + 1) + chr(97 + number % 26) if number else "a"


def _xml(secret: Path) -> Iterator[Case]:
    good = small_paper.jats().decode()
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    doctypes: tuple[tuple[str, str, str], ...] = (
        ("billion laughs", f'<!ENTITY l0 "ha">{laughs}', "&l11;"),
        ("a long entity 50,000 times", f'<!ENTITY a "{"x" * 50_000}">', "&a;" * 50_000),
        ("an entity that is a file", f'<!ENTITY f SYSTEM "file://{secret}">', "&f;"),
        ("an entity at a host", '<!ENTITY f SYSTEM "http://127.0.0.1:9/x">', "&f;"),
        ("a parameter entity", f'<!ENTITY % f SYSTEM "file://{secret}">%f;', ""),
    )
    for name, entities, use in doctypes:
        data = good.replace("<article ", f"<!DOCTYPE article [{entities}]><article ", 1)
        data = data.replace("<body>", f"<body><sec><title>Used</title><p>{use}</p></sec>")
        yield Case(
            31, name, "jats", lambda data=data: data.encode(), "text or a reason, no file shown", _either
        )
    bodies: tuple[tuple[str, str], ...] = (
        (
            "XInclude",
            f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret}" parse="text"/>',
        ),
        ("a million sections deep", "<sec>" * _DEEP),
        ("100,000 tables deep", "<table><tr><td>" * 100_000),
        ("an attribute of 20 MB", f'<p id="{"x" * 20_000_000}">x</p>'),
        ("a paragraph of 20 MB", f"<p>{'word ' * 4_000_000}</p>"),
        ("a million empty elements", "<p/>" * _DEEP),
    )
    for name, body in bodies:
        data = good.replace("<body>", f"<body>{body}").encode()
        yield Case(31, name, "jats", lambda data=data: data, "text or a reason, no file shown", _either)
    other = f'<!DOCTYPE article SYSTEM "file://{secret}">' + good.partition("?>")[2]
    yield Case(31, "a DTD that is a file", "jats", other.encode, "text or a reason", _either)


def _html() -> Iterator[Case]:
    good = small_paper.arxiv_html().decode()
    place = '<section id="S1"'
    shown: tuple[tuple[str, str], ...] = (
        ("a script", f"<script>var x = '{HIDDEN}';</script><noscript>{HIDDEN}</noscript>"),
        ("a refresh", '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/">'),
        ("text that is not displayed", f'<p style="display:none">{HIDDEN}</p><p hidden>{HIDDEN}</p>'),
        ("a style and a template", f"<style>{HIDDEN}</style><template><p>{HIDDEN}</p></template>"),
        ("an entity of nothing", "<p>&#0;&#xD800;&#x110000;&nosuch;</p>"),
    )
    for name, body in shown:
        data = good.replace(place, body + place, 1).encode()
        yield Case(32, name, "html", lambda data=data: data, "text without what is hidden", _text)
    nested: tuple[tuple[str, str], ...] = (
        ("100,000 divs deep", "<div>" * 100_000),
        ("a million spans deep", "<span>" * _DEEP),
        ("100,000 tables deep", "<table><tr><td>" * 100_000),
        ("a comment without end", "<!--" + "-" * 5_000_000),
        ("an attribute of 20 MB", f'<p title="{"x" * 20_000_000}">x</p>'),
        ("a million attributes", "<p " + " ".join(f"a{n}=1" for n in range(_DEEP)) + ">x</p>"),
        ("a table of a million columns", f'<table><tr><td colspan="{_DEEP}">x</td></tr></table>'),
    )
    for name, body in nested:
        data = good.replace(place, body + place, 1).encode()
        yield Case(32, name, "html", lambda data=data: data, "text or a reason", _either)
    banner = (
        "<p>Conversion to HTML had a Fatal error and exited abruptly. This document may be truncated.</p>"
    )
    failed = good.replace('<div class="ltx_page_main">', f'<div class="ltx_page_main">{banner}')
    yield Case(
        32, "LaTeXML's banner", "html", failed.encode, "a reason, or a quality that is not good", _poor
    )


def _packages() -> Iterator[Case]:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><x>&l9;</x>'.encode()
    rows: tuple[tuple[str, Callable[[], bytes], str], ...] = (
        ("packages in packages, 16 TB", partial(archives.zip_in_zip, 4, 16), "bomb"),
        ("a member of 1 GB", lambda: archives.zip_of([("word/document.xml", b" " * (1 << 30))]), "bomb"),
        ("entries that overlap", partial(archives.overlapping_zip, 3), "overlapping"),
        ("a name with ../", lambda: archives.zip_of([("../../canary", b"dead")]), "unsafe name"),
        ("an XML bomb inside", lambda: archives.zip_of([("word/document.xml", bomb)]), "entities"),
    )
    for name, build, reason in rows:
        yield Case(33, name, "zip", build, reason, _reason(reason))


def _characters() -> Iterator[Case]:
    odd = "\u202eright to left\u202c zero\u200bwidth \u0001\u0007 nul \ue000\ufffd e\u0301 \u00e9 \u2029"
    for form, good in (
        ("latex", small_paper.tex()),
        ("jats", small_paper.jats()),
        ("html", small_paper.arxiv_html()),
    ):
        for name, words in (("odd characters", odd), ("a line of 10 MB", "word " * 2_000_000)):
            data = good.replace(b"Growers open", words.encode() + b" Growers open")
            yield Case(34, f"{name} in {form}", form, lambda data=data: data, "text or a reason", _either)
        broken = good.replace(b"Growers", b"\xed\xa0\x80\xff\xfe\x00Growers")
        yield Case(
            34, f"bytes that are no UTF-8 in {form}", form, lambda b=broken: b, "text or a reason", _either
        )
