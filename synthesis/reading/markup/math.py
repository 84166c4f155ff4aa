"""Formulas in markup → a line of readable text: ``x_i^2``, ``a/b``, ``√(n)``; MathML or TeX."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
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
_SIGNS = frozenset("-−–+±∓")
_CLOSING = frozenset(")]}!%′″°∞⟩")
_OPENING = frozenset("([{⟨")
_TIMES = "\u2062"
_WRAPPERS = frozenset({"mrow", "mstyle", "mpadded"})
_BORDER = "\ue000"  # around a fraction in TeX, until its neighbours are known
_TEX_GROUP = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
_TEX_SCRIPT = re.compile(rf"([\^_])\s*{_TEX_GROUP}(\s*\d)?")
_TEX_SUM = re.compile(r"\S\s*[+\-−/]|\\[dt]?frac|\\(?:pm|times|cdot)\b")
_TEX_SAME = (
    (re.compile(r"\\[dtc]frac(?![A-Za-z])"), r"\\frac"),
    (re.compile(r"\\[hv]space\*?\s*\{[^{}]*\}"), r"\\ "),
    (re.compile(r"\\(?:lt|textless)(?![A-Za-z])(?:\{\})?"), "<"),
    (re.compile(r"\\(?:gt|textgreater)(?![A-Za-z])(?:\{\})?"), ">"),
    (re.compile(r"\\%\s+"), r"\\%\\ "),
)
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
    from pylatexenc.latexwalker import LatexWalkerError  # noqa: PLC0415  loaded for the first formula in TeX

    try:
        text = _tex_reader().latex_to_text(rf"\({_plainer_tex(tex)}\)")
    except (LatexWalkerError, ValueError, IndexError, TypeError, AttributeError, RecursionError):
        return _bare_tex(tex)
    return folded(_without_borders(text))


@cache
def _tex_reader() -> Any:
    from pylatexenc.latex2text import (  # noqa: PLC0415  see above
        LatexNodes2Text,
        MacroTextSpec,
        get_default_latex_context_db,
    )

    context = get_default_latex_context_db()
    fractions = [MacroTextSpec(name, simplify_repl=_tex_fraction) for name in ("frac", "nicefrac")]
    context.add_context_category("fractions", prepend=True, macros=fractions)
    return LatexNodes2Text(math_mode="text", fill_text=False, latex_context=context)


def _tex_fraction(node: Any, l2tobj: Any) -> str:
    parts = [arg for arg in node.nodeargs if arg is not None]
    texts = [folded(_without_borders(l2tobj.nodelist_to_text([arg]))) for arg in parts]
    return f"{_BORDER}{_fraction(texts)}{_BORDER}"


def _without_borders(text: str) -> str:
    """A blank where a fraction stands between digits: "3 1/2"."""
    return re.sub(rf"(?<=\d){_BORDER}+(?=\d)", " ", text).replace(_BORDER, "")


def _plainer_tex(tex: str) -> str:
    """The same formula in commands that are known, with brackets around a script that is a sum."""
    for pattern, same in _TEX_SAME:
        tex = pattern.sub(same, tex)
    return _TEX_SCRIPT.sub(_tex_script, tex)


def _tex_script(match: re.Match[str]) -> str:
    mark, inner, digit = match[1], match[2], match[3] or ""
    if _TEX_SUM.search(inner.strip()) and not _BRACKETED.fullmatch(inner.strip()):
        inner = f"({inner})"
    return f"{mark}{{{inner}}}" + (f"\\ {digit.strip()}" if digit else "")


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
    row = _ROW_RULES.get(name)
    return row(element, parts) if row else (element.text or "").strip() + _joined(element, parts)


def _joined(element: Any, parts: list[str]) -> str:
    """Parts in a row, so that no number of one runs into a number of the next: "3 1/2", "2·10^3"."""
    text, between, simple = "", "", True
    for child, part in zip(element, parts, strict=True):
        if not part:
            between = "·" if child.tag == "mo" and _shown(child) == _TIMES else between
            continue
        token = child.tag in _TOKENS
        if text[-1:].isdigit() and part[0].isdigit():
            text += between or ("" if token and simple else " ")
        text, between, simple = text + part, "", token
    return text


def _shown(element: Any) -> str:
    return "".join(element.itertext()).strip()


def _fenced(element: Any, parts: list[str]) -> str:
    """Parts between the signs that ``mfenced`` names, "(", "," and ")" where it names none."""
    separators = "".join(element.get("separators", ",").split())
    if separators:
        text = folded(parts[0]) if parts else ""
        for number, part in enumerate(parts[1:]):
            separator = separators[min(number, len(separators) - 1)]
            text += (f"{separator} " if separator in ",;" else f" {separator} ") + folded(part)
    else:
        text = folded(_joined(element, parts))
    return f"{element.get('open', '(').strip()}{text}{element.get('close', ')').strip()}"


def _token(name: str, element: Any) -> str:
    text = _INVISIBLE.sub("", "".join(element.itertext()))
    if name == "mspace":
        return " "
    if name == "mtext":
        return text.replace("\u00a0", " ")
    text = text.strip()
    if name == "mo":
        return _operator(text, element)
    following = element.getnext()
    named = name == "mi" and len(text) > 1  # a function's name: "log n", never "logn"
    return f"{text} " if named and following is not None and following.tag in {"mi", "mn"} else text


def _operator(text: str, element: Any) -> str:
    element = _place(element)
    previous = element.getprevious()
    if text in _SIGNS and _is_sign(previous):
        return f" {text}" if previous is not None and _shown(previous) == ":" else text
    if (text in _SPACED or text == "-") and previous is not None:
        return f" {text} "
    if text in {",", ";"}:
        return text if text == "," and _is_in_number(element) else f"{text} "
    return text


def _place(element: Any) -> Any:
    """The outermost element that holds nothing else: TeX's ``{,}`` is an ``mrow`` of its own."""
    parent = element.getparent()
    while parent is not None and parent.tag in _WRAPPERS and len(parent) == 1:
        element, parent = parent, parent.getparent()
    return element


