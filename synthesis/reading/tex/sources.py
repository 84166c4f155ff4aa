"""The text files of an e-print: decoding, finding what is read in, choosing the file that is the paper."""

from __future__ import annotations

import codecs
import posixpath
import re
from functools import cached_property

from synthesis.reading.archives import safe_label

_LINE_END = re.compile(r"\r\n?|[\f\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*")
_CLASS = re.compile(r"\\document(?:class|style)\s*(?:\[[^\]]{0,1000}\])?\s*\{\s*([\w./-]{1,100})")
_BODY = re.compile(r"\\begin\s*\{document\}")
_READ_IN = re.compile(r"\\(?:input|include|subfile|subfileinclude)\s*\{?\s*([^\s{}\\%]{1,300})")
_ENCODING = re.compile(r"\\usepackage\s*\[([\w-]{1,20})\]\s*\{inputenc\}")
_HINT = re.compile(
    r"filename[\"']?\s{0,9}:\s{0,9}[\"']?([^\s\"',}]{1,300})[\"',\s]{1,99}usage[\"']?\s*:\s*[\"']?(toplevel|ignore)"
)
_OLD_HINT = re.compile(r"^[ \t]{0,99}(\S{1,300})[ \t]{1,99}(toplevelfile|ignore)", re.MULTILINE)
_NOT_PAPERS = frozenset({"standalone", "subfiles", "beamer", "letter"})
_ENCODINGS = {
    "latin1": "cp1252", "latin2": "iso8859-2", "latin4": "iso8859-4", "latin5": "iso8859-9", "latin9": "iso8859-15",
    "latin10": "iso8859-16", "ansinew": "cp1252", "cp1250": "cp1250", "cp1251": "cp1251", "cp1252": "cp1252",
    "cp850": "cp850", "cp866": "cp866", "koi8-r": "koi8-r", "koi8-u": "koi8-u", "applemac": "mac_roman",
}  # fmt: skip  # inputenc's names → Python's
_WRONG_SHARE = 0.02  # of characters: fewer undecodable ones are damage in UTF-8, more are another encoding
_TEX = (".tex", ".ltx", ".latex")


class Sources:
    """Files by label; names are looked up as TeX would, inside the archive only and whatever their case."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files
        self._by_lower = {name.lower(): name for name in files}
        self._texts: dict[str, str] = {}

    def text(self, name: str) -> str:
        """A file's text: line ends made "\\n", NULs gone, decoded by its mark, as UTF-8, or as its paper declares."""
        if name not in self._texts:
            decoded = _decoded(self._files[name], self._declared_encoding)
            self._texts[name] = _CONTROL.sub("", _LINE_END.sub("\n", decoded))
        return self._texts[name]

    def find(self, name: str, folder: str = "", suffixes: tuple[str, ...] = ("", ".tex")) -> str | None:
        """The label of what an author's ``name`` means; ``None`` where the archive does not hold it."""
        name = name.strip().strip('"')
        for base in (folder, "", posixpath.dirname(self.main)):
            label = safe_label(posixpath.normpath(posixpath.join(base, name))) if name else None
            for suffix in suffixes if label else ():
                found = self._by_lower.get(f"{label}{suffix}".lower())
                if found is not None:
                    return found
        return None

    def named(self, *suffixes: str) -> list[str]:
        """Labels that end so, in the archive's order."""
        return [name for name in self._files if name.lower().endswith(suffixes)]

    @cached_property
    def main(self) -> str:
        """The label of the file that is the paper."""
        hints = self._hints
        tex = [name for name in self.named(*_TEX) if hints.get(name) != "ignore"] or self.named(*_TEX)
        bare = {name: _COMMENT.sub(r"\1", self._raw_text(name)) for name in tex}
        read_in = {name for text in bare.values() for name in self._names_read_in(text)}
        return max(
            tex, key=lambda name: (hints.get(name) == "toplevel", *self._rank(name, bare[name], read_in))
        )

    @cached_property
    def has_body(self) -> bool:
        """Whether the paper is LaTeX with a class and a body, not plain TeX."""
        return bool(_BODY.search(_COMMENT.sub(r"\1", self.text(self.main))))

    @cached_property
    def list_of_works(self) -> str | None:
        """The label of the bibliography that BibTeX wrote for the paper: of its name, else the only one."""
        lists = [name for name in self.named(".bbl") if "thebibliography" in self.text(name)]
        stem = posixpath.splitext(self.main)[0]
        return next(
            (name for name in lists if posixpath.splitext(name)[0] == stem), lists[0] if lists else None
        )

    def _rank(self, name: str, text: str, read_in: set[str]) -> tuple[bool | int | str, ...]:
        kind = _CLASS.search(text)
        length = len(text) + sum(len(self._files[one]) for one in self._names_read_in(text) if one != name)
        return (
            kind is not None and kind[1] not in _NOT_PAPERS,
            bool(_BODY.search(text)),
            name not in read_in,
            length,
            name,
        )

    def _names_read_in(self, text: str) -> set[str]:
        labels = (safe_label(match[1]) for match in _READ_IN.finditer(text))
        found = {
            self._by_lower.get(f"{label}{suffix}".lower())
            for label in labels
            if label
            for suffix in ("", ".tex")
        }
        return {name for name in found if name is not None}

    @cached_property
    def _hints(self) -> dict[str, str]:
        """What arXiv's own note says of the files: "toplevel" or "ignore"."""
        found: dict[str, str] = {}
        for name in self._files:
            if "00readme" in name.lower():
                note = self._files[name][:100_000].decode("utf-8", "replace")
                for match in (*_OLD_HINT.finditer(note), *_HINT.finditer(note)):
                    found[match[1]] = match[2].removesuffix("file")
        return found

    def _raw_text(self, name: str) -> str:
        return _decoded(self._files[name], "cp1252")

    @cached_property
    def _declared_encoding(self) -> str:
        declared = _ENCODING.search(self._raw_text(self.main))
        return _ENCODINGS.get(declared[1].lower(), "utf-8") if declared else "cp1252"


def _decoded(data: bytes, otherwise: str) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        lenient = data.decode("utf-8", "replace")
    several = sum(byte >= 0xC2 for byte in data[:100_000])  # bytes that open a character in UTF-8
    wrong = lenient[:100_000].count("\ufffd")
    if otherwise == "utf-8" or wrong < min(_WRONG_SHARE * len(lenient), several / 4):
        return lenient
    return data.decode(otherwise, "replace")
