import collections
from pathlib import Path

import pytest

from retrieval_core.entailment.claim_rows import CLAIM_SETS, read_claims

CLAIMS = Path(__file__).parents[3] / "shared" / "data" / "claims"
needs_data = pytest.mark.skipif(not CLAIMS.is_dir(), reason="../shared/data/claims is not here")


@needs_data
@pytest.mark.parametrize("name", CLAIM_SETS)
def test_groups_stay_on_one_side_of_every_split(name: str) -> None:
    """Rows of one group are all trained on, all for calibration, or all held out."""
    splits = collections.defaultdict(set)
    for row in read_claims(CLAIMS, name):
        splits[row.group].add(row.split)
    assert splits
    assert all(len(found) == 1 for found in splits.values())


@needs_data
@pytest.mark.parametrize("name", ["scifact", "citation-integrity", "healthver"])
def test_length_says_nothing(name: str) -> None:
    """Documents are of like length under all labels, in words."""
    sizes = collections.defaultdict(list)
    for row in read_claims(CLAIMS, name):
        sizes[row.labels].append(len(" ".join(row.document).split()))
    means = [sum(found) / len(found) for found in sizes.values()]
    assert max(means) < 1.4 * min(means)


@needs_data
def test_marked_sentences_stand_anywhere_in_citation_excerpts() -> None:
    """In the file the deciding sentence is always first; here its place is as good as random."""
    rows = [r for r in read_claims(CLAIMS, "citation-integrity") if len(r.document) == 5 and r.rationale]
    first = sum(0 in row.rationale for row in rows) / len(rows)
    assert 0.1 < first < 0.4


@needs_data
def test_sets_that_forbid_it_are_never_trained_on() -> None:
    """Rows of sets under a non-commercial licence are only ever held out, and not read by default."""
    assert {row.split for row in read_claims(CLAIMS, "anli", "averitec")} == {"held-out"}
    assert not {"anli", "averitec"} & {row.source for row in read_claims(CLAIMS)}


@needs_data
def test_no_healthver_question_is_on_both_sides() -> None:
    """What is held out of HealthVer shares no passage with what is not."""
    rows = read_claims(CLAIMS, "healthver")
    held = {row.document for row in rows if row.split == "held-out"}
    kept = {row.document for row in rows if row.split != "held-out"}
    assert len(held & kept) <= 0.02 * len(held)
