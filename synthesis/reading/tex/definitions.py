r"""Commands that make commands: ``\\newcommand``, ``\\def``, ``\\let``, ``\\csname`` and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.reading.tex.conditionals import read_csname
from synthesis.reading.tex.macros import (
    FALSE,
    NO_VALUE,
    TRUE,
    Macro,
    expand,
    read_def,
    read_document_command,
    read_document_environment,
    read_let,
    read_newcommand,
    read_newenvironment,
)
from synthesis.reading.tex.parts import plain
from synthesis.reading.tex.text_commands import dropping
from synthesis.reading.tex.tokens import PAR, OutOfBudgetError, TokenStream, is_words, written
from synthesis.reading.tex.vocabulary import ABBREVIATIONS

if TYPE_CHECKING:
    import re

    from synthesis.reading.tex.engine import Engine
    from synthesis.reading.tex.frames import Handler
    from synthesis.reading.tex.parts import Part

_MAX_DEFINITION_STEPS = 3_000  # of one definition in a style file
_MAX_ACRONYM_CHARS = 300
_MAX_DEFINITION_CHARS = 10_000


def definition_commands() -> dict[str, Handler]:
    """Commands that define by name."""
    named: dict[str, Handler] = {
        "providecommand": _provide,
        "let": _let,
        "csname": lambda engine: engine.stream.push([read_csname(engine.stream)]),
        "endcsname": lambda _: None,
        "expandafter": _expand_after,
        "makeatletter": lambda engine: _at_is_letter(engine, letter=True),
        "makeatother": lambda engine: _at_is_letter(engine, letter=False),
        "DeclareMathOperator": _operator,
        "catcode": _category,
        "IfNoValueTF": lambda engine: _choose(engine, NO_VALUE),
        "IfValueTF": lambda engine: _choose(engine, NO_VALUE, first=False),
        "IfBooleanTF": lambda engine: _choose(engine, TRUE),
        "newacronym": _acronym,
        "acrodef": _acronym_of_key,
        "AtBeginDocument": dropping("m"),
        "AtEndDocument": dropping("m"),
        NO_VALUE[1:]: lambda _: None,
        TRUE[1:]: lambda _: None,
        FALSE[1:]: lambda _: None,
    }
    named |= dict.fromkeys(("newcommand", "renewcommand", "DeclareRobustCommand"), _new_command)
    named |= dict.fromkeys(("def", "gdef", "edef", "xdef"), _def)
    named |= dict.fromkeys(("newenvironment", "renewenvironment"), _new_environment)
    documented = (
        "NewDocumentCommand",
        "RenewDocumentCommand",
        "ProvideDocumentCommand",
        "DeclareDocumentCommand",
    )
    named |= dict.fromkeys(documented, _document_command)
    named |= dict.fromkeys(("NewDocumentEnvironment", "RenewDocumentEnvironment"), _document_environment)
    return named | _short_forms()


def read_style(engine: Engine, text: str, starts: re.Pattern[str]) -> None:
    """Take from a style file what it defines for authors: names and bodies free of "@", nothing known already.

    ``\\cite`` alone may be defined anew, by another command of its family: styles choose its form in this way.
    """
    for match in starts.finditer(text):
        stream = TokenStream(max_steps=min(_MAX_DEFINITION_STEPS, engine.style_steps))
        stream.open(text[match.end() : match.end() + _MAX_DEFINITION_CHARS], "")
        stream.at_is_letter = True
        try:
            name, macro = read_def(stream) if match["command"] == "def" else read_newcommand(stream)
        except OutOfBudgetError:
            name, macro = None, Macro(())
        engine.style_steps -= min(_MAX_DEFINITION_STEPS, engine.style_steps) - max(0, stream.steps_left)
        if engine.style_steps <= 0:
            break
        if name == "\\cite" and len(macro.body) == 1 and macro.body[0][1:] in engine.commands:
            engine.define(name, macro)
        elif name is not None and not any("@" in token for token in (name, *macro.body)):
            own = name[1:] in engine.commands or name[1:] in engine.signs
            known = name in engine.macros or (own and name[1:] not in ABBREVIATIONS)
            engine.define(None if known else name, macro)


def _new_command(engine: Engine) -> None:
    engine.define(*read_newcommand(engine.stream))


def _provide(engine: Engine) -> None:
    name, macro = read_newcommand(engine.stream)
    if name is not None and name not in engine.macros and name[1:] not in engine.commands:
        engine.define(name, macro)


def _def(engine: Engine) -> None:
    engine.define(*read_def(engine.stream))


def _document_command(engine: Engine) -> None:
    engine.define(*read_document_command(engine.stream))


def _new_environment(engine: Engine) -> None:
    _define_environment(engine, *read_newenvironment(engine.stream))


def _document_environment(engine: Engine) -> None:
    _define_environment(engine, *read_document_environment(engine.stream))


def _define_environment(engine: Engine, name: str, begin: Macro, end: Macro) -> None:
    """An environment that the reader knows keeps its own meaning: authors change how such a one looks."""
    if name and name not in engine.environments and name not in engine.fixed:
        engine.define(f"\\begin {name}", begin)
        engine.environment_ends[name] = end


def _let(engine: Engine) -> None:
    name, other = read_let(engine.stream)
    if name is None or other is None or name == other:
        return
    if other in engine.macros:
        engine.define(name, engine.macros[other])
    elif other[0] == "\\" and other[1:] in engine.commands:
        if name[1:] not in engine.fixed:
            engine.macros.pop(name, None)
            engine.commands[name[1:]] = engine.commands[other[1:]]
    else:
        engine.define(name, Macro((other,)))


def _expand_after(engine: Engine) -> None:
    """Expand the second of the next two tokens once, before the first."""
    first, second = engine.stream.next(), engine.stream.next()
    if second is not None and second in engine.macros:
        expand(engine.macros[second], engine.stream)
    elif second == "\\csname":
        engine.stream.push([read_csname(engine.stream)])
    elif second is not None:
        engine.stream.push([second])
    if first is not None:
        engine.stream.push([first])


def _at_is_letter(engine: Engine, *, letter: bool) -> None:
    engine.stream.at_is_letter = letter


def _operator(engine: Engine) -> None:
    """``\\DeclareMathOperator{\\argmax}{arg\\,max}``."""
    engine.stream.star()
    engine.define(*read_newcommand(engine.stream))


def _category(engine: Engine) -> None:
    r"""``\\catcode`\\@=11``."""
    for _ in range(4):
        token = engine.stream.next()
        if token is None or token == PAR:
            return
        if is_words(token) and (digits := token.lstrip("` =")) != token and digits[:1].isdigit():
            rest = digits.lstrip("0123456789").lstrip()
            engine.stream.push_words(rest)
            return


