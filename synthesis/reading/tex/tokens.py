r"""TeX text → tokens, lazily, from a stack of texts and token lists, within a budget.

A token is a string: a command with its backslash ("\\section"), one of ``{ } $ & ^ _ ~``, " " for any blank,
"\\par" for blank lines, "#1" for a macro's parameter, or a run of words, in which no special character stands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PAR, OPEN, CLOSE, BLANK, DOLLAR, TIE = "\\par", "{", "}", " ", "$", "~"
SPECIAL = frozenset("{}$&^_~")
MAX_STEPS = 600_000  # tokens read and put back; a paper has 20,000, a thesis ten times that
MAX_SOURCES = 1_000  # texts and expansions within each other
_CHARS_A_STEP = 20  # of tokens that macros repeat: a long word costs what its repetition does
_MAX_OPTIONAL = 400  # tokens of an optional argument; beyond, its bracket was only a bracket

_LEX = r"""
    (?P<control>\\(?:[A-Za-z%s]++[ \t]*+(?:\n(?![ \t]*+\n)[ \t]*+)?|.|\n)?)
  | (?P<comment>%%[^\n]*+(?:\n[ \t]*+)?)
  | (?P<blank>[ \t\n]++)
  | (?P<parameter>\#++[1-9]?)
  | (?P<special>[{}$&^_~])
  | (?P<words>[^\\%%#{}$&^_~\s]++(?>(?>[ \t]++|[ \t]*+\n[ \t]*+)[^\\%%#{}$&^_~\s]++)*+)
  | (?P<other>.)
"""
_TEXT_LEX = re.compile(_LEX % "", re.VERBOSE | re.DOTALL)
_STYLE_LEX = re.compile(_LEX % "@", re.VERBOSE | re.DOTALL)
_PLAIN_GROUP = re.compile(
    r"\s*(?:\[[^\]\n]{0,300}\]\s*)?\{(?P<text>(?:[^{}\\]|\\.|\{[^{}]{0,500}\}){0,2000}+)\}", re.DOTALL
)
_VERB = re.compile(
    r"\*?(?:\[[^\]\n]{0,300}\])?(?:\{(?P<braced>[^{}\n]{0,2000})\}|(?P<mark>[^A-Za-z*\s])(?P<text>[^\n]{0,2000}?)(?P=mark))"
)
_LETTERS = re.compile(r"\\[A-Za-z@]+")


class OutOfBudgetError(Exception):
    """More tokens than any paper has: what was read so far stands."""


class _Text:
    """The rest of a text."""

    __slots__ = ("_absent", "closes", "name", "position", "text")

    def __init__(self, text: str, name: str | None) -> None:
        self.text, self.name = text, name
        self.position = 0
        self.closes = False  # nothing more is read from it
        self._absent: set[str] = set()

    def next(self, lex: re.Pattern[str]) -> str | None:
        while not self.closes and (match := lex.match(self.text, self.position)):
            self.position = match.end()
            kind = match.lastgroup
            if kind == "control":
                letters = _LETTERS.match(match[0])
                return letters[0] if letters else match[0]
            if kind == "blank":
                return PAR if match[0].count("\n") > 1 else " "
            if kind == "comment":
                if self.text.startswith("\n", self.position):  # the next line is blank
                    return PAR
                continue
            return " " if kind == "other" else match[0]
        return None

    def until(self, end: str) -> str | None:
        """The text up to ``end``, which is passed over; ``None``, and nothing read, where it does not come."""
        if end in self._absent:
            return None
        found = self.text.find(end, self.position)
        if found < 0:
            self._absent.add(end)
            return None
        start, self.position = self.position, found + len(end)
        return self.text[start:found]


class _Tokens:
    """Tokens that were put back or came from a macro, the next one last."""

    __slots__ = ("closes", "name", "rest")

    def __init__(self, tokens: Iterable[str]) -> None:
        self.rest = list(tokens)
        self.rest.reverse()
        self.closes = False
        self.name: str | None = None

    def next(self, _: re.Pattern[str]) -> str | None:
        return self.rest.pop() if self.rest else None


class TokenStream:
    """Where the next token comes from: the innermost of the opened texts and pushed tokens."""

    def __init__(self, *, max_steps: int = MAX_STEPS) -> None:
        self.at_is_letter = False
        self.unbalanced = False  # an argument's brace was never closed
        self.runaway = False  # texts or macros within each other beyond all measure
        self._steps_left = max_steps
        self._sources: list[_Text | _Tokens] = []

    @property
    def steps_left(self) -> int:
        """How many more tokens it gives."""
        return self._steps_left

    # ---- what is read from

    def open(self, text: str, name: str) -> None:
        """Read ``text`` next, its last line ended, then go on."""
        self._sources.append(_Text(f"{text}\n", name))

    def push(self, tokens: Sequence[str]) -> None:
        """Read ``tokens`` next, then go on; beyond ``MAX_SOURCES`` within each other they are lost."""
        self._spend(len(tokens) + sum(map(len, tokens)) // _CHARS_A_STEP)
        top = self._sources[-1] if self._sources else None
        if isinstance(top, _Tokens):
            top.rest.extend(reversed(tokens))
        elif len(self._sources) >= MAX_SOURCES:
            self.runaway = True
        else:
            self._sources.append(_Tokens(tokens))

    def push_words(self, text: str) -> None:
        """Read what is left of a run of words next."""
        self.push(_words(text))

    def open_names(self) -> list[str]:
        """Names of the texts that are being read, outermost first."""
        return [source.name for source in self._sources if source.name is not None]

    def close_text(self) -> None:
        """Read no more of the innermost text, nor of what was pushed since it was opened."""
        while self._sources and self._sources[-1].name is None:
            self._sources.pop()
        if self._sources:
            self._sources.pop()

    # ---- tokens

    def next(self) -> str | None:
        """The next token; ``None`` at the end of everything.

        Raises:
            OutOfBudgetError: after ``max_steps`` tokens.
        """
        lex = _STYLE_LEX if self.at_is_letter else _TEXT_LEX
        while self._sources:
            token = self._sources[-1].next(lex)
            if token is not None:
                self._steps_left -= 1
                if self._steps_left < 0:
                    raise OutOfBudgetError
                return token
            self._sources.pop()
        return None

    def peek(self) -> str | None:
        """The next token, not read."""
        token = self.next()
        if token is not None:
            self.push([token])
        return token

    def next_visible(self) -> str | None:
        """The next token that is no blank; blank lines count as none."""
        while (token := self.next()) == " ":
            pass
        return token

    def take(self, wanted: str) -> bool:
        """Read ``wanted`` where it comes next, blanks before it too; a single character also off a run of words."""
        blank, token = self._past_blanks()
        if token == wanted:
            return True
        if token is not None and is_words(token) and len(wanted) == 1 and token[0] == wanted:
            self.push_words(token[1:])
            return True
        self._unread(blank, [] if token is None else [token])
        return False

    def _past_blanks(self) -> tuple[bool, str | None]:
        blank = False
        while (token := self.next()) == " ":
            blank = True
        return blank, token

    def _unread(self, blank: bool, tokens: list[str]) -> None:
        self.push([" ", *tokens] if blank else tokens)

    def _spend(self, steps: int) -> None:
        self._steps_left -= steps
        if self._steps_left < 0:
            raise OutOfBudgetError

    # ---- arguments

    def argument(self) -> list[str]:
        """The next argument: what stands in braces, or one token; a run of words gives its first character.

        Nothing, where a group, paragraph or cell ends. A brace that is never closed closes at the first blank line.
        """
        token = self.next_visible()
        if token == OPEN:
            return self._group()
        if token is None or token in ("}", PAR, "&"):
            self.push([] if token is None else [token])
            return []
        return [self.first_of(token)]

    def first_of(self, token: str) -> str:
        """A token, or the first character of a run of words, the others being put back."""
        if len(token) < 2 or not is_words(token):
            return token
        self.push_words(token[1:])
        return token[0]

    def _group(self) -> list[str]:
        found: list[str] = []
        depth = 1
        while (token := self.next()) is not None:
            depth += (token == OPEN) - (token == CLOSE)
            if not depth:
                return found
            found.append(token)
        self.unbalanced = True
        end = found.index(PAR) if PAR in found else len(found)
        self.push(found[end:])
        return found[:end]

    def optional(self) -> list[str] | None:
        """What stands in brackets, if brackets come next; ``None`` otherwise."""
        blank, token = self._past_blanks()
        if token is None or token[0] != "[":
            self._unread(blank, [] if token is None else [token])
            return None
        read, found, depth = [token], list[str](), 0
        part: str = token[1:]
        while len(read) <= _MAX_OPTIONAL and depth >= 0:
            if depth == 0 and is_words(part) and "]" in part:
                inside, _, after = part.partition("]")
                self.push_words(after)
                return [*found, inside] if inside else found
            if part:
                found.append(part)
            following = self.next()
            if following is None:
                break
            read.append(following)
            depth += (following == OPEN) - (following == CLOSE)
            part = following
        self._unread(blank, read)
        return None

    def star(self) -> bool:
        """Read the star of a command's starred form, if it has one."""
        return self.take("*")

    # ---- text as it is written

    def verbatim_argument(self) -> str:
        """An argument as written, such as an address with its percent signs; brackets before it are passed over."""
        top = self._top_text()
        if top is not None and (match := _PLAIN_GROUP.match(top.text, top.position)):
            top.position = match.end()
            return match["text"]
        self.optional()
        return written(self.argument())

    def verbatim_until_repeated(self) -> str:
        """``\\verb|text|``: what stands between a character and the same on its line."""
        top = self._top_text()
        if top is not None and (match := _VERB.match(top.text, top.position)):
            top.position = match.end()
            return match["text"] if match["braced"] is None else match["braced"]
        return written(self.argument())

    def skip_environment(self, name: str) -> bool:
        """Pass over all up to ``\\end{name}`` as it is written; ``False``, and nothing read, where it does not come."""
        top = self._top_text()
        if top is not None:
            return top.until(f"\\end{{{name}}}") is not None
        end = f"\\end{{{name}}}"
        window = ""
        while (token := self.next()) is not None:
            window = (window + token)[-len(end) :]
            if window == end:
                return True
        return False

    def _top_text(self) -> _Text | None:
        """The text that is read next, where it is a text."""
        while self._sources and isinstance(top := self._sources[-1], _Tokens) and not top.rest:
            self._sources.pop()
        return top if self._sources and isinstance(top := self._sources[-1], _Text) else None


def is_words(token: str) -> bool:
    """Whether a token is a run of words, not a command, a special character, a parameter or a blank."""
    return token[:1] not in ("\\", "#", " ", "") and token not in SPECIAL


def written(tokens: Iterable[str]) -> str:
    """Tokens as text again, for names and numbers.

    >>> written(["fig:", "\\\\alpha", " ", "a"])
    'fig:\\\\alpha a'
    """
    return "".join(tokens)


def _words(text: str) -> list[str]:
    """What is left of a run of words, as tokens."""
    if not text[:1].isspace():
        return [text] if text else []
    return [" ", stripped] if (stripped := text.lstrip()) else [" "]
