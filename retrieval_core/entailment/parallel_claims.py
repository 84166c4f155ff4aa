"""Claims judged on evidence in another language, made from parallel sentences.

Three pairs come of one sentence, in one pair of languages and with evidence of as many sentences each: the sentence
with its translation (SUPPORTS), one of the two made wrong by rule (REFUTES), and the sentence with others of the same
document (NEITHER). So neither language nor length nor position tells the label. What a changed wording tells is kept
small: changed sentences stand with NEITHER as often as unchanged ones, and English pairs agree on a changed sentence.
"""

from __future__ import annotations

import heapq
import random
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from retrieval_core.embedding.corpora import HELD_OUT_SOURCE, PARALLEL, rows
from retrieval_core.entailment.clauses import main_verb, words_of
from retrieval_core.entailment.counterfactuals import counterfactuals, entities_of
from retrieval_core.entailment.inflection import verbs_of
from retrieval_core.entailment.labels import LABELS
from retrieval_core.entailment.reading import read_sentence, split_sentences
from retrieval_core.entailment.wrong_measures import digits_changed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from retrieval_core.entailment.counterfactuals import Counterfactual, Kind

SUPPORTS, REFUTES, NEITHER = range(len(LABELS))
MIN_WORDS = 6
MAX_CHARS = 320  # of an English sentence that is made a claim
MAX_EVIDENCE_SENTENCES = 4
WINDOW_ROWS = 10  # rows of a document that are looked at together
MAX_OVERLAP = 0.4  # of the content words of two sentences that count as being about different things
_KIND_WEIGHTS = {"direction": 3, "number": 4, "comparison": 4}  # a negation can nearly always be made
ENTITY_SHARE = 0.15  # of the choices where another change is possible: evidence may leave a swapped name open
_ENGLISH = "en"
_NAME_WINDOWS = 400
_SPARE_WINDOWS = 3  # windows kept for each one that is needed, since not every window yields a claim

# Where the text is made of sentences; the other sources of the folder are labels, commands and titles.
_SENTENCE_SOURCES = ("tico-19", "NTREX", "UniversalDependencies")
# Of the large sources one block of rows in so many, so that they do not drown the others.
_ONE_IN = {"Tatoeba": 12, "LASER": 6, "bible": 12, "python-docs": 3}
_BLOCK = 10
_SKIPPED = ("tldr", "questions", "xcopa", "mgsm", "asp-source", "pb-source")
_WEIGHTS = (4, 5, 2, 1)
_CODE = re.compile(r"[={}<>|\\_#@$]|\(\)|::|--|\w/\w+/|https?:|\bor the like\b")
_END = re.compile(r"[.。।۔]['\"”’)]?\s*$")

Direction = Literal["from English", "to English", "others", "English"]
_DIRECTIONS: tuple[Direction, ...] = ("from English", "to English", "others", "English")


@dataclass(frozen=True, slots=True)
class CrossLingualPair:
    """A claim and evidence; ``label`` is an index into ``judge.LABELS``, ``kind`` what was made wrong in a REFUTES."""

    claim: str
    claim_language: str
    evidence: str
    evidence_language: str
    label: int
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class _Sources:
    """Aligned sentences of one window: ``sentences[i][language]``, in order, and the place of the claim's sentence."""

    sentences: list[dict[str, str]]
    at: int
    wrong: str  # the English sentence made wrong
    kind: Kind


