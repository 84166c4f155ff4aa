r"""The walk over a document: tokens in, pieces of text out to the innermost open group that collects them.

Nothing here recurses: groups, environments, formulas and arguments that are turned into text are frames on a stack,
and what is to be done with the text of one is called when it closes.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from synthesis.reading.tex.document import Document
from synthesis.reading.tex.formulas import readable
from synthesis.reading.tex.frames import Frame
from synthesis.reading.tex.macros import Macro, expand
from synthesis.reading.tex.parts import SOFT, plain
from synthesis.reading.tex.symbols import signs
from synthesis.reading.tex.tokens import (
    BLANK,
    CLOSE,
    DOLLAR,
    OPEN,
    PAR,
    TIE,
    OutOfBudgetError,
    TokenStream,
    is_words,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from synthesis.reading.tex.floats import Float
    from synthesis.reading.tex.frames import Done, Language
    from synthesis.reading.tex.parts import Part
    from synthesis.reading.tex.sources import Sources
    from synthesis.reading.tex.tables import Grid

MAX_DEPTH = 255  # of groups in each other: TeX's own limit
MAX_STYLE_STEPS = 300_000  # tokens read of all style files
MAX_CHARS = 4_000_000  # of text out, what is captured in each other counted each time; a thesis has a million
MAX_MACROS = 20_000
END_OF_ENVIRONMENT = "\\end environment"  # holds a blank, so that no author can write it
_FORMULAS = frozenset({"$", "$$", "\\(", "\\["})
_ONE_ARGUMENT = frozenset(
    "text textrm textbf textit textsc texttt textnormal mathrm mathbf mathit mathsf mathtt mathcal mathbb mathfrak "
    "mathscr boldsymbol bm mbox hbox operatorname".split()
)
_LIGATURE = re.compile(r"---|--|``|''|`|'")
_LIGATURES = {"---": "—", "--": "–", "``": "“", "''": "”", "`": "‘", "'": "’"}
_MATH_BLANK = re.compile(r"(?<!,)\s+")
_MATH_SIGNS = str.maketrans("-'", "−′")


class Engine:
    """Reads one document; ``document`` holds what was found."""

    def __init__(self, language: Language, sources: Sources, stream: TokenStream | None = None) -> None:
        self.stream = stream or TokenStream()
        self.sources = sources
        self.document = Document()
        self.macros: dict[str, Macro] = {}
        self.environment_ends: dict[str, Macro] = {}
        self.commands = dict(language.commands)
        self.environments = dict(language.environments)
        self.fixed = language.fixed
        self.units: dict[str, str] = {}  # that authors declare
        self.switches: dict[str, bool] = {}
        self.math = False
        self.out: list[Part] = self.document.preamble
        self.frames: list[Frame] = []
        self.n_commands = 0
        self.unknown: Counter[str] = Counter()
        self.missing: list[str] = []  # inputs that the archive does not hold
        self.n_inputs = 0
        self.style_steps = MAX_STYLE_STEPS
        self.numeric_citations = False  # by an option of the document's
        self.cited: dict[str, None] = {}  # keys, in order
        self.grids: list[Grid] = []  # open tables, innermost last
        self.floats: list[Float] = []  # open figures and tables, innermost last
        self.out_of_budget = False
        self.unbalanced = 0
        self._open: Counter[str] = Counter()
        self._too_deep = 0
        self._room = MAX_CHARS
        self.signs = signs()

    def run(self, text: str, name: str) -> None:
        """Read ``text`` to its end, and close whatever it left open; within the budget, so may a second be."""
        self.stream.open(text, name)
        try:
            while (token := self.stream.next()) is not None:
                self._take(token)
        except OutOfBudgetError:
            self.out_of_budget = True
        self.finish()

    def finish(self) -> None:
        """Close what is open; done with what was captured may read on, of which nothing is left."""
        while self.frames:
            if self.frames[-1].opener != "document":
                self.unbalanced += 1
            try:
                self._close()
            except OutOfBudgetError:
                self.out_of_budget = True
        self.document.paragraph()

    # ---- tokens

    def _take(self, token: str) -> None:
        if is_words(token):
            self.emit(self._typeset(token))
        elif token == BLANK:
            if not self.math:
                self.out.append(" ")
        elif token[0] == "\\":
            self._command(token)
        elif token == OPEN:
            self.push("{")
        elif token == CLOSE:
            self._close_group()
        elif token == DOLLAR:
            self._dollar()
        elif token == TIE:
            self.out.append(" ")
        else:
            self.commands[f"active {token[0]}"](self)  # & ^ _, and a # that stands in no macro

    def _typeset(self, words: str) -> str:
        if self.math:
            return _MATH_BLANK.sub("", words).translate(_MATH_SIGNS)
        return _LIGATURE.sub(lambda match: _LIGATURES[match[0]], words)

    def _command(self, token: str) -> None:
        macro = self.macros.get(token)
        if macro is not None:
            expand(macro, self.stream)
            return
        name = token[1:]
        self.n_commands += 1
        handler = self.commands.get(name)
        if handler is not None:
            handler(self)
        elif (sign := self.signs.get(name)) is not None:
            self.out.append(f"{SOFT}{sign}{SOFT}" if self.math and len(sign) > 1 and sign.isalpha() else sign)
        elif name:
            self.unknown[name] += 1
            self.stream.star()
            self.stream.optional()

    def define(self, token: str | None, macro: Macro) -> None:
        """Let a command stand for ``macro`` from here on, unless it is one of the fixed."""
        if token is not None and token[1:] not in self.fixed and len(self.macros) < MAX_MACROS:
            self.macros[token] = macro

    # ---- text out

    def emit(self, *parts: Part) -> None:
        """Add to the innermost text.

        Raises:
            OutOfBudgetError: after ``MAX_CHARS``.
        """
        self._room -= sum(len(part) for part in parts if isinstance(part, str))
        if self._room < 0:
            raise OutOfBudgetError
        self.out.extend(parts)

    def paragraph(self) -> None:
        """End the paragraph, where paragraphs are made; elsewhere a blank will do."""
        if self.out is self.document.flow:
            self.document.paragraph()
        else:
            self.out.append("\n\n")

    def in_flow(self) -> bool:
        """Whether the text goes straight into the document's paragraphs."""
        return self.out is self.document.flow

    # ---- frames

    def push(
        self,
        opener: str,
        done: Done | None = None,
        *,
        math: bool | None = None,
        closed: Callable[[], None] | None = None,
    ) -> bool:
        """Open a frame; with ``done`` it collects its text and hands it over when it closes.

        ``False`` where groups are too deep in each other: it is then only counted.
        """
        if len(self.frames) >= MAX_DEPTH:
            self._too_deep += 1
            return False
        parts: list[Part] | None = None if done is None else []
        self.frames.append(Frame(opener, self.out, self.math, self.document.anchor, parts, done, closed))
        self._open[opener] += 1
        if parts is not None:
            self.out = parts
        if math is not None:
            self.math = math
        return True

    def capture(self, done: Done, *, math: bool | None = None) -> None:
        """Turn the next argument into text and hand it to ``done``."""
        token = self.stream.next_visible()
        if token is None or token in ("}", PAR, "&"):
            self.stream.push([] if token is None else [token])
            done([])
            return
        if token != OPEN:
            single = [self.stream.first_of(token)]
            if token[1:] in _ONE_ARGUMENT and token[0] == "\\":
                single += ["{", *self.stream.argument(), "}"]
            self.stream.push([*single, "}"])
        self._collect(done, math)

    def flow_group(self, *, math: bool) -> None:
        """Let the next argument flow on as text or formula."""
        if not self.stream.take("{"):
            self.stream.push([*self.stream.argument(), "}"])
        self.push("{", math=math)

    def capture_tokens(self, tokens: list[str], done: Done, *, math: bool | None = None) -> None:
        """Turn tokens that were read already into text and hand it to ``done``."""
        self.stream.push([*tokens, "}"])
        self._collect(done, math)

    def _collect(self, done: Done, math: bool | None) -> None:
        if not self.push("{", done, math=math):
            done([])

    def top(self, *openers: str) -> Frame | None:
        """The innermost frame, if it is one of ``openers``."""
        return self.frames[-1] if self.frames and self.frames[-1].opener in openers else None

    def is_open(self, name: str) -> bool:
        """Whether an environment is open somewhere around."""
        return self._open[name] > 0

    def restart(self) -> list[Part]:
        """Take the text of the innermost frame that collects, which begins anew: cells and entries."""
        taken = self.out[:]
        self.out.clear()
        return taken

    def _close(self) -> None:
        frame = self.frames.pop()
        self._open[frame.opener] -= 1
        self.out, self.math, self.document.anchor = frame.outer, frame.outer_math, frame.anchor
        if frame.done is not None:
            frame.done(frame.parts or [])
        elif frame.closed is not None:
            frame.closed()

    def _close_group(self) -> None:
        if self._too_deep:
            self._too_deep -= 1
            return
        while self.frames and self.frames[-1].opener in _FORMULAS:
            self.unbalanced += 1
            self._close()
        if self.top("{"):
            self._close()
        else:
            self.unbalanced += 1

    # ---- environments

    def begin(self) -> None:
        r"""``\\begin{name}``."""
        name = written(self.stream.argument()).strip()
        macro = self.macros.get(f"\\begin {name}")
        if macro is not None:
            self.push(name)
            expand(macro, self.stream)
            return
        handler = self.environments.get(name) or self.environments.get(name.removesuffix("*"))
        if handler is not None:
            handler(self, name)
        else:
            self.unknown[f"begin{{{name}}}"] += bool(name)
            self.push(name)
            self.stream.optional()

    def end(self) -> None:
        r"""``\\end{name}``: what the environment left open closes with it."""
        name = written(self.stream.argument()).strip()
        if name == "document":  # of the paper, or of a file of its own that it reads in
            nested = len(self.stream.open_names()) > 1
            self.stream.close_text()
            if nested:
                return
        if name in self.environment_ends and self._open[name]:
            self.stream.push([*self.environment_ends[name].body, END_OF_ENVIRONMENT, "{", name, "}"])
            return
        self.end_named(name)

    def end_named(self, name: str) -> None:
        """Close frames down to the environment ``name``; nothing where none is open."""
        self._too_deep = 0 if self._open[name] else self._too_deep
        while self._open[name]:
            innermost = self.frames[-1].opener == name
            self.unbalanced += not innermost
            self._close()
            if innermost:
                return

    def end_of_paragraph(self) -> None:
        r"""``\\par``: a formula that was left open ends here, as TeX would have it."""
        while self.frames and self.frames[-1].opener in _FORMULAS:
            self.unbalanced += 1
            self._close()
        self.paragraph()

    # ---- formulas

    def _dollar(self) -> None:
        if self.math:
            self._close_dollar()
            return
        if self.stream.peek() == "$":
            self.stream.next()
            self.push("$$", self.display, math=True)
        else:
            self.push("$", self.inline, math=True)

    def _close_dollar(self) -> None:
        if not self._open["$"] and not self._open["$$"]:
            self.unbalanced += 1
            return
        while not (frame := self.top("$", "$$")):
            if self.frames[-1].opener not in ("{", "\\(", "\\["):
                return  # an environment stands between
            self.unbalanced += 1
            self._close()
        if frame.opener == "$$" and self.stream.peek() == "$":
            self.stream.next()
        self._close()

    def inline(self, parts: list[Part]) -> None:
        """Write a formula as text."""
        self.out.extend(readable(parts))

    def display(self, parts: list[Part]) -> None:
        """Stand in for a displayed formula: its end may be the sentence's."""
        last = plain(parts)[-1:]
        self.out.append(f" [equation]{last if last in '.,;:?' else ''} ")
