"""Commands that print a sign: pylatexenc's table of 800, accents as combining characters, blackboard letters."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# pylatexenc's entries that do more than print a sign, or print another than readers see
_NOT_SIGNS = frozenset("today hspace vspace \\ - url ref autoref cref Cref eqref cite citet citep id".split())
_OWN = {
    "textquotesingle": "'",
    "textasciitilde": "~",
    "texttildelow": "~",
    "textapprox": "~",
    "sim": "∼",
    "colon": ":",
    "lbrack": "[",
    "rbrack": "]",
    "slash": "/",
    "textbar": "|",
    "textminus": "−",
    "textpercent": "%",
    "permil": "‰",
    "textleq": "≤",
    "textgeq": "≥",
    "textless": "<",
    "textgreater": ">",
    "textunderscore": "_",
    "textasteriskcentered": "*",
    "ast": "*",
    "bullet": "•",
    "circ": "∘",
    "prime": "′",
    "checkmark": "✓",
    "cmark": "✓",
    "xmark": "✗",
    "degree": "°",
    "textdegree": "°",
    "celsius": "°C",
    "percent": "%",
    "euro": "€",
    "pounds": "£",
    "copyright": "©",
    "P": "¶",
    "S": "§",
    "ddag": "‡",
    "ddagger": "‡",
    "ss": "ß",
    "SS": "SS",
    "TeX": "TeX",
    "LaTeX": "LaTeX",
    "LaTeXe": "LaTeX2e",
    "BibTeX": "BibTeX",
    "lq": "‘",
    "rq": "’",
    "og": "«",
    "fg": "»",
    "ne": "≠",
    "gets": "←",
    "iff": "⟺",
    "implies": "⟹",
    "land": "∧",
    "lor": "∨",
    "neg": "¬",
    "owns": "∋",
    "triangleq": "≜",
    "coloneqq": "≔",
    "coloneq": "≔",
    "defeq": "≔",
    "vert": "|",
    "lvert": "|",
    "rvert": "|",
    "Vert": "‖",
    "epsilon": "ε",
    "phi": "φ",
    "argmax": "argmax",
    "argmin": "argmin",
    "deg": "deg",
    "det": "det",
    "dim": "dim",
    "gcd": "gcd",
    "ker": "ker",
    "hom": "hom",
    "arg": "arg",
    "Pr": "Pr",
    "lg": "lg",
    "sec": "sec",
    "csc": "csc",
    "cot": "cot",
    "bmod": " mod ",
    "mod": " mod ",
    "Re": "Re",
    "Im": "Im",
    "qed": "∎",
    "qedsymbol": "∎",
    "leadsto": "⇝",
    "blacksquare": "■",
    "Box": "□",
    "Diamond": "◇",
    "imath": "ı",
    "jmath": "ȷ",
    "i": "ı",
    "j": "ȷ",
    "smiley": "☺",
    "notin": "∉",
    "dots": "…",
    "cdots": "…",
    "ldots": "…",
    "textellipsis": "…",
    "textperiodcentered": "·",
    "cdotp": "·",
    "nobreakdash": "",
    "figurename": "Figure",
    "tablename": "Table",
    "appendixname": "Appendix",
    "refname": "References",
    "abstractname": "Abstract",
    "ackname": "Acknowledgements",
    ",": " ",
    ";": " ",
    ":": " ",
    ">": " ",
    " ": " ",
    "\n": " ",
    "\t": " ",
    "quad": " ",
    "qquad": " ",
    "enspace": " ",
    "enskip": " ",
    "thinspace": " ",
    "medspace": " ",
    "thickspace": " ",
    "space": " ",
    "nobreakspace": " ",
    "!": "",
    "-": "",
    "/": "",
    "@": "",
    "|": "‖",
    "%": "%",
}
ACCENTS = {  # command → combining character; those of formulas are words
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    '"': "\u0308",
    "~": "\u0303",
    "=": "\u0304",
    ".": "\u0307",
    "u": "\u0306",
    "v": "\u030c",
    "H": "\u030b",
    "c": "\u0327",
    "k": "\u0328",
    "d": "\u0323",
    "b": "\u0331",
    "r": "\u030a",
    "hat": "\u0302",
    "widehat": "\u0302",
    "tilde": "\u0303",
    "widetilde": "\u0303",
    "bar": "\u0304",
    "vec": "\u20d7",
    "dot": "\u0307",
    "ddot": "\u0308",
    "check": "\u030c",
    "breve": "\u0306",
    "acute": "\u0301",
    "grave": "\u0300",
    "mathring": "\u030a",
    "not": "\u0338",
}
_DOTLESS = str.maketrans("ıȷ", "ij")
_DINGS = {"51": "✓", "52": "✔", "53": "✕", "54": "✖", "55": "✗", "56": "✘", "72": "★", "73": "☆"}
_UNSCRIPTED = re.compile(r"[∘°*†‡§¶′″♣♠♦♥★☆⋆⁎♯‖]+|st|nd|rd|th|TM|®|™")


@cache
def signs() -> dict[str, str]:
    """Command, without its backslash → what it prints."""
    from pylatexenc.latex2text import get_default_latex_context_db  # noqa: PLC0415  only where LaTeX is read

    specs = get_default_latex_context_db().iter_macro_specs()
    table = {spec.macroname: spec.simplify_repl for spec in specs if isinstance(spec.simplify_repl, str)}
    plain = {name: sign for name, sign in table.items() if "%s" not in sign and "%(" not in sign}
    return {name: sign for name, sign in plain.items() if name not in _NOT_SIGNS} | _OWN


def accented(name: str, text: str) -> str:
    """``text`` with the accent of a command on its first letter; of a longer formula, ``text`` itself.

    >>> accented("'", "e"), accented('"', "ı"), accented("widehat", "xyz"), accented("v", "")
    ('é', 'ï', 'xyz', '')
    """
    text = text.strip()
    if not text or (len(name) > 1 and len(text) > 1):
        return text
    return unicodedata.normalize("NFC", text[0].translate(_DOTLESS) + ACCENTS[name] + text[1:])


def ding(number: str) -> str:
    """What ``\\ding`` prints: check marks, crosses and stars."""
    return _DINGS.get(number.strip(), "")


def blackboard(text: str) -> str:
    """``R`` → ``ℝ``, for sets of numbers and indicators.

    >>> blackboard("R"), blackboard("1")
    ('ℝ', '𝟙')
    """
    return "".join(_double_struck(character) for character in text)


def _double_struck(character: str) -> str:
    kind = "DIGIT" if character.isdigit() else "CAPITAL" if character.isupper() else "SMALL"
    name = (
        unicodedata.name(character, "").rsplit(" ", 1)[-1]
        if character.isascii() and character.isalnum()
        else ""
    )
    for prefix in ("DOUBLE-STRUCK", "MATHEMATICAL DOUBLE-STRUCK"):
        try:
            return unicodedata.lookup(f"{prefix} {kind} {name}")
        except KeyError:
            continue
    return character


def raised(text: str) -> str:
    """A superscript as it is read: marks, ordinals and degrees stand as they are, else "^" says that it is one.

    >>> raised("†"), raised("th"), raised("−3"), raised("i+1"), raised("∘")
    ('†', 'th', '^−3', '^(i+1)', '°')
    """
    text = text.strip()
    if not text or _UNSCRIPTED.fullmatch(text):
        return text.replace("∘", "°")
    return f"^{text}" if len(text.lstrip("−+")) < 2 or text.lstrip("−+").isalnum() else f"^({text})"


def lowered(text: str) -> str:
    """A subscript as it is read.

    >>> lowered("0"), lowered("title"), lowered("i,j")
    ('_0', '_title', '_i,j')
    """
    text = text.strip()
    return f"_{text}" if text else ""