def _is_sign(previous: Any) -> bool:
    """Whether a plus or minus behind ``previous`` is a number's sign, and no operator."""
    while previous is not None and previous.tag == "mspace":
        previous = previous.getprevious()
    if previous is None:
        return True
    text = "".join(previous.itertext())
    if previous.tag == "mtext":
        return text[-1:].isspace() or text[-1:] in {":", "(", "[", "=", ","}
    if previous.tag != "mo" or text.strip() in _CLOSING:
        return False
    return text.strip() not in {"|", "∥"} or previous.getprevious() is None


def _is_in_number(comma: Any) -> bool:
    """Whether a comma groups thousands or begins decimals: "1,234", "0,05"; not in "(100, 200)"."""
    before, behind = comma.getprevious(), comma.getnext()
    if before is None or behind is None or before.tag != "mn" or behind.tag != "mn":
        return False
    first = before.getprevious()
    if first is not None and first.tag == "mo" and _shown(first) in _OPENING:
        return False
    whole, part = _shown(before), _shown(behind)
    if whole == "0":
        return re.fullmatch(r"\d{2,}", part) is not None
    return (
        re.fullmatch(r"[1-9]\d{0,2}|\d{3}", whole) is not None
        and re.fullmatch(r"\d{3}(?:\.\d+)?", part) is not None
    )


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
    "mroot": lambda parts: f"{_in_brackets(_at(parts, 1))}√({_at(parts, 0)})",
    "semantics": lambda parts: _at(parts, 0),
    "mtr": ", ".join,
    "mlabeledtr": lambda parts: ", ".join(parts[1:]),
    "mtable": "; ".join,
}

_ROW_RULES: dict[str, Callable[[Any, list[str]], str]] = {
    "mfenced": _fenced,
    "msqrt": lambda element, parts: f"√({folded(_joined(element, parts))})",
}