def _choose(engine: Engine, wanted: str, *, first: bool = True) -> None:
    """``{#1}{if it is so}{if not}``."""
    given = engine.stream.argument()
    branches = engine.stream.argument(), engine.stream.argument()
    engine.stream.push(branches[0] if (given == [wanted]) == first else branches[1])


# ---- acronyms: printed in full once, short from then on


def _acronym(engine: Engine) -> None:
    """``\\newacronym{key}{short}{long}``."""
    engine.stream.optional()
    _keep_acronym(engine, written(engine.stream.argument()).strip())


def _acronym_of_key(engine: Engine) -> None:
    """``\\acrodef{key}[short]{long}``."""
    key = written(engine.stream.argument()).strip()
    short = engine.stream.optional()
    engine.stream.push(["{", *(short if short is not None else [key]), "}"])
    _keep_acronym(engine, key)


def _keep_acronym(engine: Engine, key: str) -> None:
    def with_short(short: list[Part]) -> None:
        engine.capture(lambda long: engine.document.acronyms.update({key: _cut(short, long)}))

    engine.capture(with_short)


def _cut(short: list[Part], long: list[Part]) -> tuple[str, str]:
    return plain(short)[:_MAX_ACRONYM_CHARS], plain(long)[:_MAX_ACRONYM_CHARS]


def _short_forms() -> dict[str, Handler]:
    short = (
        "gls",
        "Gls",
        "glspl",
        "Glspl",
        "ac",
        "Ac",
        "acp",
        "acrshort",
        "acs",
        "acrlong",
        "acl",
        "acrfull",
        "acf",
    )
    return {name: _shortened(name) for name in short}


def _shortened(command: str) -> Handler:
    def write(engine: Engine) -> None:
        engine.stream.star()
        key = written(engine.stream.argument()).strip()
        short, long = engine.document.acronyms.get(key, (key, ""))
        plural = "s" if command.endswith(("pl", "acp")) else ""
        full = command in ("acrfull", "acf") or command.lower() in ("gls", "glspl", "ac", "acp")
        if long and full and key not in engine.document.acronyms_seen:
            engine.document.acronyms_seen.add(key)
            engine.emit(f"{long}{plural} ({short}{plural})")
        else:
            engine.emit(f"{long if long and command in ('acrlong', 'acl') else short}{plural}")

    return write