def read_rows(data: Path) -> Iterator[Mapping[str, str]]:
    """{language: text} of the parallel rows in order; an empty one stands between documents.

    ``data``: the folder that holds ``parallel/``. Held-out rows (FLORES), interface strings, questions and commands are
    left out, large sources thinned. Raises ``InputError`` when a file cannot be read.
    """
    for name in PARALLEL:
        document: object = None
        for number, row in enumerate(rows(data / "parallel" / f"{name}.jsonl.xz")):
            source = row.get("src") or name
            if not _wanted(name, source, number):
                continue
            # Sentences of lists that are no documents make one of each block of rows.
            place = (source, row.get("doc") or (number // _BLOCK if name in {"sentences", "bible"} else None))
            if document is not None and place != document:
                yield {}
            document = place
            yield row["t"]
        yield {}


def parallel_claims(
    rows: Iterable[Mapping[str, str]], *, languages: Collection[str], seed: int, limit: int
) -> tuple[CrossLingualPair, ...]:
    """At most ``limit`` pairs, as many of each label, in random order; the same rows and seed give the same pairs.

    ``rows``: {language: text} in the order of their documents, an empty one between documents (``read_rows``).
    ``languages`` (ISO 639-1) are those that may stand beside English; "en" among them is allowed and changes nothing.
    """
    rng = random.Random(seed)
    others = sorted(set(languages) - {_ENGLISH})
    wanted = limit // len(LABELS)
    windows = _sample(_windows(rows, {_ENGLISH, *others}), wanted * _SPARE_WINDOWS, rng)
    names = _names(windows)
    used: Counter[str] = Counter()
    triples: list[tuple[CrossLingualPair, ...]] = []
    for window in windows:
        if len(triples) == wanted:
            break
        triple = _triple(window, names, used, rng)
        if triple:
            triples.append(triple)
    pairs = [pair for triple in triples for pair in triple]
    rng.shuffle(pairs)
    return tuple(pairs)


def is_statement(sentence: str) -> bool:
    """Whether an English sentence states something by itself: no question, order, heading, fragment or code.

    >>> is_statement("The trial showed that masks reduce infections."), is_statement("Click the button to go on now.")
    (True, False)
    """
    words = words_of(sentence)
    letters = sum(c.isalpha() or c.isspace() for c in sentence)
    if len(words) < MIN_WORDS or not _END.search(sentence) or letters < 0.85 * len(sentence):
        return False
    if not sentence[0].isupper() or "?" in sentence or "!" in sentence or _CODE.search(sentence):
        return False
    order = any(verb.form == "base" for verb in verbs_of(words[0].low)) or words[0].low in _ORDERS
    verb = main_verb(words)
    return verb is not None and verb.index > 0 and not order


_ORDERS = frozenset(
    """click select choose run add open press enter see please let note create set check read write type install
    consider remember try note call import learn visit do don't never if make ensure""".split()
)


def _wanted(name: str, source: str, number: int) -> bool:
    if HELD_OUT_SOURCE in source or any(part in source for part in _SKIPPED):
        return False
    thinned = next((one_in for part, one_in in _ONE_IN.items() if part in source), None)
    if thinned:
        return (number // _BLOCK) % thinned == 0
    return name != "sentences" or any(part in source for part in _SENTENCE_SOURCES)


def _windows(rows: Iterable[Mapping[str, str]], languages: set[str]) -> Iterator[list[dict[str, str]]]:
    """Runs of rows of one document, in the wanted languages."""
    window: list[dict[str, str]] = []
    for row in rows:
        if (not row or len(window) == WINDOW_ROWS) and window:
            yield window
            window = []
        texts = {language: text for language, text in row.items() if language in languages and text.strip()}
        if _ENGLISH in texts and len(texts) > 1:
            window.append(texts)
    if window:
        yield window


def _sample(
    windows: Iterable[list[dict[str, str]]], size: int, rng: random.Random
) -> list[list[dict[str, str]]]:
    """``size`` windows at random in random order, without holding the others."""
    kept: list[tuple[float, int, list[dict[str, str]]]] = []
    for number, window in enumerate(windows):
        entry = (rng.random(), number, window)
        if len(kept) < size:
            heapq.heappush(kept, entry)
        elif size and entry > kept[0]:
            heapq.heapreplace(kept, entry)
    return [window for _, _, window in sorted(kept, reverse=True)]


def _names(windows: list[list[dict[str, str]]]) -> tuple[str, ...]:
    """Names of some of the windows, to exchange in a claim."""
    found = dict.fromkeys(
        name
        for window in windows[:_NAME_WINDOWS]
        for row in window
        for name in entities_of(row[_ENGLISH][:MAX_CHARS])
    )
    return tuple(found)


def _triple(
    window: list[dict[str, str]], names: tuple[str, ...], used: Counter[str], rng: random.Random
) -> tuple[CrossLingualPair, ...]:
    """A pair of each label from one sentence of the window; empty where it has none that can be made wrong."""
    there = sorted({language for row in window for language in row} - {_ENGLISH})
    ranked = sorted(there, key=lambda language: (used[language], rng.random()))
    drawn: Direction = rng.choices(_DIRECTIONS, _WEIGHTS)[0]
    for direction in dict.fromkeys((drawn, _DIRECTIONS[1])):
        chosen = ranked[: 2 if direction == "others" else 1]
        sentences = _aligned_sentences(window, {_ENGLISH, *chosen})
        source = _source(sentences, names, direction, chosen, rng)
        if source is None:
            continue
        first = _ENGLISH if direction in {"from English", "English"} else chosen[0]
        last = _ENGLISH if direction in {"to English", "English"} else chosen[-1]
        made = _pairs(source, first, last, rng)
        if made:
            used.update(chosen)
            return made
    return ()


def _aligned_sentences(window: list[dict[str, str]], languages: set[str]) -> list[dict[str, str]]:
    """Sentence by sentence, of the rows that have as many sentences in each of the languages."""
    found = []
    for row in window:
        if not languages <= row.keys():
            continue
        split = {language: [s.text for s in split_sentences(row[language])] for language in sorted(languages)}
        if len({len(pieces) for pieces in split.values()}) == 1:
            found += [dict(zip(split, texts, strict=True)) for texts in zip(*split.values(), strict=True)]
    return found


def _source(
    sentences: list[dict[str, str]],
    names: tuple[str, ...],
    direction: Direction,
    chosen: list[str],
    rng: random.Random,
) -> _Sources | None:
    """A statement of the window with what it becomes when made wrong."""
    places = [
        i
        for i, texts in enumerate(sentences)
        if len(texts[_ENGLISH]) <= MAX_CHARS
        and is_statement(texts[_ENGLISH])
        and all(texts[language] != texts[_ENGLISH] for language in chosen)
    ]
    rng.shuffle(places)
    for at in places:
        if direction == "others":
            wrong = digits_changed(sentences[at][chosen[0]], rng)
            if wrong is not None:
                return _Sources(sentences, at, wrong, "number")
            continue
        options = counterfactuals(sentences[at][_ENGLISH], entities=names, seed=rng.getrandbits(32))
        strict = [option for option in options if option.kind not in {"entity", "unit"}]
        if strict and rng.random() >= ENTITY_SHARE:
            options = tuple(strict)
        options = tuple(option for option in options if option.kind != "unit")
        if options:
            option = _chosen(options, rng)
            return _Sources(sentences, at, option.text, option.kind)
    return None


def _pairs(source: _Sources, first: str, last: str, rng: random.Random) -> tuple[CrossLingualPair, ...]:
    """The three pairs of a sentence, with evidence of as many sentences; empty where nothing else is about other things."""
    aside = _aside(source, rng)
    if aside is None:
        return ()
    run, anchor = aside
    size = min(rng.randint(1, MAX_EVIDENCE_SENTENCES), len(run))
    true = source.sentences[source.at]
    wrong = {**true, (_ENGLISH if _ENGLISH in (first, last) else first): source.wrong}
    claim_is_wrong = rng.random() < 0.5 if first == last else last != _ENGLISH
    refuted, by = (wrong, true) if claim_is_wrong else (true, wrong)
    if last == _ENGLISH and not claim_is_wrong and rng.random() < 0.5:
        run = _with_one_wrong(run, anchor, rng)
    agreed = wrong if first == last and rng.random() < 0.5 else true
    beside = wrong if claim_is_wrong and rng.random() < 0.5 else true

    def around(texts: dict[str, str]) -> str:
        replaced = [*source.sentences[: source.at], texts, *source.sentences[source.at + 1 :]]
        return _stretch(replaced, source.at, size, last, rng)

    return (
        CrossLingualPair(agreed[first], first, around(agreed), last, SUPPORTS),
        CrossLingualPair(refuted[first], first, around(by), last, REFUTES, source.kind),
        CrossLingualPair(beside[first], first, _stretch(run, anchor, size, last, rng), last, NEITHER),
    )


def _stretch(
    sentences: list[dict[str, str]], anchor: int, size: int, language: str, rng: random.Random
) -> str:
    """``size`` neighbouring sentences, among them the one at ``anchor``, anywhere in them."""
    low = rng.randint(max(0, anchor - size + 1), min(anchor, len(sentences) - size))
    return _joined([texts[language] for texts in sentences[low : low + size]])


def _with_one_wrong(run: list[dict[str, str]], anchor: int, rng: random.Random) -> list[dict[str, str]]:
    """The run with its statement's English made wrong where rules can, so that undecided evidence is changed too."""
    options = counterfactuals(run[anchor][_ENGLISH], seed=rng.getrandbits(32))
    if not options:
        return run
    changed = {**run[anchor], _ENGLISH: _chosen(options, rng).text}
    return [*run[:anchor], changed, *run[anchor + 1 :]]


def _chosen(options: Sequence[Counterfactual], rng: random.Random) -> Counterfactual:
    return rng.choices(options, [_KIND_WEIGHTS.get(option.kind, 1) for option in options])[0]


def _aside(source: _Sources, rng: random.Random) -> tuple[list[dict[str, str]], int] | None:
    """A run of the document's sentences that are about other things, with the place of a statement in it."""
    content = read_sentence(source.sentences[source.at][_ENGLISH]).content_set
    runs: list[list[dict[str, str]]] = [[]]
    for i, texts in enumerate(source.sentences):
        words = read_sentence(texts[_ENGLISH]).content_set
        alike = len(content & words) / max(1, min(len(content), len(words)))
        if i == source.at or alike > MAX_OVERLAP:
            runs.append([])
        else:
            runs[-1].append(texts)
    anchors = [(run, i) for run in runs for i, texts in enumerate(run) if is_statement(texts[_ENGLISH])]
    return rng.choice(anchors) if anchors else None


def _joined(texts: list[str]) -> str:
    """Sentences as running text; without spaces after a full stop that has its own."""
    return "".join(text if text.endswith("。") else text + " " for text in texts).strip()
