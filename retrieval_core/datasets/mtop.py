"""MTOP (Li et al. 2021), as published: LANG/train.txt, eval.txt, test.txt, eight columns divided by tabs, no header.

    id · intent · slots · utterance · domain · locale · decoupled form · tokens

Seen as retrieval, an utterance is a query and utterances of the same intent are relevant to it, in any language. The
id is shared by the translations of an utterance.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from retrieval_core.datasets.languages import language_code
from retrieval_core.datasets.reading import parse_rows
from retrieval_core.errors import InputError
from retrieval_core.records import Document, QAPair, Qrel, Query, RetrievalSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

COLUMNS = ("id", "intent", "slots", "utterance", "domain", "locale", "decoupled form", "tokens")
EXPECTED = f"{len(COLUMNS)} columns divided by tabs: {', '.join(COLUMNS)}"
SPLITS = ("train", "eval", "test")


@dataclass(frozen=True, slots=True)
class Utterance:
    """A line; ``utterance_id`` is its own, ``parallel_id`` that of its translations too."""

    utterance_id: str
    parallel_id: str
    intent: str
    text: str
    language: str


def read_mtop(path: Path) -> tuple[Utterance, ...]:
    """Utterances of one file, whose language is the locale's ("de_XX" is "de"). Raises ``InputError``."""
    rows = parse_rows(path, _fields, EXPECTED)
    return tuple(
        Utterance(
            f"{language_code(fields[5])}:{path.stem}-{number}",
            fields[0],
            fields[1],
            fields[3],
            language_code(fields[5]),
        )
        for number, fields in rows
        if fields is not None
    )


def load_mtop_pairs(
    path: Path, split: str = "train", languages: Sequence[str] | None = None, seed: int = 0
) -> tuple[QAPair, ...]:
    """For every utterance one of the same intent in its language and one in another language.

    The other language's is its translation where there is one. ``parallel_id`` is the intent, so that no batch takes
    an utterance of the same intent for a negative. ``path`` is a file, or the folder of the languages' folders.
    Raises ``InputError``.
    """
    utterances = _read_split(path, split, languages)
    by_intent: dict[tuple[str, str], list[Utterance]] = defaultdict(list)  # (intent, language) → utterances
    translations: dict[str, list[Utterance]] = defaultdict(list)
    for utterance in utterances:
        by_intent[utterance.intent, utterance.language].append(utterance)
        translations[utterance.parallel_id].append(utterance)
    spoken = sorted({utterance.language for utterance in utterances})
    random = Random(seed)
    pairs = []
    for utterance in utterances:
        partners = [_partner(utterance, by_intent[utterance.intent, utterance.language], random)]
        group = [u for u in translations[utterance.parallel_id] if u.language != utterance.language]
        if not group and (others := [one for one in spoken if one != utterance.language]):
            group = by_intent[utterance.intent, random.choice(others)]
        partners.append(_partner(utterance, group, random))
        pairs += [_pair(utterance, partner) for partner in partners if partner]
    return tuple(pairs)


def load_mtop(
    folder: Path, languages: Sequence[str] | None = None, per_intent: int = 10, seed: int = 0
) -> RetrievalSet:
    """Queries from the test split, documents from the eval split: at most ``per_intent`` of an intent and language.

    The bound keeps the judgements, which grow with the square of an intent's utterances, in hand. Raises
    ``InputError``.
    """
    asked = _sample(_read_split(folder, "test", languages), per_intent, seed)
    found = _sample(_read_split(folder, "eval", languages), per_intent, seed)
    relevant = defaultdict(list)
    for utterance in found:
        relevant[utterance.intent].append(utterance.utterance_id)
    answered = [utterance for utterance in asked if relevant[utterance.intent]]
    if not answered:
        raise InputError(f"{folder}: no test utterance has an intent of the eval split; are both of MTOP?")
    return RetrievalSet(
        name="mtop",
        queries=tuple(Query(query_id=u.utterance_id, text=u.text, language=u.language) for u in answered),
        documents=tuple(Document(doc_id=u.utterance_id, text=u.text, language=u.language) for u in found),
        qrels=tuple(
            Qrel(query_id=utterance.utterance_id, doc_id=doc_id, relevance=1)
            for utterance in answered
            for doc_id in relevant[utterance.intent]
        ),
    )


def split_files(folder: Path, split: str) -> list[Path]:
    """The languages' files of a split, where ``folder`` has MTOP's layout."""
    return sorted(folder.glob(f"*/{split}.txt"))


def _fields(line: str) -> list[str] | None:
    """The columns; ``None`` for a line that names them."""
    fields = [field.strip() for field in line.rstrip("\r\n").split("\t")]
    if len(fields) != len(COLUMNS):
        raise ValueError(f"{len(fields)} columns instead of {len(COLUMNS)}")
    if fields[0].lower() == "id":
        return None
    if not fields[0] or not fields[1].startswith("IN:") or not fields[3]:
        raise ValueError("no id, no intent that begins with IN:, or no utterance")
    language_code(fields[5])
    return fields


def _read_split(path: Path, split: str, languages: Sequence[str] | None) -> list[Utterance]:
    files = [path] if path.is_file() else split_files(path, split)
    if not files:
        raise InputError(
            f"{path} holds no LANG/{split}.txt; expected MTOP's layout, LANG/train.txt, eval.txt, test.txt."
        )
    read = [utterance for file in files for utterance in read_mtop(file)]
    spoken = {utterance.language for utterance in read}
    missing = sorted(set(languages or ()) - spoken)
    if missing:
        raise InputError(
            f"{path} has no {', '.join(missing)}; the languages there: {', '.join(sorted(spoken))}."
        )
    return [utterance for utterance in read if languages is None or utterance.language in languages]


def _sample(utterances: Iterable[Utterance], per_intent: int, seed: int) -> list[Utterance]:
    groups: dict[tuple[str, str], list[Utterance]] = defaultdict(list)
    for utterance in utterances:
        groups[utterance.intent, utterance.language].append(utterance)
    return [
        utterance
        for (intent, language), group in sorted(groups.items())
        for utterance in Random(f"{seed}:{intent}:{language}").sample(group, min(per_intent, len(group)))
    ]


def _partner(utterance: Utterance, group: Sequence[Utterance], random: Random) -> Utterance | None:
    """One of the group with the utterance's intent and another text."""
    if not group:
        return None
    first = random.randrange(len(group))
    walk = (group[(first + step) % len(group)] for step in range(len(group)))
    return next((u for u in walk if u.intent == utterance.intent and u.text != utterance.text), None)


def _pair(question: Utterance, passage: Utterance) -> QAPair:
    return QAPair(
        pair_id=f"{question.utterance_id}={passage.utterance_id}",
        question=question.text,
        passage=passage.text,
        question_language=question.language,
        passage_language=passage.language,
        passage_id=passage.utterance_id,
        parallel_id=question.intent,
    )
