"""What was typed into a form → records, and what is wrong with it in words; queries → filters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from synthesis.identifiers import parse_acl_id, parse_arxiv_id, parse_doi
from synthesis.records import Label
from synthesis.web.bodies import text_of, texts_of
from synthesis.web.views import AskForm, ClaimFilter
from synthesis.wording import LANGUAGES, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.datastructures import FormData

_MAX_QUESTION_CHARS = 2000
_MAX_PAPERS = 50
_MAX_TEXT_CHARS = 200
_SORTS = ("number", "confidence", "label", "verified")


class Asked(NamedTuple):
    """The ask form as it was filled in, as far as it can be used, and what is wrong, each begun by its field's name."""

    form: AskForm
    problems: tuple[str, ...]


def read_ask(data: FormData, known_sources: Sequence[str]) -> Asked:
    """The ask form, field by field, so that one mistake does not empty the others."""
    values: dict[str, object] = {
        "question": " ".join(text_of(data, "question").split())[:_MAX_QUESTION_CHARS],
        "papers": text_of(data, "papers").strip(),
        "offline": bool(text_of(data, "offline")),
    }
    sources, problems = read_sources(data, known_sources)
    values["sources"] = sources
    values["language"] = read_language(data)
    problems = [*_wrong_words(values), *problems]
    for name in ("max_papers", "max_claims", "risk", "from_year", "to_year"):
        typed = text_of(data, name).strip()
        if not typed:
            continue
        try:
            AskForm.model_validate({name: typed})
        except ValidationError:
            problems.append(f"{name}: {_allowed(name)}")
        else:
            values[name] = typed
    form = AskForm.model_validate(values)
    if form.from_year and form.to_year and form.from_year > form.to_year:
        problems.append("from_year: " + say("The first year is later than the last, so no paper fits."))
    return Asked(form, tuple(problems))


def read_sources(data: FormData, known: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """The sources that were ticked, and what is wrong with them; a name that was not offered is no source."""
    ticked = tuple(dict.fromkeys(texts_of(data, "sources")))
    unknown = [name for name in ticked if name not in known]
    problems = [
        "sources: " + say("There is no source of that name: {name}.", name=name[:_MAX_TEXT_CHARS])
        for name in unknown
    ]
    return tuple(name for name in ticked if name in known), problems


def read_language(data: FormData) -> str:
    """The language that was chosen for the form's words; English where it is none that is known."""
    chosen = text_of(data, "language")
    return chosen if chosen in LANGUAGES else "en"


def _wrong_words(values: Mapping[str, object]) -> list[str]:
    problems = []
    if not values["question"]:
        problems.append("question: " + say("The question is empty."))
    lines = [line.strip() for line in str(values["papers"]).splitlines() if line.strip()]
    if len(lines) > _MAX_PAPERS:
        problems.append("papers: " + say("At most {n} papers can be named.", n=_MAX_PAPERS))
    problems += [
        "papers: "
        + say("No files can be named here, only numbers and titles: {name}.", name=line[:_MAX_TEXT_CHARS])
        for line in lines
        if _leads_to_a_file(line)
    ]
    return problems


def _leads_to_a_file(line: str) -> bool:
    """Whether a line could lead a job, which runs in a folder of its own, to a file of this machine."""
    if parse_arxiv_id(line) or parse_doi(line) or parse_acl_id(line):
        return False
    return bool(re.search(r"^[/\\~]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:$|[/\\])", line))


def _allowed(name: str) -> str:
    if name == "risk":
        return say("A number between 0 and 1 is needed.")
    if name in {"from_year", "to_year"}:
        return say("A year from {least} to {most} is needed.", least=1500, most=2100)
    return say("A whole number from {least} to {most} is needed.", least=1, most=500)


def read_filter(query: Mapping[str, str]) -> ClaimFilter:
    """The filter of a claims table; what is not understood does not filter."""
    values: dict[str, object] = {
        "text": query.get("text", "").strip()[:_MAX_TEXT_CHARS],
        "language": found if re.fullmatch(r"[a-z]{2,3}", found := query.get("language", "")) else "",
    }
    if query.get("label") in set(Label):
        values["label"] = query["label"]
    if query.get("sort") in _SORTS:
        values["sort"] = query["sort"]
    try:
        return ClaimFilter.model_validate({**values, "least": query.get("least") or 0.0})
    except ValidationError:
        return ClaimFilter.model_validate(values)


def matches(query: str, *texts: str) -> bool:
    """Whether all words of ``query`` stand in the texts, whatever their case.

    >>> matches("BATCH hybrid", "Hybrid batch training"), matches("owl", "Hybrid batch training"), matches("", "x")
    (True, False, True)
    """
    text = "\n".join(texts).casefold()
    return all(word in text for word in query.casefold().split())
