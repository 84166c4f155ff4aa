r"""``\\if…``: those that can be known are followed, of the others the ``\\else`` branch is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.reading.tex.tokens import is_words

if TYPE_CHECKING:
    from synthesis.reading.tex.engine import Engine
    from synthesis.reading.tex.frames import Handler
    from synthesis.reading.tex.tokens import TokenStream

# names that begin like conditionals but read their branches in braces, or are signs
_NOT_CONDITIONALS = frozenset(
    "\\iff \\ifthenelse \\ifstrequal \\ifstrempty \\ifblank \\ifdefempty \\ifnumcomp \\ifboolexpr \\iftoggle \\ifbool "
    "\\ifcsdef \\ifdef \\ifundef \\ifdefequal \\ifpackageloaded \\ifnumequal \\ifnumless \\ifnumgreater".split()
)
_FI, _ELSE, _END_OF_NAME = "\\fi", "\\else", "\\endcsname"
_UNDEFINED = ("\\relax", "\\undefined", "\\@undefined")  # what a command made by \csname is at first
_COMPARISON = re.compile(r"\s*(-?\d+)\s*([<>=])\s*(-?\d+)")
_MAX_TEST = 12  # tokens of a comparison that is not one of plain numbers


def conditional_commands() -> dict[str, Handler]:
    """The conditionals whose truth can be known, and what delimits branches."""
    return {
        "iftrue": lambda engine: branch(engine, holds=True),
        "iffalse": lambda engine: branch(engine, holds=False),
        "ifmmode": lambda engine: branch(engine, holds=engine.math),
        "ifpdf": lambda engine: branch(engine, holds=True),
        "ifx": lambda engine: branch(engine, holds=_same(engine)),
        "if": lambda engine: branch(engine, holds=engine.stream.next() == engine.stream.next()),
        "ifcat": lambda engine: branch(engine, holds=engine.stream.next() == engine.stream.next()),
        "ifdefined": lambda engine: branch(engine, holds=_is_known(engine, engine.stream.next())),
        "ifnum": lambda engine: branch(engine, holds=_compared(engine.stream)),
        "ifodd": lambda engine: branch(engine, holds=_compared(engine.stream)),
        "ifdim": lambda engine: branch(engine, holds=_compared(engine.stream)),
        "ifcsname": lambda engine: branch(engine, holds=_is_known(engine, read_csname(engine.stream))),
        "else": lambda engine: skip_branch(engine.stream, to_else=False),
        "or": lambda engine: skip_branch(engine.stream, to_else=False),
        "fi": lambda _: None,
        "newif": _new_switch,
        "ifthenelse": _in_braces,
        "iftoggle": _in_braces,
        "ifbool": _in_braces,
    }


def is_conditional(token: str) -> bool:
    """Whether a command opens a conditional that ends with ``\\fi``."""
    return token.startswith("\\if") and token not in _NOT_CONDITIONALS


def branch(engine: Engine, *, holds: bool) -> None:
    """Read on where the test holds, else behind its ``\\else`` or ``\\fi``."""
    if not holds:
        skip_branch(engine.stream, to_else=True)


def skip_branch(stream: TokenStream, *, to_else: bool) -> None:
    """Pass over a branch; one that never ends was no branch, and is read after all."""
    skipped: list[str] = []
    depth = 0
    while (token := stream.next()) is not None:
        skipped.append(token)
        if token == _FI:
            depth -= 1
        elif is_conditional(token):
            depth += 1
        if depth < 0 or (to_else and not depth and token == _ELSE):
            return
    stream.push(skipped)


def read_csname(stream: TokenStream) -> str:
    """The command whose name stands before ``\\endcsname``."""
    name: list[str] = []
    while (token := stream.next()) is not None and token != _END_OF_NAME and len(name) < 100:
        name.append(token)
    return "\\" + "".join(name)


def _is_known(engine: Engine, token: str | None) -> bool:
    return token is not None and (token in engine.macros or token[1:] in engine.commands)


def _same(engine: Engine) -> bool:
    left, right = engine.stream.next(), engine.stream.next()
    if left == right or (not _is_known(engine, left) and right in _UNDEFINED):
        return True
    macros = [engine.macros.get(token or "") for token in (left, right)]
    return None not in macros and macros[0] == macros[1]


def _compared(stream: TokenStream) -> bool:
    """A comparison of plain numbers; of anything else the tokens are passed over and it does not hold."""
    for _ in range(_MAX_TEST):
        token = stream.next()
        if token is None:
            break
        if is_words(token) and (match := _COMPARISON.match(token)):
            rest = token[match.end() :].lstrip()
            stream.push_words(rest)
            left, sign, right = int(match[1][:9]), match[2], int(match[3][:9])
            return {"<": left < right, ">": left > right, "=": left == right}[sign]
        if is_words(token) and (cut := re.search(r"[<>=]", token)):
            _pass_number(stream, token[cut.end() :].lstrip())
            break
    return False


def _pass_number(stream: TokenStream, rest: str) -> None:
    """Pass over the right side of a comparison: a number with its unit, or a register."""
    if rest:
        rest = re.sub(r"^-?[\d.]*(?:pt|em|cm|mm|in|sp)?\s*", "", rest)
        stream.push_words(rest)
    else:
        stream.next_visible()


def _new_switch(engine: Engine) -> None:
    """``\\newif\\\\ifdraft`` makes ``\\drafttrue`` and ``\\draftfalse``."""
    name = engine.stream.next_visible() or ""
    if not name.startswith("\\if") or len(engine.switches) > 1_000:
        return
    engine.switches[name] = False
    engine.commands[name[1:]] = lambda engine: branch(engine, holds=engine.switches[name])
    engine.commands[f"{name[3:]}true"] = lambda engine: engine.switches.update({name: True})
    engine.commands[f"{name[3:]}false"] = lambda engine: engine.switches.update({name: False})


def _in_braces(engine: Engine) -> None:
    """A test whose truth is not known, with both branches in braces: the second is read."""
    engine.stream.argument()
    engine.stream.argument()
