r"""What authors define for themselves: ``\\newcommand``, ``\\def``, ``\\newenvironment`` and their kin, and its expansion."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from synthesis.reading.tex.tokens import BLANK, CLOSE, OPEN, PAR, is_words, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.reading.tex.tokens import TokenStream

NO_VALUE, TRUE, FALSE = "\\NoValue", "\\BooleanTrue", "\\BooleanFalse"
_MAX_PARAMETERS = 9
_SIGNATURE = re.compile(r"[+!]?(?:(?P<optional>[oO])|(?P<star>s)|(?P<plain>[mv]))")


@dataclass(frozen=True, slots=True)
class Parameter:
    """How one argument is read: in braces, in brackets, as a star, or up to the tokens ``until``."""

    kind: Literal["plain", "optional", "star", "until"] = "plain"
    default: tuple[str, ...] = (NO_VALUE,)
    until: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Macro:
    """What a command stands for; ``#1`` … in ``body`` are its arguments."""

    body: tuple[str, ...]
    parameters: tuple[Parameter, ...] = ()
    leading: tuple[str, ...] = ()  # what must follow the name itself (``\\def\\x.#1``)


def expand(macro: Macro, stream: TokenStream) -> None:
    """Read the macro's arguments and push what it stands for."""
    _read_until(macro.leading, stream) if macro.leading else None
    arguments = [_argument(parameter, stream) for parameter in macro.parameters]
    stream.push(substituted(macro.body, arguments) if arguments else macro.body)


def substituted(body: Sequence[str], arguments: Sequence[Sequence[str]]) -> list[str]:
    """``body`` with its parameters replaced; ``##1`` becomes ``#1``, for a definition inside."""
    found: list[str] = []
    for token in body:
        if token[0] != "#":
            found.append(token)
        elif token.startswith("##"):
            found.append(token[1:])
        elif token[1:] and int(token[1:]) <= len(arguments):
            found.extend(arguments[int(token[1:]) - 1])
    return found


def _argument(parameter: Parameter, stream: TokenStream) -> Sequence[str]:
    if parameter.kind == "optional":
        given = stream.optional()
        return parameter.default if given is None else given
    if parameter.kind == "star":
        return (TRUE,) if stream.star() else (FALSE,)
    if parameter.kind == "until":
        return _read_until(parameter.until, stream)
    return stream.argument()


def _read_until(end: tuple[str, ...], stream: TokenStream) -> list[str]:
    """Tokens up to ``end`` outside braces; a paragraph's end stops it too, as it stops TeX."""
    found: list[str] = []
    depth = 0
    while (token := stream.next()) is not None:
        if len(token) > 1 and is_words(token) and not depth:
            token = stream.first_of(token)
        depth += (token == OPEN) - (token == CLOSE)
        found.append(token)
        if not depth and tuple(found[-len(end) :]) == end:
            found = found[: -len(end)]
            whole = found[:1] == ["{"] and found[-1:] == ["}"] and found.count("{") == 1
            return found[1:-1] if whole else found
        if token == PAR or depth < 0:
            break
    return found


# ---- definitions, read behind their command


def read_name(stream: TokenStream) -> str | None:
    """The command that is defined, in braces or not; ``None`` where none stands there."""
    tokens = [token for token in stream.argument() if token != BLANK]
    return tokens[0] if len(tokens) == 1 and tokens[0][0] == "\\" and len(tokens[0]) > 1 else None


def read_newcommand(stream: TokenStream) -> tuple[str | None, Macro]:
    r"""``{\\name}[2][default]{body}``."""
    stream.star()
    name = read_name(stream)
    parameters = _counted(stream)
    return name, Macro(tuple(stream.argument()), parameters)


def read_newenvironment(stream: TokenStream) -> tuple[str, Macro, Macro]:
    """``{name}[2][default]{begin}{end}``."""
    stream.star()
    name = written(stream.argument()).strip()
    parameters = _counted(stream)
    return name, Macro(tuple(stream.argument()), parameters), Macro(tuple(stream.argument()))


def read_document_command(stream: TokenStream) -> tuple[str | None, Macro]:
    r"""``\\name{m o O{default} s}{body}``."""
    name = read_name(stream)
    parameters = _signature(stream.argument())
    return name, Macro(tuple(stream.argument()), parameters)


def read_document_environment(stream: TokenStream) -> tuple[str, Macro, Macro]:
    """``{name}{m o}{begin}{end}``."""
    name = written(stream.argument()).strip()
    parameters = _signature(stream.argument())
    return name, Macro(tuple(stream.argument()), parameters), Macro(tuple(stream.argument()))


def read_def(stream: TokenStream) -> tuple[str | None, Macro]:
    r"""``\\name#1:#2{body}``, delimiters and all."""
    token = stream.next_visible()
    if token is None or token[0] != "\\":
        stream.push([] if token is None else [token])
        return None, Macro(())
    pattern: list[str] = []
    while (part := stream.next()) is not None and part not in (OPEN, PAR):
        pattern.extend(part if is_words(part) else [part])
    if part != OPEN:
        return None, Macro(())
    stream.push(["{"])
    places = [i for i, part in enumerate(pattern) if part[0] == "#"]
    ends = [*places[1:], len(pattern)]
    parameters = [_delimited(pattern[start + 1 : end]) for start, end in zip(places, ends, strict=False)]
    leading = tuple(pattern[: places[0]] if places else pattern)
    return token, Macro(tuple(stream.argument()), tuple(parameters[:_MAX_PARAMETERS]), leading)


def read_let(stream: TokenStream) -> tuple[str | None, str | None]:
    r"""``\\name=\\other``."""
    name = read_name(stream)
    stream.take("=")
    other = stream.next_visible()
    return name, None if other is None else stream.first_of(other)


def _counted(stream: TokenStream) -> tuple[Parameter, ...]:
    count = written(stream.optional() or ()).strip()
    default = stream.optional()
    n = min(int(count), _MAX_PARAMETERS) if count.isdecimal() and len(count) < 3 else 0
    first = [] if default is None or not n else [Parameter("optional", tuple(default))]
    return (*first, *[Parameter()] * (n - len(first)))


def _delimited(until: list[str]) -> Parameter:
    return Parameter("until", until=tuple(until)) if until else Parameter()


def _signature(tokens: list[str]) -> tuple[Parameter, ...]:
    """Letters of xparse; defaults in braces are read, kinds that papers do not use count as plain."""
    found: list[Parameter] = []
    depth, default = 0, list[str]()
    for token in tokens:
        if token == OPEN:
            depth += 1
        elif token == CLOSE:
            depth -= 1
            if not depth and found:
                found[-1] = Parameter("optional", tuple(default))
                default = []
        elif depth:
            default.append(token)
        else:
            found.extend(_parameter(match) for match in _SIGNATURE.finditer(token))
    return tuple(found[:_MAX_PARAMETERS])


def _parameter(match: re.Match[str]) -> Parameter:
    if match["optional"]:
        return Parameter("optional")
    return Parameter("star") if match["star"] else Parameter()
