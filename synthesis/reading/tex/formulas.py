r"""Formulas as a reader would type them: "α = 0.5", "10^−3", "a/b", "x_i"; ``$R$@10`` is "R@10"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.reading.tex.parts import EDGE, SOFT, TIGHT, plain, without_edges
from synthesis.reading.tex.symbols import ACCENTS, accented, blackboard, lowered, raised

if TYPE_CHECKING:
    from synthesis.reading.tex.engine import Engine
    from synthesis.reading.tex.frames import Handler, Opener
    from synthesis.reading.tex.parts import Part

_RELATION = re.compile(r" ?([=<>≤≥≈≃≅≡≠≜≔∈∉∋⊂⊃⊆⊇∼∝→←↦⇒⇔⟹⟺⟶≪≫≲≳⩽⩾∧∨])(?!\x01) ?")
_BINARY = re.compile(r"(?<=[\w)\]}%′]) ?([+−±×·∪∩∖])(?!\x01) ?(?=[\w(\[{√∥|])")
_COMMA = re.compile(r",(?=[^\W\d])")
_SIGN = re.compile(r"[^\w\s]")
_NO_BLANK = re.compile(rf"^{SOFT}+|{SOFT}+$|(?<=[(\[{{|√−]){SOFT}+|{SOFT}+(?=[)\]}}(^_,|])")
_SIMPLE = re.compile(r"[\w.]+|\([^()]*\)")
_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
_ROWS = (
    "matrix pmatrix bmatrix vmatrix Vmatrix Bmatrix smallmatrix cases dcases rcases aligned alignedat gathered split "
    "multlined"
)
_DISPLAYS = "equation align gather multline eqnarray displaymath flalign alignat xalignat dmath mathpar IEEEeqnarray empheq"
_DELIMITERS = ("left", "right", "middle")
_TEXT_INSIDE = (
    "text",
    "textrm",
    "textnormal",
    "textbf",
    "textit",
    "textsf",
    "texttt",
    "textsc",
    "mbox",
    "hbox",
)


def readable(parts: list[Part]) -> list[Part]:
    """The pieces of an inline formula, blanks set around relations and between operands."""
    whole: list[Part] = []
    for part in parts:  # most formulas are strings alone; a reference inside keeps its place
        if isinstance(part, str) and whole and isinstance(whole[-1], str):
            whole[-1] += part
        else:
            whole.append(part)
    return [_spaced(part) if isinstance(part, str) else part for part in whole]


def _spaced(text: str) -> str:
    if not text.strip():
        return " " * bool(text)
    first, last = EDGE * text.startswith(EDGE), EDGE * text.endswith(EDGE)
    text = without_edges(text)
    text = " ".join(_NO_BLANK.sub("", text).replace(SOFT, " ").split())
    text = _COMMA.sub(", ", _RELATION.sub(r" \1 ", text))
    text = " ".join(_BINARY.sub(r" \1 ", text).split()).replace(TIGHT, "")
    return f"{first}{text}{last}"


def formula_commands() -> dict[str, Handler]:
    """Commands of formulas by name; those that begin with "active" are characters."""
    named: dict[str, Handler] = {
        "active ^": _superscript,
        "active _": _subscript,
        "sp": _superscript,
        "sb": _subscript,
        "sqrt": _root,
        "binom": _binomial,
        "ensuremath": _ensure_math,
        "(": lambda engine: engine.push("\\(", engine.inline, math=True),
        "[": lambda engine: engine.push("\\[", engine.display, math=True),
        ")": _closing("\\("),
        "]": _closing("\\["),
        "operatorname": lambda engine: engine.stream.star() and None,
    }
    named |= dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"), _fraction)
    named |= dict.fromkeys(("mathbb", "mathds", "mathbbm"), _blackboard)
    named |= dict.fromkeys(_DELIMITERS, _delimiter)
    named |= dict.fromkeys(_TEXT_INSIDE, _text_inside)
    return named | {name: _accent(name) for name in ACCENTS}


def formula_environments() -> dict[str, Opener]:
    """Environments that are formulas, displayed or within one."""
    found: dict[str, Opener] = dict.fromkeys(_ROWS.split(), _rows)
    found |= dict.fromkeys(_DISPLAYS.split(), _display)
    found["math"] = lambda engine, name: engine.push(name, engine.inline, math=True)
    return found


def _tight(script: str) -> str:
    return _SIGN.sub(rf"\g<0>{TIGHT}", script.replace(TIGHT, ""))


def _superscript(engine: Engine) -> None:
    if engine.math:
        engine.capture(lambda parts: engine.emit(_tight(raised(plain(parts))), EDGE))
    else:
        engine.emit("^")


def _subscript(engine: Engine) -> None:
    if engine.math:
        engine.capture(lambda parts: engine.emit(_tight(lowered(plain(parts))), EDGE))
    else:
        engine.emit("_")


def _fraction(engine: Engine) -> None:
    def below(upper: str) -> None:
        engine.capture(lambda parts: engine.emit(f"{EDGE}{_grouped(upper)}/{_grouped(plain(parts))}{EDGE}"))

    engine.capture(lambda parts: below(plain(parts)))


def _binomial(engine: Engine) -> None:
    def below(upper: str) -> None:
        engine.capture(lambda parts: engine.emit(f"binom({upper}, {plain(parts)})"))

    engine.capture(lambda parts: below(plain(parts)))


def _root(engine: Engine) -> None:
    def under(index: str) -> None:
        sign = _ROOTS.get(index, f"{EDGE}{index}√")
        engine.capture(lambda parts: engine.emit(f"{sign}{_grouped(plain(parts))}{EDGE}"))

    engine.capture_tokens(engine.stream.optional() or [], lambda parts: under(plain(parts)))


def _grouped(text: str) -> str:
    return text if _SIMPLE.fullmatch(text) or not text else f"({text})"


def _blackboard(engine: Engine) -> None:
    engine.capture(lambda parts: engine.emit(blackboard(plain(parts))))


def _ensure_math(engine: Engine) -> None:
    if not engine.math:
        engine.capture(engine.inline, math=True)


def _closing(opener: str) -> Handler:
    def close(engine: Engine) -> None:
        engine.end_named(opener)

    return close


def _delimiter(engine: Engine) -> None:
    """``\\left.`` prints nothing; another delimiter prints itself."""
    engine.stream.take(".")


def _text_inside(engine: Engine) -> None:
    """Words inside a formula keep their blanks; elsewhere such a command changes nothing that is read."""
    if engine.math:
        engine.flow_group(math=False)


def _accent(name: str) -> Handler:
    def accent(engine: Engine) -> None:
        engine.capture(lambda parts: engine.emit(accented(name, plain(parts))))

    return accent


def _display(engine: Engine, name: str) -> None:
    engine.stream.optional()
    if name.startswith(("alignat", "xalignat", "IEEEeqnarray")):
        engine.stream.argument()
    engine.push(name, engine.display, math=True)
    if not name.endswith("*"):
        engine.document.step("equation", "Equation")


def _rows(engine: Engine, name: str) -> None:
    engine.stream.optional()
    if name.startswith("alignedat"):
        engine.stream.argument()
    engine.push(name, None if engine.math else engine.inline, math=True)
