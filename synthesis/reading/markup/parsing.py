"""XML and HTML from outside → an element tree, within bounds and without opening anything.

No entity is expanded, no DTD or other file is loaded, no XInclude is followed, nothing is executed. A file that declares
entities of its own is refused; a named entity of HTML (``&nbsp;``), which JATS takes from its DTD, becomes its character
and an unknown one U+FFFD.
"""

from __future__ import annotations

import codecs
import html.entities
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

from synthesis.reading.problems import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_BYTES = 16 << 20  # fifty times the longest article of the samples
MAX_ELEMENTS = 300_000  # what is read in 10 s and 512 MB; the longest article of the samples has 7,000
_MAX_DEPTH = 300  # of HTML, whose papers stay below 80; libxml2 itself stops XML at 256
_LIMIT_ERRORS = frozenset({"ERR_RESOURCE_LIMIT", "ERR_ENTITY_LOOP", "ERR_NAME_TOO_LONG"})
_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{0,31});")
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_XML_OWN = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
_XML_ENCODING = re.compile(rb"\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{1,40})")
_REFERENCE = re.compile(r"&#(?:(\d{1,12})|[xX]([0-9A-Fa-f]{1,10}));")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:-]{1,40})", re.IGNORECASE)
_SNIFFED_BYTES = 4096
_PAGE_CODECS = ("cp125", "iso8859", "gb", "big5", "euc", "shift_jis", "koi8", "cp874", "cp866")
# Attributes that say something of a text; others, of which a hostile tag may have any number, are dropped.
_KEPT_ATTRIBUTES = frozenset(
    "alt alttext aria-hidden aria-label class colspan content data-tex display encoding hidden href http-equiv id lang name"
    " property role rowspan src style title type".split()
)
_MAX_ATTRIBUTE_CHARS = 4_000  # styles, classes and formulas that mean something are shorter
_NEVER_TEXT = frozenset(
    "script template noscript iframe object embed canvas path line rect circle ellipse polygon polyline use defs clippath"
    " lineargradient radialgradient pattern marker".split()
)
_MAX_STYLE_CHARS = 200_000


@dataclass(frozen=True, slots=True)
class Markup:
    """A document's root element, names without namespaces; ``damage`` says what was wrong with it, if anything."""

    root: Any
    damage: str | None = None


def parse_xml(data: bytes, label: str) -> Markup:
    """The tree of an XML document, comments and processing instructions left out.

    Characters that XML cannot hold become U+FFFD. XML that is not well-formed even so is read as far as it goes, and
    ``damage`` says so. ``label`` names the document in errors.

    Raises:
        UnreadableFileError: with ``reason`` one of empty, too large, declares entities, exceeds limits, damaged.
    """
    _check_size(data, label)
    data = _plain_entities(_as_utf8(data))
    if b"<!ENTITY" in data:
        raise _declares_entities(label)
    root, problem = _parsed(data, label, recover=False)
    if (
        root is None
    ):  # what no text may hold is replaced; only where that does not help is the structure damaged
        data = _cleaned(data)
        root, problem = _parsed(data, label, recover=False)
    if root is None:
        root, _ = _parsed(data, label, recover=True)
    if root is None:
        raise UnreadableFileError(
            f"{label} cannot be read as XML ({problem}). Download or export it again.", "damaged"
        )
    internal = root.getroottree().docinfo.internalDTD
    if internal is not None and any(True for _ in internal.iterentities()):
        raise _declares_entities(label)
    for element in root.iter(etree.Element):
        if not _PLAIN_NAME.fullmatch(element.tag):
            element.tag = _local(element.tag)
    return Markup(root, problem)


def outermost(root: Any, matches: Callable[[Any], bool]) -> list[Any]:
    """The elements below ``root`` for which ``matches`` holds, in order, without those inside another of them."""
    found = []
    walker = etree.iterwalk(root, events=("start",))
    for _, element in walker:
        if element is not root and matches(element):
            found.append(element)
            walker.skip_subtree()
    return found


