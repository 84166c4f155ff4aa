"""Errors planted in drafts: one to a copy, seeded, in what the draft says, never in what the stored papers say.

Every kind has variants, from careless to careful. Whatever is derived from what was altered is made to match: hashes and
lengths of quotes, marks, confidences, reasons and counts of verdicts, the flow of papers, limitations. So no checksum
gives an error away; it shows only where the draft is held against its papers, its evidence or its question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import planted_papers as papers
import planted_texts as texts
from planting import NUMBER, Bench, Planted, other_number, redecided, verdict_of, with_verdict

from synthesis.records import Label, Stance

if TYPE_CHECKING:
    from collections.abc import Callable

    from review_drafts import Kept

    from synthesis.records import Draft, Evidence, Verdict

    Plant = Callable[[Kept, Bench], Planted | None]  # None: the draft has nothing to plant this error in

_FOR, _AGAINST, _SILENT = (
    (0.86, 0.03, 0.11),
    (0.03, 0.86, 0.11),
    (0.04, 0.03, 0.93),
)  # scores of a clear reading


# --------------------------------------------------------------------------- verdict flipped


def label_alone(kept: Kept, bench: Bench) -> Planted | None:
    """Another label; nothing else changes."""
    verdict = bench.dice.choice(kept.draft.verdicts)
    return with_verdict(kept.draft, verdict.model_copy(update={"label": _other_label(verdict, bench)}))


def label_and_marks(kept: Kept, bench: Bench) -> Planted | None:
    """Another label with the marks, the confidence and the pooled sides that it would have; the evidence stays."""
    flipped = with_its_evidence(kept, bench)
    if flipped is None:
        return None
    (claim_id,) = flipped.items
    verdict = next(v for v in flipped.draft.verdicts if v.claim_id == claim_id)
    return with_verdict(kept.draft, verdict)


def with_its_evidence(kept: Kept, bench: Bench) -> Planted | None:
    """Another label, and stances and scores of the evidence such that it follows: only reading again can tell."""
    draft = kept.draft
    order = list(draft.verdicts)
    bench.dice.shuffle(order)
    for verdict in order:
        target = _other_label(verdict, bench)
        evidence = _turned(draft, verdict.claim_id, target, bench)
        changed = redecided(draft.model_copy(update={"evidence": evidence}), bench)
        if verdict_of(changed, verdict.claim_id).label is target:
            return Planted(changed, frozenset({verdict.claim_id}))
    return None


def _other_label(verdict: Verdict, bench: Bench) -> Label:
    labels = (Label.SUPPORTED, Label.REFUTED, Label.NOT_ENOUGH_INFO)
    return bench.dice.choice([label for label in labels if label is not verdict.label])


def _turned(draft: Draft, claim_id: str, target: Label, bench: Bench) -> tuple[Evidence, ...]:
    """The evidence of a claim, its strongest independent passage made to speak for ``target``, the others silent."""
    own = [i for i, e in enumerate(draft.evidence) if e.claim_id == claim_id and e.decides]
    voices = [i for i in own if draft.evidence[i].group]
    loudest = max(voices, key=lambda i: 1 - draft.evidence[i].scores[2], default=None)
    scores = {Label.SUPPORTED: _FOR, Label.REFUTED: _AGAINST}.get(target, _SILENT)
    changed = list(draft.evidence)
    for i in own:
        if i == loudest:
            changed[i] = _read_as(changed[i], scores, bench)
        elif changed[i].stance is not Stance.NEITHER:
            changed[i] = _read_as(changed[i], _SILENT, bench)
    return tuple(changed)


def _read_as(item: Evidence, scores: tuple[float, float, float], bench: Bench) -> Evidence:
    """A piece of evidence as if the judge had scored it so."""
    row = bench.calibrator.probabilities(np.array([scores], dtype=np.float32))[0]
    stance = {_FOR: Stance.SUPPORTS, _AGAINST: Stance.REFUTES}.get(scores, Stance.NEITHER)
    column = (Stance.SUPPORTS, Stance.REFUTES, Stance.NEITHER).index(stance)
    return item.model_copy(
        update={"scores": scores, "stance": stance, "confidence": round(float(row[column]), 6)}
    )


# --------------------------------------------------------------------------- missing limitation


def limitation_left_out(kept: Kept, bench: Bench) -> Planted | None:
    """One limitation is not stated."""
    gone = bench.dice.choice(kept.draft.limitations)
    left = tuple(limitation for limitation in kept.draft.limitations if limitation != gone)
    return Planted(kept.draft.model_copy(update={"limitations": left}), frozenset({gone.kind}))


def limitation_of_the_run_left_out(kept: Kept, bench: Bench) -> Planted | None:
    """One limitation of this run, not a standing one, is not stated."""
    standing = {"machine-generated", "automated", "automated review", "primary sources"}
    own = [limitation for limitation in kept.draft.limitations if limitation.kind not in standing]
    gone = bench.dice.choice(own)
    left = tuple(limitation for limitation in kept.draft.limitations if limitation != gone)
    return Planted(kept.draft.model_copy(update={"limitations": left}), frozenset({gone.kind}))


def limitation_played_down(kept: Kept, bench: Bench) -> Planted | None:
    """A count in a limitation is smaller than it is."""
    counted = [x for x in kept.draft.limitations if NUMBER.search(x.text)]
    if not counted:
        return None
    old = bench.dice.choice(counted)
    new = old.model_copy(update={"text": other_number(old.text, bench)})
    stated = tuple(new if x == old else x for x in kept.draft.limitations)
    return Planted(kept.draft.model_copy(update={"limitations": stated}), frozenset({old.kind}))


PLANTS: dict[str, tuple[Plant, ...]] = {
    "verdict flipped": (label_alone, label_and_marks, with_its_evidence),
    "quote altered": (
        texts.a_word_of_evidence,
        texts.a_character_of_evidence,
        texts.a_word_of_a_claim,
        texts.a_character_of_the_answer,
    ),
    "citation swapped": (
        texts.another_paper,
        texts.another_paper_beside_the_quote,
        texts.another_quote,
        texts.another_paper_in_the_answer,
    ),
    "number changed": (
        texts.number_of_a_claim,
        texts.number_of_a_claim_and_its_quote,
        texts.number_of_a_rewording,
        texts.number_of_evidence,
        texts.count_of_a_verdict,
        texts.count_of_the_flow,
        texts.counts_of_the_flow,
    ),
    "retracted paper added": (
        papers.retracted_by_its_mark,
        papers.retracted_by_a_notice,
        papers.retracted_by_its_title,
    ),
    "off-topic paper added": (
        papers.off_topic_and_far,
        papers.off_topic_and_near,
        papers.off_topic_as_evidence,
    ),
    "duplicate evidence": (
        papers.the_same_again,
        papers.a_twin_paper,
        papers.a_shortened_twin,
        papers.a_group_split,
    ),
    "missing limitation": (limitation_left_out, limitation_of_the_run_left_out, limitation_played_down),
}
