"""Formulas in markup → a line of readable text: ``x_i^2``, ``a/b``, ``√(n)``; MathML or TeX."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_DEPTH = 40  # of nested parts; deeper ones are given as their letters
_MAX_TEX_CHARS = 4_000
_INVISIBLE = re.compile("[\u2060-\u2064\u200b\u00ad]")
_SPACED = frozenset("=<>≤≥≠≈≃≅∼∝∈∉⊂⊆∪∩→←↦⇒⇔+−±×·∧∨|∥≪≫≡")
_ACCENTS = {
    "¯": "\u0304",
    "‾": "\u0304",
    "^": "\u0302",
    "ˆ": "\u0302",
    "~": "\u0303",
    "˜": "\u0303",
    "→": "\u20d7",
    "˙": "\u0307",
    "¨": "\u0308",
}
_UNSEEN = frozenset(
    {"annotation", "annotation-xml", "mphantom", "none", "mprescripts", "maligngroup", "malignmark"}
)
_TOKENS = frozenset({"mi", "mn", "mtext", "ms", "mo", "mspace"})
_SIMPLE = re.compile(r"[+\-−]?\w*(?:\.\w+)?[*′†∗+\-−]?")
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_TEX_BODY = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)
_TEX_SHELL = re.compile(r"^\s*(?:\$\$?|\\\[|\\\()|(?:\$\$?|\\\]|\\\))\s*$")
_TEX_SPACING = re.compile(
    r"\\(?:displaystyle|textstyle|scriptstyle|limits|nolimits|left|right|big|Big|bigg|Bigg)\b|[&]"
)


def folded(text: str) -> str:
    """Runs of blanks as one, none at the ends."""
    return " ".join(text.split())


def scripted(base: str, mark: str, script: str) -> str:
    """``base`` with a raised (``^``) or lowered (``_``) part, in brackets where it is more than a word.

    >>> scripted("10", "^", "-3"), scripted("x", "_", "i + 1"), scripted("x", "^", "")
    ('10^-3', 'x_(i + 1)', 'x')
    """
    script = folded(script)
    if not script:
        return base
    return f"{base}{mark}{_in_brackets(script)}"


def mathml_text(element: Any) -> str:
    """A ``math`` element (names without namespaces) as one line of text; "" where it shows nothing."""
    return unicodedata.normalize("NFC", folded(_read(element, 0)))


def tex_text(tex: str) -> str:
    """A formula in TeX, with or without the document around it, as one line of text.

    >>> tex_text(r"\\frac{a}{b} \\leq \\alpha_{i}^{2}")
    'a/b≤α_i^2'
    """
    body = _TEX_BODY.search(tex[: 4 * _MAX_TEX_CHARS])
    tex = body[1] if body else tex
    tex = _TEX_SPACING.sub(" ", _TEX_SHELL.sub("", _TEX_SHELL.sub("", tex[:_MAX_TEX_CHARS])))
    if _nesting(tex) > _MAX_DEPTH:
        return _bare_tex(tex)
    from pylatexenc.latex2text import LatexNodes2Text  # noqa: PLC0415  loaded for the first formula in TeX
    from pylatexenc.latexwalker import LatexWalkerError  # noqa: PLC0415  see above

    try:
        text = LatexNodes2Text(math_mode="text", fill_text=False).latex_to_text(rf"\({tex}\)")
    except (LatexWalkerError, ValueError, IndexError, TypeError, AttributeError, RecursionError):
        return _bare_tex(tex)
    return folded(text)


def _nesting(tex: str) -> int:
    depth = deepest = 0
    for character in tex:
        depth += {"{": 1, "}": -1}.get(character, 0)
        deepest = max(deepest, depth)
    return deepest


def _bare_tex(tex: str) -> str:
    return folded(re.sub(r"\\([A-Za-z]+)|[{}]", r" \1 ", tex))


# --------------------------------------------------------------------------- MathML


def _read(element: Any, depth: int) -> str:
    name = element.tag
    if name in _UNSEEN:
        return ""
    if depth > _MAX_DEPTH:
        return "".join(element.itertext())
    if name in _TOKENS:
        return _token(name, element)
    parts = [_read(child, depth + 1) for child in element]
    rule = _RULES.get(name)
    if rule is not None:
        text = rule([folded(part) for part in parts])
        return f"{text} " if len(element) and element[0].tag == "mo" else text  # "∑_i x_i"
    return (element.text or "").strip() + "".join(parts)


def _token(name: str, element: Any) -> str:
    text = _INVISIBLE.sub("", "".join(element.itertext()))
    if name == "mspace":
        return " "
    if name == "mtext":
        return text.replace("\u00a0", " ")
    text = text.strip()
    if name == "mo" and (text in _SPACED or text == "-") and element.getprevious() is not None:
        return f" {text} "
    if name == "mo" and text in {",", ";"}:
        return f"{text} "
    following = element.getnext()
    named = name == "mi" and len(text) > 1  # a function's name: "log n", never "logn"
    return f"{text} " if named and following is not None and following.tag in {"mi", "mn"} else text


def _in_brackets(text: str) -> str:
    return text if _SIMPLE.fullmatch(text) or _BRACKETED.fullmatch(text) else f"({text})"


def _at(parts: list[str], index: int) -> str:
    return parts[index] if index < len(parts) else ""


def _fraction(parts: list[str]) -> str:
    return f"{_in_brackets(_at(parts, 0))}/{_in_brackets(_at(parts, 1))}"


def _over(parts: list[str]) -> str:
    base, over = _at(parts, 0), _at(parts, 1)
    return base + _ACCENTS[over] if over in _ACCENTS and len(base) == 1 else scripted(base, "^", over)


def _both(parts: list[str]) -> str:
    return scripted(scripted(_at(parts, 0), "_", _at(parts, 1)), "^", _at(parts, 2))


_RULES: dict[str, Callable[[list[str]], str]] = {
    "mfrac": _fraction,
    "msup": lambda parts: scripted(_at(parts, 0), "^", _at(parts, 1)),
    "msub": lambda parts: scripted(_at(parts, 0), "_", _at(parts, 1)),
    "msubsup": _both,
    "munder": lambda parts: scripted(_at(parts, 0), "_", _at(parts, 1)),
    "mover": _over,
    "munderover": _both,
    "msqrt": lambda parts: f"√({''.join(parts)})",
    "mroot": lambda parts: f"{_in_brackets(_at(parts, 1))}√({_at(parts, 0)})",
    "semantics": lambda parts: _at(parts, 0),
    "mfenced": lambda parts: f"({', '.join(parts)})",
    "mtr": ", ".join,
    "mlabeledtr": lambda parts: ", ".join(parts[1:]),
    "mtable": "; ".join,
}
