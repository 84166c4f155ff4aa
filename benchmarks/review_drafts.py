"""Drafts to plant errors in: real questions over the real library, made by the real pipeline and kept in a folder.

The five questions of the seeds, each with its examined paper, then ``DRAWN`` questions made of papers of the library:
papers are drawn with ``SEED`` among those with an abstract of at least 100 words and a title of 5 to 18 words that holds
two key phrases or more; the two heaviest ones stand in a question of one of five forms, in turn. Every second question
names its paper as the one to examine, the others leave the choice to the tool. The risk goes round ``RISKS``: at 0.1,
the default, every verdict of these drafts abstains, and verdicts of all labels are wanted.

A draft is kept before review: the pipeline is run without reviewers, so nothing was revised.
"""

from __future__ import annotations

import json
import random
import sqlite3
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from seed_questions import seed_questions

from synthesis.assembly import make_tools
from synthesis.config import Config
from synthesis.jobs import RunClock, make_request, run_job
from synthesis.libraries import stored_libraries
from synthesis.papers import Screened
from synthesis.phrases import is_english, key_phrases
from synthesis.records import Draft, Paper, Record
from synthesis.searching import Found
from synthesis.stage_results import Reviewed
from synthesis.store import Home

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from synthesis.request import Tools
    from synthesis.store import Run

SEED = 6
DRAWN = 43
RISKS = (0.4, 0.35, 0.4, 0.3)
SEEDS_PAPER = "2408.10536"  # the one that all five seeds examine
FORMS = (
    "Does {0} improve {1}?",
    "What is the impact of {0} on {1}?",
    "How effective is {0} for {1}?",
    "How does {0} compare with other approaches to {1}?",
    "What limits {0} in {1}?",
)
_MAX_CLAIMS = 6
_KEPT = 8  # papers of each kind that were found and not taken
_CLOCK = RunClock(datetime(2026, 11, 21, tzinfo=UTC), pinned=True)


class Asked(NamedTuple):
    """A question, the paper that it names, and the risk at which verdicts are stated."""

    question: str
    examined: str | None
    risk: float


class Kept(Record):
    """A draft, and papers that its search found and its screening did not take."""

    question: str
    risk: float
    seconds: float  # of processor time, the searches and the judge included
    draft: Draft
    off_topic: tuple[Paper, ...]  # they cover too little of the question
    on_topic: tuple[Paper, ...]  # they came after the papers kept
    found: tuple[str, ...]  # paper_ids of all that any query found


def questions(home: Path) -> list[Asked]:
    """What the drafts ask."""
    asked: list[tuple[str, str | None]] = [(question, SEEDS_PAPER) for question in seed_questions()]
    asked += list(_drawn(home))
    return [Asked(question, paper, RISKS[i % len(RISKS)]) for i, (question, paper) in enumerate(asked)]


def drafts(folder: Path, home: Path | None) -> list[Kept]:
    """All drafts of ``folder``; with ``home``, those that are missing are made first with the libraries there."""
    if home is not None:
        _make_missing(folder, home)
    return [Kept.model_validate_json(file.read_bytes()) for file in sorted(folder.glob("*.json"))]


def _make_missing(folder: Path, home: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tools = replace(make_tools(stored_libraries(Home(home))), reviewers=())
    for number, asked in enumerate(questions(home), start=1):
        path = folder / f"{number:03}.json"
        if not path.exists():
            kept = _make(asked, tools, folder)
            path.write_text(kept.model_dump_json(), encoding="utf-8")
            print(f"{number:3}  {kept.seconds:5.1f} s  {asked.question}", flush=True)


def _drawn(home: Path) -> Iterator[tuple[str, str | None]]:
    """Questions made of papers' titles; every second one names its paper."""
    dice = random.Random(SEED)
    rows = sorted(_titles(home))
    for i, row in enumerate(dice.sample(rows, len(rows))):
        title, identifier = row
        first, second = sorted(key_phrases(title)[:2], key=title.find)
        question = FORMS[i % len(FORMS)].format(first, second)
        if i == DRAWN:
            return
        yield question, identifier if i % 2 else None


def _titles(home: Path) -> Iterator[tuple[str, str]]:
    """(title, identifier) of the library's papers of which a question can be made."""
    for path in sorted((home / "libraries").glob("*/library.sqlite")):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            for (text,) in database.execute("SELECT record FROM papers"):
                record = json.loads(text)
                title, abstract = record["title"], record.get("abstract") or ""
                fits = 5 <= len(title.split()) <= 18 and len(abstract.split()) >= 100
                if (
                    fits
                    and is_english(abstract)
                    and len(key_phrases(title)) >= 2
                    and not record.get("retracted")
                ):
                    yield title, record.get("arxiv_id") or record.get("doi") or title


def _make(asked: Asked, tools: Tools, folder: Path) -> Kept:
    start = time.process_time()
    settings = {"claims": {"max_claims": _MAX_CLAIMS}, "verdicts": {"risk": asked.risk}}
    home = Home(folder / "home").prepare()
    request = make_request(asked.question, tools.sources, [asked.examined] if asked.examined else [])
    run = run_job(home, request, tools, Config.model_validate(settings), _CLOCK, ()).run
    seconds = time.process_time() - start
    return _kept(asked, run, seconds)


def _kept(asked: Asked, run: Run, seconds: float) -> Kept:
    reviewed, screened = run.load("review", Reviewed), run.load("papers", Screened)
    searches = [run.load(name, Found) for name in ("search", "similar_search", "claim_search")]
    if reviewed is None or screened is None:
        raise SystemExit(f"the run {run.folder} is damaged; delete it and start again.")
    papers = {p.paper_id: p for found in searches if found for p in found.papers}

    def rejected(reason: str) -> tuple[Paper, ...]:
        ids = [r.item for r in screened.rejections if r.reason == reason and r.item in papers]
        return tuple(papers[i] for i in _sample(ids, asked.question))

    return Kept(
        question=asked.question,
        risk=asked.risk,
        seconds=round(seconds, 2),
        draft=reviewed.draft,
        off_topic=rejected("covers too little of the question"),
        on_topic=rejected("less relevant than the papers kept"),
        found=tuple(sorted(papers)),
    )


def _sample(ids: Sequence[str], seed: str) -> list[str]:
    readable = sorted(ids)
    return random.Random(seed).sample(readable, min(_KEPT, len(readable)))
