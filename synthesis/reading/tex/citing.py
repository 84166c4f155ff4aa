r"""Citations: the commands of natbib and biblatex, the printed bibliography, and what is written for a citation."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from synthesis.reading.tex.document import Entry
from synthesis.reading.tex.parts import GONE, Cite, plain
from synthesis.reading.tex.text_commands import dropping
from synthesis.reading.tex.tokens import written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synthesis.reading.tex.engine import Engine
    from synthesis.reading.tex.frames import Handler, Opener
    from synthesis.reading.tex.parts import CiteForm, Part
    from synthesis.reading.tex.works import Work

_FORMS: dict[CiteForm, str] = {
    "paren": "cite citep Citep parencite Parencite autocite Autocite footcite supercite smartcite onlinecite citeauthoryear "
    "shortciteA citeyearp upcite textsupercite",
    "text": "citet Citet textcite Textcite newcite citeasnoun citeN citetalias citewithauthor",
    "bare": "citealp Citealp citenum",
    "bare text": "citealt Citealt",
    "author": "citeauthor Citeauthor citefullauthor",
    "year": "citeyear citedate",
    "year in parens": "citeyearpar shortcite",
}
_MAX_KEYS = 100


def citation_commands() -> dict[str, Handler]:
    """Commands that cite, and those of the bibliography."""
    found: dict[str, Handler] = {
        name: _citing(form) for form, names in _FORMS.items() for name in names.split()
    }
    return found | {
        "bibitem": _bibitem,
        "harvarditem": _harvard_item,
        "bibliography": _bibliography,
        "printbibliography": _bibliography,
        "BIBentryALTinterwordspacing": dropping(""),
    }


def citation_environments() -> dict[str, Opener]:
    """The printed bibliography."""
    return {"thebibliography": _list_of_works, "references": _list_of_works}


# ---- in the text


def _citing(form: CiteForm) -> Handler:
    def cite(engine: Engine) -> None:
        engine.stream.star()
        notes = [note for note in (engine.stream.optional(), engine.stream.optional()) if note is not None]
        keys = tuple(key.strip() for key in written(engine.stream.argument()).split(",") if key.strip())[
            :_MAX_KEYS
        ]
        engine.cited.update(dict.fromkeys(keys))
        if not notes:
            engine.emit(Cite(keys, form))
            return
        before, after = notes if len(notes) == 2 else ([], notes[0])

        def with_before(first: list[Part]) -> None:
            engine.capture_tokens(
                after, lambda second: engine.emit(Cite(keys, form, plain(first), plain(second))), math=False
            )

        engine.capture_tokens(before, with_before, math=False)

    return cite


def cited(citation: Cite, works: Mapping[str, Work], *, numeric: bool) -> str:
    """What is printed for a citation; works that are not known are left out, nothing dangling stays.

    >>> from synthesis.reading.tex.works import Work
    >>> works = {"a": Work("Lo et al.", "2020", "1", ""), "b": Work("Wu", "2021", "2", "")}
    >>> cited(Cite(("a", "b"), "paren", before="see"), works, numeric=False)
    '(see Lo et al., 2020; Wu, 2021)'
    >>> cited(Cite(("a", "x"), "text"), works, numeric=False), cited(Cite(("x",), "paren"), works, numeric=False)
    ('Lo et al. (2020)', '\\x00')
    """
    known = [works[key] for key in citation.keys if key in works]
    if not known:
        return GONE
    if citation.form in ("author", "year", "year in parens"):
        return _one_field(citation.form, known)
    before = f"{citation.before} " if citation.before else ""
    after = f", {citation.after}" if citation.after else ""
    if numeric or not all(work.names for work in known):
        labels = f"[{before}{', '.join(work.label for work in known)}{after}]"
        names = known[0].names if citation.form in ("text", "bare text") and len(known) == 1 else ""
        return f"{names} {labels}" if names else labels
    if citation.form == "text":
        return "; ".join(
            f"{work.names} {_bracketed(f'{before}{work.year}{after}')}".strip() for work in known
        )
    if citation.form == "bare text":
        return f"{before}{'; '.join(f'{work.names} {work.year}'.strip() for work in known)}{after}"
    inside = f"{before}{'; '.join(f'{work.names}, {work.year}'.strip(' ,') for work in known)}{after}"
    return inside if citation.form == "bare" else f"({inside})"


def _bracketed(text: str) -> str:
    text = text.removeprefix(", ")
    return f"({text})" if text else ""


def _one_field(form: CiteForm, works: list[Work]) -> str:
    if form == "author":
        return " and ".join(work.names for work in works if work.names) or GONE
    years = ", ".join(work.year for work in works if work.year)
    return GONE if not years else years if form == "year" else f"({years})"


# ---- the list


def _bibliography(engine: Engine) -> None:
    """Read the list that BibTeX or biber wrote, where the archive holds it."""
    engine.stream.optional()
    if engine.stream.peek() == "{":
        engine.stream.argument()
    engine.paragraph()
    listed = engine.sources.list_of_works
    if listed is not None and listed not in engine.stream.open_names() and not engine.document.entries:
        engine.stream.open(engine.sources.text(listed), listed)


def _list_of_works(engine: Engine, name: str) -> None:
    if name == "thebibliography":
        engine.stream.argument()
    engine.paragraph()
    engine.push(name, partial(_end_of_list, engine), math=False)


def _end_of_list(engine: Engine, parts: list[Part]) -> None:
    _end_entry(engine, parts)


def _end_entry(engine: Engine, parts: list[Part]) -> None:
    """What stands behind an entry's key is its text; before the first key stands nothing that counts."""
    entries = engine.document.entries
    if entries and not entries[-1].text:
        entries[-1].text.extend(parts)


def _bibitem(engine: Engine) -> None:
    r"""``\\bibitem[label]{key}``."""
    _end_entry(engine, engine.restart() if engine.top("thebibliography", "references") else [])
    label = engine.stream.optional()
    key = " ".join(written(engine.stream.argument()).split())
    entry = Entry(key, [], [])
    engine.document.entries.append(entry)
    if label is not None:
        engine.capture_tokens(label, entry.label.extend, math=False)


def _harvard_item(engine: Engine) -> None:
    r"""``\\harvarditem[short]{names}{year}{key}``."""
    _end_entry(engine, engine.restart() if engine.top("thebibliography", "references") else [])
    engine.stream.optional()
    names, year = written(engine.stream.argument()), written(engine.stream.argument())
    engine.document.entries.append(Entry(written(engine.stream.argument()).strip(), [f"{names}({year})"], []))