def parse_html(data: bytes, label: str) -> Markup:
    """The tree of a web page, lower-case names, without scripts and other parts that never show text.

    The text of ``style`` stays, as it tells what is hidden. Bytes are read in the encoding that the page names (UTF-8
    where it names none); those that do not fit become U+FFFD, and so does NUL.

    Raises:
        UnreadableFileError: with ``reason`` one of empty, too large, exceeds limits, damaged.
    """
    _check_size(data, label)
    target = _PageBuilder(label)
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, target=target)
    try:
        root = etree.fromstring(_html_as_utf8(data), parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableFileError(
            f"{label} cannot be read as HTML ({error}). Download the page again.", "damaged"
        ) from error
    if any(entry.type_name in _LIMIT_ERRORS for entry in parser.error_log):
        raise _exceeds_limits(label, "elements nested too deeply")
    if root is None:
        raise UnreadableFileError(f"{label} holds no HTML element. Download the page again.", "damaged")
    return Markup(root)


class _PageBuilder:
    """Builds the tree of a page from the parser's events, so that the bounds hold before memory is spent.

    libxml2's own tree takes the square of a tag's number of attributes in time; its events do not.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._builder = etree.TreeBuilder()
        self._skipped: list[str] = []  # open elements at and below one that never shows text
        self._depth = self._elements = self._style_chars = 0
        self._in_style = False
        self._root: Any = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._elements > MAX_ELEMENTS or self._depth > _MAX_DEPTH:
            raise _exceeds_limits(self._label, "too many elements, or nested too deeply")
        if self._skipped or tag in _NEVER_TEXT:
            self._skipped.append(tag)
            return
        self._elements += 1
        self._in_style = tag == "style"
        kept = {
            name: _xml_compatible(value[:_MAX_ATTRIBUTE_CHARS])
            for name, value in attributes.items()
            if name in _KEPT_ATTRIBUTES and value is not None
        }
        element = self._builder.start(_local(tag.lower()), kept)
        if self._root is None:
            self._root = element

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._in_style = False
        if self._skipped:
            self._skipped.pop()
        else:
            self._builder.end(_local(tag.lower()))

    def data(self, text: str) -> None:
        if self._skipped or self._root is None:
            return
        if self._in_style:
            self._style_chars += len(text)
            if self._style_chars > _MAX_STYLE_CHARS:
                return
        self._builder.data(_xml_compatible(text))

    def close(self) -> Any:
        return self._root


# --------------------------------------------------------------------------- bytes


def _check_size(data: bytes, label: str) -> None:
    if not data.strip():
        raise UnreadableFileError(f"{label} is empty. Download or export it again.", "empty")
    if len(data) > MAX_BYTES:
        raise UnreadableFileError(
            f"{label} holds {len(data) >> 20} MiB; a paper's text stays below {MAX_BYTES >> 20} MiB. "
            "Give the PDF, or the text without embedded images.",
            "too large",
        )
    if data.count(b"<") > 3 * MAX_ELEMENTS:  # their starts and ends, and as many that are passed over
        raise _exceeds_limits(label, f"more than {MAX_ELEMENTS:,} elements")


def _as_utf8(data: bytes) -> bytes:
    """UTF-16 with a byte order mark becomes UTF-8, so that what follows may look at ASCII bytes."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, "replace")
            return _XML_DECLARATION.sub("", text, count=1).encode("utf-8", "replace")
    return data.lstrip()


def _html_as_utf8(data: bytes) -> bytes:
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), None)
    if encoding is None:
        named = _META_CHARSET.search(data[:_SNIFFED_BYTES])
        encoding = _codec(named[1].decode("ascii")) if named else "utf-8"
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    return text.replace("\0", "\ufffd").encode("utf-8", "replace")


def _codec(name: str) -> str:
    """The codec of a page's encoding; as in browsers UTF-8 for what pages may not use, Windows-1252 for Latin-1."""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return "utf-8"
    if found in {"iso8859-1", "ascii"}:
        return "cp1252"
    return found if found.startswith(_PAGE_CODECS) else "utf-8"


def _plain_entities(data: bytes) -> bytes:
    return _ENTITY.sub(_character, data)


def _character(match: re.Match[bytes]) -> bytes:
    if match[1] in _XML_OWN:
        return match[0]
    characters = html.entities.html5.get(f"{match[1].decode('ascii')};", "\ufffd")
    return "".join(f"&#{ord(character)};" for character in characters).encode("ascii")


def _cleaned(data: bytes) -> bytes:
    """The document in UTF-8, with U+FFFD for bytes and characters that XML cannot hold, referred to or as they are."""
    named = _XML_ENCODING.match(data[:_SNIFFED_BYTES])
    encoding = _codec(named[1].decode("ascii")) if named else "utf-8"
    text = _XML_DECLARATION.sub("", data.decode(encoding, "replace"), count=1)
    return _xml_compatible(_REFERENCE.sub(_sound_reference, text)).encode("utf-8", "replace")


def _sound_reference(match: re.Match[str]) -> str:
    code = int(match[1], 10) if match[1] else int(match[2], 16)
    sound = (
        code in {0x9, 0xA, 0xD}
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or 0x10000 <= code <= 0x10FFFF
    )
    return match[0] if sound else "\ufffd"


# --------------------------------------------------------------------------- trees


def _parsed(data: bytes, label: str, *, recover: bool) -> tuple[Any, str | None]:
    """(root, problem); no root where the document cannot be parsed."""
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )
    root, problem = None, None
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        problem = " ".join(str(error).split())[:200]
    for entry in parser.error_log:
        if entry.type_name in _LIMIT_ERRORS:
            raise _exceeds_limits(label, " ".join(entry.message.split())[:200])
    return root, problem


def _local(tag: str) -> str:
    """The name without namespace or prefix; a plain ``x`` for what lxml would not write, as damaged files hold it."""
    name = tag.rpartition("}")[2].rpartition(":")[2]
    return name if _PLAIN_NAME.fullmatch(name) else "x"


_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _xml_compatible(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _exceeds_limits(label: str, detail: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{label} goes beyond what a paper needs ({detail}). Give another form of the paper, e.g. its PDF.",
        "exceeds limits",
    )


def _declares_entities(label: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{label} declares XML entities of its own, which are not expanded. Export it with its characters written out.",
        "declares entities",
    )
