r"""What gives a document its form: title, authors, abstract, sections, labels, lists, theorems, files read in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from synthesis.reading.tex.document import letter
from synthesis.reading.tex.parts import Ref, plain
from synthesis.reading.tex.text_commands import dropping
from synthesis.reading.tex.tokens import written

if TYPE_CHECKING:
    from synthesis.reading.tex.engine import Engine
    from synthesis.reading.tex.frames import Handler, Opener
    from synthesis.reading.tex.parts import Part

_SECTIONS = ("part", "chapter", "section", "subsection", "subsubsection", "paragraph", "subparagraph")
_MAX_TITLE_CHARS = 100  # of a kind of theorem
_MAX_INPUTS = 2_000
_MAX_INPUT_DEPTH = 40
_LISTS = "itemize enumerate description compactitem compactenum compactdesc inparaenum inparaitem asparaenum list enumerate* itemize* "
_CODE = (
    "comment tikzpicture pgfpicture picture lstlisting verbatim verbatim* Verbatim BVerbatim minted filecontents filecontents* "
    "CCSXML pspicture asy forest tikzcd xy algorithmic codeblock pycode lstlisting* alltt psfrags scope axis feynman"
)
_HIDDEN = "keyword keywords IEEEkeywords ack acks acknowledgments acknowledgements acknowledgement acknowledgment highlights"
# Environments whose text flows on, by how their arguments are read.
_FLOWING = {
    "": "center flushleft flushright quote quotation verse threeparttable small footnotesize scriptsize tiny "
    "large sloppypar landscape titlepage frame appendices subequations subappendices singlespace flushleft refsection "
    "mdframed samepage savenotes group raggedright frontmatter",
    "o": "tablenotes framed shaded mdframed tcolorbox measuredfigure parchment appendix strip widetext",
    "om": " textblock",
    "m": "spacing multicols adjustbox turn resizebox otherlanguage otherlanguage* scaletikzpicturetowidth",
    "mm": "CJK CJK* adjustwidth addmargin",
    "ooom": "minipage varwidth",
}
_PARAGRAPHS_AROUND = frozenset(
    "center flushleft flushright quote quotation verse framed mdframed tcolorbox".split()
)
_NAMED_REFS = ("autoref", "cref", "Cref", "vref", "Vref", "fullref", "Autoref", "labelcref")

FIXED = frozenset(
    (
        "begin end document section subsection subsubsection paragraph subparagraph chapter part title author caption label "
        "ref eqref autoref cref Cref pageref item input include subfile import footnote multicolumn multirow url href "
        "bibliography bibitem includegraphics newcommand renewcommand def let newenvironment maketitle abstract appendix par "
        "documentclass usepackage hline toprule midrule bottomrule if fi else csname endcsname relax noindent thanks and "
        "paragraph* \\ & { } $ % # _ verb lstinline footnotetext footnotemark subcaption captionof affil affiliation institute "
        "keywords acknowledgments tableofcontents newpage clearpage bibliographystyle setlength addtolength"
    ).split()
)


def structure_commands() -> dict[str, Handler]:
    """Commands of structure by name."""
    found: dict[str, Handler] = {
        "begin": lambda engine: engine.begin(),
        "end": lambda engine: engine.end(),
        "end environment": lambda engine: engine.end_named(written(engine.stream.argument())),
        "title": _title,
        "icmltitle": _title,
        "author": _author,
        "icmlauthor": _author_with_marks,
        "IEEEauthorblockN": _author,
        "IEEEauthorblockA": dropping("m"),
        "abstract": _abstract,
        "appendix": lambda engine: engine.document.appendix(),
        "label": lambda engine: engine.document.label(_key(engine)),
        "ref": _reference("number"),
        "subref": _reference("number"),
        "eqref": _reference("in parens"),
        "nameref": _reference("title"),
        "pageref": dropping("*m"),
        "hyperref": dropping("o"),
        "item": _item,
        "date": dropping("m"),
        "input": _input,
        "include": _include,
        "subfile": _input,
        "subfileinclude": _input,
        "import": _import,
        "subimport": _import,
        "endinput": _end_input,
        "newtheorem": _new_theorem,
        "crefrange": dropping("mm"),
        "documentclass": dropping("omo"),
        "documentstyle": dropping("omo"),
        "usepackage": _package,
        "RequirePackage": _package,
        "setcitestyle": _citation_style,
        "bibpunct": dropping("ommmmmm"),
    }
    found |= dict.fromkeys(_NAMED_REFS, _reference("named"))
    return found | {name: _section(name) for name in _SECTIONS}


def structure_environments() -> dict[str, Opener]:
    """Environments of structure by name; a starred form means the same unless it is named."""
    found: dict[str, Opener] = {
        "document": _document,
        "abstract": lambda engine, name: engine.push(name, engine.document.end_abstract),
        "proof": _proof,
    }
    found |= dict.fromkeys(_LISTS.split(), _list)
    found |= dict.fromkeys(_CODE.split(), _passed_over)
    found |= dict.fromkeys(_HIDDEN.split(), _hidden)
    for signature, names in _FLOWING.items():
        found |= dict.fromkeys(names.split(), _flowing(signature))
    return found


# ---- front matter


def _title(engine: Engine) -> None:
    engine.stream.optional()

    def done(parts: list[Part]) -> None:
        engine.document.title = engine.document.title or parts

    engine.capture(done)


def _author(engine: Engine) -> None:
    engine.stream.optional()
    engine.capture(engine.document.authors.append)


def _author_with_marks(engine: Engine) -> None:
    r"""``\\icmlauthor{name}{marks of affiliations}``."""

    def done(parts: list[Part]) -> None:
        engine.document.authors.append(parts)
        engine.stream.argument()

    engine.capture(done)


def _abstract(engine: Engine) -> None:
    r"""``\\abstract{…}``; without braces it begins one that a section ends, as in old styles."""
    if engine.stream.peek() == "{":
        engine.capture(engine.document.end_abstract)


# ---- sections, labels, references


def _section(kind: str) -> Handler:
    def begin(engine: Engine) -> None:
        starred = engine.stream.star()
        engine.stream.optional()
        if engine.in_flow():
            engine.capture(lambda title: engine.document.section(kind, title, numbered=not starred))
        else:  # a heading inside a box or an abstract
            engine.paragraph()
            engine.capture(lambda title: engine.emit(*title, "\n\n"))

    return begin


def _key(engine: Engine) -> str:
    return " ".join(written(engine.stream.argument()).split())


def _reference(form: str) -> Handler:
    def refer(engine: Engine) -> None:
        engine.stream.star()
        keys = [key.strip() for key in _key(engine).split(",")][:20]
        for number, key in enumerate(keys):
            last = number == len(keys) - 1
            engine.emit(*([" and " if last else ", "] if number else []))
            engine.emit(Ref(key, "number" if number and form == "named" else form))  # type: ignore[arg-type]  # one of its literals

    return refer


# ---- lists, theorems, boxes


def _list(engine: Engine, name: str) -> None:
    engine.stream.optional()
    if name == "list":
        dropping("mm")(engine)
    engine.paragraph()
    counter = f"item {len(engine.frames)}"
    engine.document.counters[counter] = 0
    engine.push(name, closed=engine.paragraph)


def _item(engine: Engine) -> None:
    """Each item is a paragraph of its own, so that one without a full stop does not run into the next."""
    label = engine.stream.optional()
    engine.paragraph()
    engine.document.step(f"item {len(engine.frames) - 1}", "item")
    if label is not None and engine.top("description", "compactdesc", "list", "itemize"):
        engine.capture_tokens(label, lambda parts: engine.emit(*_head(parts)))


def _head(parts: list[Part]) -> list[Part]:
    """A description's term; a bullet of the author's own choice is none."""
    return [*parts, " "] if any(character.isalnum() for character in plain(parts)) else []


def _new_theorem(engine: Engine) -> None:
    r"""``\\newtheorem{lemma}[theorem]{Lemma}[section]``."""
    engine.stream.star()
    name = _key(engine)
    shared = engine.stream.optional()
    title = plain([token for token in engine.stream.argument() if token[0] != "\\"])[:_MAX_TITLE_CHARS]
    within = engine.stream.optional()
    if name and len(engine.environments) < 1_000:
        counter = f"theorem {written(shared) if shared else name}"
        engine.environments[name] = partial(
            _theorem, counter=counter, title=title, by_section=within is not None
        )


def _theorem(engine: Engine, name: str, *, counter: str, title: str, by_section: bool) -> None:
    note = engine.stream.optional()
    engine.paragraph()
    document = engine.document
    section = document.counters["section"]
    prefix = f"{letter(section) if document.in_appendix else section}." if by_section else ""
    engine.push(name, closed=engine.paragraph)
    if by_section and document.counters[f"{counter} of"] != section:
        document.counters[counter], document.counters[f"{counter} of"] = 0, section
    anchor = document.step(counter, title, prefix)
    engine.emit(f"{title} {anchor.number}. " if note is None else f"{title} {anchor.number} (")
    if note is not None:
        engine.capture_tokens(note, lambda parts: engine.emit(*parts, "). "))


def _proof(engine: Engine, name: str) -> None:
    note = engine.stream.optional()
    engine.paragraph()
    engine.push(name, closed=engine.paragraph)
    if note is None:
        engine.emit("Proof. ")
    else:
        engine.capture_tokens(note, lambda parts: engine.emit(*parts, ". "))


def _flowing(signature: str) -> Opener:
    read = dropping(signature)

    def begin(engine: Engine, name: str) -> None:
        read(engine)
        around = name in _PARAGRAPHS_AROUND
        if around:
            engine.paragraph()
        engine.push(name, closed=engine.paragraph if around else None)

    return begin


def _passed_over(engine: Engine, name: str) -> None:
    """Code and drawings are no prose; one that never ends is read as text after all."""
    if not engine.stream.skip_environment(name):
        engine.push(name)


def _hidden(engine: Engine, name: str) -> None:
    engine.push(name, lambda _: None)


# ---- the document and its files


def _document(engine: Engine, name: str) -> None:
    if engine.is_open(name):  # a file that is a document of its own, read in by another
        return
    engine.frames.clear()
    engine.math = False
    engine.out = engine.document.flow
    engine.document.preamble.clear()
    engine.push(name)


def _input(engine: Engine) -> None:
    r"""``\\input{name}`` or ``\\input name``: only what the archive holds, each file once at a time."""
    _read_in(engine, "", _file_name(engine))


def _include(engine: Engine) -> None:
    """What is included begins a page, and so a paragraph."""
    _read_in(engine, "", _file_name(engine), apart=True)


def _end_input(engine: Engine) -> None:
    engine.stream.close_text()
    engine.emit(" ")


def _import(engine: Engine) -> None:
    r"""``\\import{folder/}{name}``."""
    engine.stream.star()
    folder = _key(engine)
    _read_in(engine, folder, _key(engine))


def _file_name(engine: Engine) -> str:
    if engine.stream.peek() == "{":
        return written(engine.stream.argument()).strip()
    token = engine.stream.next_visible() or ""
    name, _, rest = token.partition(" ")
    engine.stream.push_words(rest)
    while (following := engine.stream.peek()) is not None and following in ("_", "~"):  # my_file.tex
        name += engine.stream.next() or ""
        token = engine.stream.next() or ""
        more, _, rest = token.partition(" ")
        name += more
        engine.stream.push_words(rest)
    return name.strip()


def _read_in(engine: Engine, folder: str, name: str, *, apart: bool = False) -> None:
    found = engine.sources.find(name, folder)
    opened = engine.stream.open_names()
    if found is None:
        engine.missing.append(name)
    elif found not in opened and len(opened) < _MAX_INPUT_DEPTH and engine.n_inputs < _MAX_INPUTS:
        engine.n_inputs += 1
        if apart:
            engine.paragraph()
        engine.stream.open(engine.sources.text(found), found)


def _package(engine: Engine) -> None:
    options = written(engine.stream.optional() or ())
    names = written(engine.stream.argument())
    engine.stream.optional()
    _note_style(engine, options if "natbib" in names or "biblatex" in names else "")


def _citation_style(engine: Engine) -> None:
    _note_style(engine, written(engine.stream.argument()))


def _note_style(engine: Engine, options: str) -> None:
    settings = {setting.strip() for setting in options.replace("=", ",").split(",")}
    if settings & {"numbers", "super", "numeric", "numeric-comp", "ieee", "nature", "phys"}:
        engine.numeric_citations = True
