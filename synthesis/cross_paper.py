"""The results that claims state, and beside each what other papers report for the same measure and data set.

Read are the sentences of the run's papers; a number is set beside a claim's only when its sentence names the same
measure and data set (``result_values.comparable``), and every number is locked to the sentence that states it. Under
a claim's number stand those of other works that are nearest to it, or of the same system; where one system has two
different numbers, the papers contradict each other, and those stand first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthesis.merging import same_work
from synthesis.records import Quote, ReportedResult, ResultComparison
from synthesis.result_relations import closed_up, relation, same_system
from synthesis.result_tables import table_values
from synthesis.result_values import comparable, normalised, result_values
from synthesis.section_tables import tables_in
from synthesis.terms import listed, relation_words
from synthesis.wording import say, say_n

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from synthesis.records import Claim, Paper, Passage, ResultValue

MAX_PER_PAPER = 3  # numbers of one paper in one comparison; the others are counted in its note
_DECIMALS = 6
_DIGIT = re.compile(r"\d")
_NO_PART_OF_A_NAME = re.compile(r"\b(?:dataset|benchmark|corpus)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Voice:
    """A number and who states it: a claim (by number, from 1), a paper's sentence, or both."""

    result: ResultValue
    paper: Paper | None  # None: a claim that was handed in
    quote: Quote | None
    claim: int | None = None

    def is_of(self, other: _Voice) -> bool:
        """Whether both are from one work."""
        return self.paper is not None and other.paper is not None and same_work(self.paper, other.paper)

    def contradicts(self, other: _Voice) -> bool:
        """Whether two works give one system different numbers."""
        return (
            not self.is_of(other)
            and same_system(self.result.system, other.result.system)
            and relation(self.result, other.result) == "different"
        )

    @property
    def key(self) -> tuple[str, str, float]:
        """Alike for a number that a paper states twice."""
        paper_id = self.paper.paper_id if self.paper else ""
        return paper_id, closed_up(self.result.system or ""), round(normalised(self.result), _DECIMALS)


def compare_results(
    claims: Sequence[Claim], papers: Mapping[str, Paper], passages: Iterable[Passage]
) -> tuple[ResultComparison, ...]:
    """A comparison for each measure and data set that claims state and that another work reports too.

    ``papers`` are those of the run, in their order, by paper_id; passages of papers that are not among them are
    passed over. Rows carry no reference number yet: the report numbers them. ``value`` is on the scale 0–1 for
    measures that have one. Contradictions come first, then the order of the claims.
    """
    topics = _topics(_stated(claims, papers))
    if not topics:
        return ()
    reported = list(_reported(papers, passages, {_dataset_key(topic[0]) for topic in topics}))
    compared = [_compare(topic, reported) for topic in topics]
    kept = [(disputed, comparison) for disputed, comparison in filter(None, compared)]
    return tuple(comparison for _, comparison in sorted(kept, key=lambda pair: not pair[0]))


# --------------------------------------------------------------------------- reading


def _stated(claims: Sequence[Claim], papers: Mapping[str, Paper]) -> Iterator[_Voice]:
    """The claims' own results on named data sets."""
    for number, claim in enumerate(claims, start=1):
        paper = papers.get(claim.paper_id) if claim.paper_id else None
        for result in claim.results:
            if result.dataset:
                yield _Voice(result, paper, claim.quote if paper else None, number)
    own = dict.fromkeys(claim.paper_id for claim in claims if claim.paper_id in papers)
    for paper_id in own:
        yield from (voice for voice in _tabled(papers[paper_id or ""]) if voice.result.dataset)


def _topics(stated: Iterable[_Voice]) -> list[list[_Voice]]:
    """The results by measure and data set, in order of first statement; what a paper states twice stands once."""
    topics: list[list[_Voice]] = []
    for voice in stated:
        topic = next((t for t in topics if comparable(t[0].result, voice.result)), None)
        if topic is None:
            topics.append([voice])
        elif voice.key not in {v.key for v in topic}:
            topic.append(voice)
    return topics


def _reported(
    papers: Mapping[str, Paper], passages: Iterable[Passage], datasets: set[str]
) -> Iterator[_Voice]:
    """The results of all sentences that hold a digit and the name of one of the data sets, paper by paper; then tables."""
    order = {paper_id: i for i, paper_id in enumerate(papers)}
    known = [passage for passage in passages if passage.paper_id in papers]
    for passage in sorted(known, key=lambda p: (order[p.paper_id], p.section, p.start)):
        paper = papers[passage.paper_id]
        for span, text in zip(passage.sentences, passage.sentence_texts, strict=True):
            if not _DIGIT.search(text) or not any(name in closed_up(text) for name in datasets):
                continue
            for result in result_values(text, context=paper.title):
                yield _Voice(result, paper, Quote.of(paper, passage.section, span.start, span.end))
    for paper in papers.values():
        yield from _tabled(paper)


def _tabled(paper: Paper) -> Iterator[_Voice]:
    """The results in the tables of a paper's text, each locked to its row."""
    for number, section in enumerate(paper.sections):
        for table in tables_in(section.text):
            for span, cells in table.rows:
                quote = Quote.of(paper, number, span.start, span.end)
                for result in table_values(table.columns, [cells], table.caption):
                    yield _Voice(result, paper, quote)


