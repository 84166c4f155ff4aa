"""Hostile XML and HTML: refused or bounded, quickly, and without opening anything."""

import os
import random
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from lxml import etree

from synthesis.reading.html.reader import read_html
from synthesis.reading.jats.reader import read_jats
from synthesis.reading.markup.math import mathml_text, tex_text
from synthesis.reading.markup.parsing import MAX_BYTES, parse_html, parse_xml
from synthesis.reading.problems import UnreadableFileError

FIXTURES = Path(__file__).parent / "fixtures"
SECONDS = 10  # for one document


def article(body, prolog=""):
    """A JATS article with this body."""
    return f"{prolog}<article><body>{body}</body></article>".encode()


def laughs(levels=9):
    """Entities, each ten times the one before."""
    lines = [f'<!ENTITY l{i} "{f"&l{i - 1};" * 10 if i else "lol"}">' for i in range(levels + 1)]
    return f"<!DOCTYPE article [{''.join(lines)}]>"


def reason_of(read, data):
    """The reason with which a reader refuses ``data``, within the time; "read" where it does not."""
    start = time.monotonic()
    try:
        read(data, "hostile")
        reason = "read"
    except UnreadableFileError as error:
        reason = error.reason
    assert time.monotonic() - start < SECONDS
    return reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (article("<p>&l9;</p>", laughs()), "declares entities"),
        (article('<p id="&l9;">x</p>', laughs()), "declares entities"),
        (article("<p>&l9;</p>", laughs()).decode().encode("utf-16"), "declares entities"),
        (article("<p>" + "&x;" * 50_000 + "</p>", f'<!DOCTYPE article [<!ENTITY x "{"A" * 50_000}">]>'), "declares entities"),
        (article("<p>&x;</p>", '<!DOCTYPE article [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), "declares entities"),
        (article("<p>x</p>", '<!DOCTYPE article [<!ENTITY % p SYSTEM "http://127.0.0.1:1/">%p;]>'), "declares entities"),
        (b"<a>" * 10**6, "exceeds limits"),
        (article("<sec>" * 10**5), "exceeds limits"),
        (article(f'<p id="{"x" * 12_000_000}">x</p>'), "exceeds limits"),
        (article("<p>" + "x" * 12_000_000 + "</p>"), "exceeds limits"),
        (article("<b/>" * 2_000_000), "exceeds limits"),
        (b"<article>" + b" " * MAX_BYTES, "too large"),
        (b"\0" * 1000, "damaged"),
        (b" \n", "empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)  # fmt: skip
def test_hostile_xml_is_refused_quickly(data, reason):
    """Case 31: billion laughs, quadratic blow-up, external entities, depth, huge attributes and texts, by name."""
    assert reason_of(read_jats, data) == reason


def test_entities_in_an_encoding_of_four_bytes_are_refused_too():
    """Case 31: what no look at the bytes finds, the parser's own bound does."""
    data = (
        article("<p>&l9;</p>", f'<?xml version="1.0" encoding="utf-32"?>{laughs()}').decode().encode("utf-32")
    )
    assert reason_of(read_jats, data) in {"exceeds limits", "declares entities"}


def test_many_attributes_cost_no_square_of_time():
    """Case 31: 200,000 attributes of one tag, for which libxml2's own tree of a page takes a minute."""
    attributes = b" ".join(b"x%d='1'" % number for number in range(200_000))
    page = b"<p " + attributes + b">words of the page</p>"
    start = time.monotonic()
    assert parse_html(page, "page").root.attrib == {}
    assert time.monotonic() - start < SECONDS


@pytest.mark.parametrize(
    "data",
    [
        b"<div>" * 10**5 + b"text",
        b"<table>" * 10**5,
        b"<p>" * 1_100_000,
        b"<path/>" * 1_100_000,
        b"<figure>" * 280 + b"<figcaption>x y z</figcaption>" * 280,
        b"<p><math>" + b"<mrow>" * 250 + b"<mi>x</mi>",
        b"<p>" + b"x<sup>" * 250 + b"1",
        b"<table><tr><td rowspan=65000 colspan=1000>" + b"x" * 1000 + b"<tr><td>a" * 5_000,
        b"<style>" + b"/*" * 100_000 + b"</style><p>x",
        b"<p style='" + b"color:#fff;" * 10**6 + b"'>x",
        b"<div class='ltx_document'>" * 250 + b"x",
        b"<p>" + b"<span class='ltx_note'><span class='ltx_note_content'>x " * 140,
    ],
    ids=lambda data: data[:24].decode(),
)
def test_hostile_html_is_bounded(data):
    """Case 32: nesting, numbers of elements, spans, styles and notes: text or a reason, in the time allowed."""
    assert reason_of(read_html, data) in {"read", "exceeds limits", "no text", "damaged"}


GUARD = """
import sys
from synthesis.reading.jats.reader import read_jats
from synthesis.reading.html.reader import read_html
from synthesis.reading.problems import UnreadableFileError
read_jats(b"<article><body><p>warm <tex-math>x</tex-math></p></body></article>", "warm")
read_html(b"<p>warm words of a page</p>", "warm")
def guard(event, arguments):
    if event == "open" or event.startswith(("socket.", "subprocess.", "os.exec", "urllib.")):
        raise SystemExit(f"opened: {event} {arguments[:1]}")
sys.addaudithook(guard)
for read, data in ((read_jats, sys.argv[1]), (read_html, sys.argv[2]), (read_jats, sys.argv[3])):
    try:
        print(read(data.encode(), "hostile"))
    except UnreadableFileError as error:
        print(error.reason)
"""


def test_nothing_is_opened(tmp_path):
    """Case 31: no file and no socket, seen from Python by an audit hook and from libxml2's own C by a pipe and a server.

    A pipe without a writer holds whoever opens it, so that the process would not end; the server counts its callers.
    """
    pipe = tmp_path / "canary"
    os.mkfifo(pipe)
    with socket.create_server(("127.0.0.1", 0)) as server:
        callers = []
        threading.Thread(target=_accept, args=(server, callers), daemon=True).start()
        web = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        doctype = f'<!DOCTYPE article PUBLIC "-//X//X" "{web}" [<!ENTITY a SYSTEM "{pipe}"><!ENTITY b SYSTEM "{web}">'
        jats = f'{doctype}<!ENTITY % c SYSTEM "{pipe}">%c;]><article><body><p>&a;&b;</p></body></article>'
        loud = f'<html><head><link rel=stylesheet href="{web}"><meta http-equiv=refresh content="0;url={web}"></head>'
        html = f'{loud}<body><img src="{pipe}"><script src="{web}"></script><iframe src="{pipe}"></iframe><p>{"Words. " * 40}</body></html>'
        include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude"'
        xml = (
            f'<?xml-stylesheet href="{web}"?><!DOCTYPE article SYSTEM "{pipe}"><article><body><p>Words &unknown;.'
            f'{include} href="{pipe}" parse="text"/>{include} href="{web}"/></p></body></article>'
        )
        command = [sys.executable, "-c", GUARD, jats, html, xml]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr or done.stdout
    assert done.stdout.startswith("declares entities\n")
    assert done.stdout.count("Words") == 41
    assert callers == []


def _accept(server, callers):
    try:
        while True:
            connection, address = server.accept()
            callers.append(address)
            connection.close()
    except OSError:
        return


def test_the_guard_would_see_an_open():
    """The hook of the test above is a real one."""
    code = GUARD.split("for read, data", maxsplit=1)[0] + "open('/dev/null')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert "opened: open" in done.stderr


MUTATIONS = 25  # of each file here; ``benchmarks/jats_reading.py`` makes 250


@pytest.mark.parametrize(
    ("name", "read"),
    [("jats/article.xml", read_jats), ("html/latexml.html", read_html), ("html/publisher.html", read_html)],
)
def test_mutated_files_give_text_or_a_reason(name, read):
    """Cases 31, 32: whatever is flipped, cut, doubled or moved, there is no other outcome."""
    whole = (FIXTURES / name).read_bytes()
    rng = random.Random(5)
    for _ in range(MUTATIONS):
        reason_of(read, mutated(whole, rng))


def mutated(data, rng):
    """``data`` with one to eight faults."""
    found = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        start = rng.randrange(len(found))
        piece = found[start : start + rng.randint(1, 400)]
        kind = rng.randrange(5)
        if kind == 0:
            found[start] = rng.randrange(256)
        elif kind == 1:
            del found[start : start + len(piece)]
        elif kind == 2:
            found[start:start] = bytes(piece) * rng.randint(1, 20)
        elif kind == 3:
            found[start:start] = rng.choice(
                [b"<", b"&", b"\0", b"]]>", b"<!--", b"\xff", b"</p>", b"<sec>", b"<table>"]
            )
        else:
            place = rng.randrange(len(found))
            found[place:place] = bytes(piece)
    return bytes(found)


def test_a_page_keeps_its_named_characters_and_drops_what_no_xml_can_hold():
    """Case 34: NUL and control characters become U+FFFD, as does what stands for no character."""
    root = parse_html(b"<p>a\0b\x01c&#0;d&#xD800;e&eacute;</p>", "page").root
    assert "".join(root.itertext()) == "a\ufffdb\ufffdc\ufffdd\ufffdeé"


def test_a_control_character_in_an_attribute_refuses_no_page():
    """Case 34: it is replaced there as it is in the text."""
    assert parse_html(b"<p class='a\x02b'>x</p>", "page").root.find(".//p").get("class") == "a\ufffdb"


def test_nested_citations_are_read_once():
    """Case 31: citations that lost their ends, each inside the one before, cost no square of time."""
    references = (
        "<ref>"
        + "<element-citation><name><surname>A</surname></name>" * 200
        + "</element-citation>" * 200
        + "</ref>"
    )
    data = f"<article><body><p>x</p></body><back><ref-list>{references * 40}</ref-list></back></article>".encode()
    start = time.monotonic()
    assert len(read_jats(data, "nested").references) == 40
    assert time.monotonic() - start < SECONDS


def test_damage_is_told():
    """XML that is not well-formed is read as far as it goes."""
    markup = parse_xml(b"<article><body><p>One</p><p>Two", "cut")
    assert markup.damage
    assert "".join(markup.root.itertext()) == "OneTwo"
    assert parse_xml(b"<article><body/></article>", "whole").damage is None


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<mi>β</mi><mo>=</mo><mo>−</mo><mn>0.5</mn>", "β = −0.5"),
        ("<mi>β</mi><mo>=</mo><mrow><mo>−</mo></mrow><mn>0.5</mn>", "β = −0.5"),
        ("<mi>x</mi><mo>(</mo><mo>-</mo><mn>3</mn><mo>)</mo>", "x(-3)"),
        (
            "<mtext>CI</mtext><mo>:</mo><mo>−</mo><mn>3.2</mn><mtext> to </mtext><mo>−</mo><mn>1.1</mn>",
            "CI: −3.2 to −1.1",
        ),
        ("<mo>(</mo><mi>a</mi><mo>)</mo><mo>-</mo><mn>3</mn>", "(a) - 3"),
        ("<mn>0.8</mn><mo>-</mo><mn>1.2</mn>", "0.8 - 1.2"),
        ("<mn>1</mn><mo>,</mo><mn>234</mn>", "1,234"),
        ("<mn>1</mn><mrow><mo>,</mo></mrow><mn>234</mn><mo>,</mo><mn>567</mn>", "1,234,567"),
        ("<mn>0</mn><mo>,</mo><mn>05</mn>", "0,05"),
        ("<mi>F</mi><mo>(</mo><mn>1</mn><mo>,</mo><mn>234</mn><mo>)</mo>", "F(1, 234)"),
        ("<mn>3</mn><mfrac><mn>1</mn><mn>2</mn></mfrac>", "3 1/2"),
        ("<mfrac><mn>1</mn><mn>2</mn></mfrac><mn>3</mn>", "1/2 3"),
        ("<msup><mn>10</mn><mn>3</mn></msup><mn>5</mn>", "10^3 5"),
        ("<mn>2</mn><mo>&#8290;</mo><msup><mn>10</mn><mn>3</mn></msup>", "2·10^3"),
        ("<mn>2</mn><mo>&#8290;</mo><mi>x</mi>", "2x"),
        ("<mn>0</mn><mo>.</mo><mn>5</mn>", "0.5"),
        ("<mfenced><mn>1</mn><mi>x</mi></mfenced>", "(1, x)"),
        (
            "<mfenced separators='' open='[' close=']'><mn>0.8</mn><mo>,</mo><mn>1.2</mn></mfenced>",
            "[0.8, 1.2]",
        ),
        ("<mfenced separators=';|' open='{' close=''><mi>a</mi><mi>b</mi><mi>c</mi></mfenced>", "{a; b | c"),
        ("<msqrt><mn>2</mn><mfrac><mn>1</mn><mn>2</mn></mfrac></msqrt>", "√(2 1/2)"),
    ],
)
def test_numbers_in_mathml_keep_their_value(markup, text):
    """Signs, groups of digits, fractions, powers and fences read as the formula shows them."""
    assert mathml_text(etree.fromstring(f"<math>{markup}</math>")) == text


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\frac{1+2}{3}", "(1+2)/3"),
        (r"\dfrac{1}{2}", "1/2"),
        (r"\tfrac12", "1/2"),
        (r"3\frac{1}{2}", "3 1/2"),
        (r"\frac{1}{2}3", "1/2 3"),
        (r"\frac{\frac{1}{2}}{3}", "(1/2)/3"),
        (r"10^{3}5", "10^3 5"),
        (r"x^{10+n}", "x^(10+n)"),
        (r"x^{\frac{1}{2}}", "x^(1/2)"),
        (r"10^{-3}", "10^-3"),
        (r"p \lt 0.05", "p < 0.05"),
        (r"p\textless 0.05", "p< 0.05"),
        (r"5\hspace{3pt}6", "5 6"),
        (r"0.5\%  \frac{1}{2}", "0.5% 1/2"),
        (r"12\%", "12%"),
    ],
)
def test_numbers_in_tex_keep_their_value(tex, text):
    """Fractions, powers, comparisons and blanks read as the formula shows them."""
    assert tex_text(tex) == text


@pytest.mark.parametrize("piece", ["_{", "_{a", "^{a{b{c", r"\frac{", "{a}", r"\hspace{"])
def test_long_formulas_are_bounded(piece):
    """Groups without an end cost no square of time."""
    start = time.monotonic()
    tex_text(piece * 100_000)
    mathml_text(etree.fromstring(f"<math>{'<mn>1</mn><mo>-</mo>' * 20_000}</math>"))
    assert time.monotonic() - start < SECONDS