def _dataset_key(voice: _Voice) -> str:
    return closed_up(_NO_PART_OF_A_NAME.sub("", voice.result.dataset or ""))


# --------------------------------------------------------------------------- comparing


@dataclass(frozen=True, slots=True)
class _Block:
    """A claim's number and those of other works that are set against it."""

    head: _Voice
    others: list[_Voice]

    @property
    def disputed(self) -> bool:
        """Whether another work gives the same system a different number."""
        return any(voice.contradicts(self.head) for voice in self.others)

    @property
    def ordered(self) -> list[_Voice]:
        """The others, contradictions first."""
        return sorted(self.others, key=lambda voice: not voice.contradicts(self.head))


def _compare(topic: Sequence[_Voice], reported: Iterable[_Voice]) -> tuple[bool, ResultComparison] | None:
    """The comparison of one topic and whether it holds a contradiction; ``None`` when no other work speaks."""
    blocks: list[_Block] = []
    for voice in topic:  # claims of other works than the first are what other papers report
        if voice.paper is None or all(block.head.is_of(voice) for block in blocks):
            blocks.append(_Block(voice, []))
        else:
            _nearest(voice, blocks).others.append(voice)
    comparable_ones = [voice for voice in reported if comparable(topic[0].result, voice.result)]
    others = _unstated(comparable_ones, topic)
    chosen = _few_of_each(others, topic)
    for voice in chosen:
        _nearest(voice, blocks).others.append(voice)
    if not any(voice.quote for block in blocks for voice in block.others):
        return None
    return any(block.disputed for block in blocks), _record(blocks, len(others) - len(chosen))


def _unstated(voices: Sequence[_Voice], topic: Sequence[_Voice]) -> list[_Voice]:
    """The numbers of works other than a claim's, each once, without those that claims of the topic state."""
    unique: dict[tuple[str, str, float], _Voice] = {}
    for voice in voices:
        stated = any(voice.key == claim.key or _overlap(voice.quote, claim.quote) for claim in topic)
        if not stated and not all(claim.is_of(voice) for claim in topic):
            unique.setdefault(voice.key, voice)
    return list(unique.values())


def _overlap(one: Quote | None, other: Quote | None) -> bool:
    return (
        one is not None
        and other is not None
        and (one.paper_id, one.section) == (other.paper_id, other.section)
        and one.start < other.end
        and other.start < one.end
    )


def _few_of_each(voices: Sequence[_Voice], topic: Sequence[_Voice]) -> list[_Voice]:
    """At most ``MAX_PER_PAPER`` numbers of a paper, contradictions before others, in the order of its text."""
    disputed = [any(voice.contradicts(claim) for claim in topic) for voice in voices]
    kept: dict[str, list[int]] = {}
    for i in sorted(range(len(voices)), key=lambda i: not disputed[i]):
        of_paper = kept.setdefault(voices[i].key[0], [])
        if len(of_paper) < MAX_PER_PAPER:
            of_paper.append(i)
    return [voices[i] for i in sorted(i for of_paper in kept.values() for i in of_paper)]


def _nearest(voice: _Voice, blocks: Sequence[_Block]) -> _Block:
    """The claim's number that another work's is set against: that of the same system, else the nearest."""
    foreign = [block for block in blocks if not block.head.is_of(voice)]
    same = [block for block in foreign if same_system(block.head.result.system, voice.result.system)]
    value = normalised(voice.result)
    return min(same or foreign, key=lambda block: abs(normalised(block.head.result) - value))


# --------------------------------------------------------------------------- records


def _record(blocks: Sequence[_Block], left_out: int) -> ResultComparison:
    first = blocks[0].head.result
    rows: list[ReportedResult] = []
    for block in blocks:
        rows += [_row(voice, block.head) for voice in (block.head, *block.ordered)]
    return ResultComparison(
        metric=first.metric,
        dataset=first.dataset or "",
        task=next((block.head.result.task for block in blocks if block.head.result.task), None),
        unit="other" if first.unit == "other" else "fraction",
        rows=tuple(rows),
        note=_note(blocks, left_out),
    )


def _row(voice: _Voice, head: _Voice) -> ReportedResult:
    return ReportedResult(
        reference=None,
        claim=voice.claim,
        system=voice.result.system,
        value=round(normalised(voice.result), _DECIMALS),
        text=voice.result.text,
        quote=voice.quote,
        relation=relation(head.result, voice.result),
    )


def _note(blocks: Sequence[_Block], left_out: int) -> str:
    """Counted facts: how many papers, how their numbers stand to the claims', where they contradict each other."""
    relations = [relation(b.head.result, voice.result) for b in blocks for voice in b.others]
    papers = len({voice.key[0] for block in blocks for voice in block.others})
    counted = listed(
        say("{n} {what}", n=n, what=relation_words(word))
        for word in ("same", "close", "different")
        if (n := relations.count(word))
    )
    sentences = [say_n("{n} other paper: {counts}.", "{n} other papers: {counts}.", papers, counts=counted)]
    disputed = dict.fromkeys(str(block.head.result.system) for block in blocks if block.disputed)
    if disputed:
        sentences.append(say("Papers contradict each other on {systems}.", systems=listed(disputed)))
    if left_out:
        sentences.append(
            say_n(
                "{n} more number of these papers not shown.",
                "{n} more numbers of these papers not shown.",
                left_out,
            )
        )
    return " ".join(sentences)
