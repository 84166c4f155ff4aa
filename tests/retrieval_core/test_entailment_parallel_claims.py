"""Claims judged on evidence in another language."""

from collections import Counter
from pathlib import Path

import pytest

from retrieval_core.entailment.parallel_claims import (
    MAX_EVIDENCE_SENTENCES,
    NEITHER,
    REFUTES,
    SUPPORTS,
    is_statement,
    parallel_claims,
    read_rows,
)

DATA = Path(__file__).parents[3] / "shared" / "data"
TOPICS = (
    ("The harbour was rebuilt by the town in 1912.", "Der Hafen wurde 1912 von der Stadt wieder aufgebaut.",
     "El puerto fue reconstruido por la ciudad en 1912."),
    ("Honey bees increase the yield of apple trees.", "Honigbienen steigern den Ertrag von Apfelbäumen.",
     "Las abejas aumentan la cosecha de los manzanos."),
    ("The council has accepted a new budget for schools.", "Der Rat hat einen neuen Haushalt für Schulen angenommen.",
     "El consejo ha aceptado un nuevo presupuesto para escuelas."),
    ("Snow covered 80 percent of the northern valleys.", "Schnee bedeckte 80 Prozent der nördlichen Täler.",
     "La nieve cubrió el 80 por ciento de los valles del norte."),
    ("The orchestra is led by a young violinist.", "Das Orchester wird von einer jungen Geigerin geleitet.",
     "La orquesta es dirigida por una joven violinista."),
)  # fmt: skip


def _rows(documents=60):
    """Documents of five sentences, each with its number in it so that texts differ."""
    for number in range(documents):
        for english, german, spanish in TOPICS:
            yield {
                "en": f"{english[:-1]} near Field {number}." if number else english,
                "de": f"{german[:-1]} bei Feld {number}." if number else german,
                "es": f"{spanish[:-1]} en Campo {number}." if number else spanish,
            }
        yield {}


@pytest.fixture(scope="module")
def pairs():
    """Pairs of sixty small documents."""
    return parallel_claims(_rows(), languages=("en", "de", "es"), seed=4, limit=120)


def test_as_many_of_each_label(pairs):
    """Labels are balanced, over all and within each pair of languages."""
    assert len(pairs) == 120
    assert set(Counter(pair.label for pair in pairs).values()) == {40}
    by_languages = Counter((pair.claim_language, pair.evidence_language, pair.label) for pair in pairs)
    for claim, evidence, _ in by_languages:
        counts = {by_languages[claim, evidence, label] for label in (SUPPORTS, REFUTES, NEITHER)}
        assert len(counts) == 1


def test_every_direction_occurs(pairs):
    """English claims meet other languages, other languages English, and one another."""
    kinds = {(pair.claim_language == "en", pair.evidence_language == "en") for pair in pairs}
    assert kinds == {(True, False), (False, True), (False, False), (True, True)}


def test_kind_only_of_refuted(pairs):
    """What was made wrong is told of refuted pairs and of no others."""
    assert all((pair.kind is not None) == (pair.label == REFUTES) for pair in pairs)


def test_length_says_nothing(pairs):
    """Evidence has as many sentences for one label as for another, and never more than the bound."""
    counts = {
        label: Counter(pair.evidence.count(". ") + 1 for pair in pairs if pair.label == label)
        for label in (SUPPORTS, REFUTES, NEITHER)
    }
    assert counts[SUPPORTS] == counts[REFUTES] == counts[NEITHER]
    assert max(counts[SUPPORTS]) <= MAX_EVIDENCE_SENTENCES


def test_supported_evidence_holds_the_translation():
    """The evidence of a supported claim holds its translation; that of an undecided one does not."""
    texts = {text: {"en": e, "de": g, "es": s} for e, g, s in TOPICS for text in (e, g, s)}
    made = parallel_claims(_rows(1), languages=("de", "es"), seed=0, limit=3)
    for pair in made:
        if pair.claim in texts and pair.label != REFUTES:
            held = texts[pair.claim][pair.evidence_language] in pair.evidence
            assert held == (pair.label == SUPPORTS)


def test_changed_wording_is_not_the_label(pairs):
    """A changed English claim stands with NEITHER and SUPPORTS too, so that its wording alone decides nothing."""
    true = {row["en"] for row in _rows() if row}
    changed = Counter(pair.label for pair in pairs if pair.claim_language == "en" and pair.claim not in true)
    assert set(changed) == {SUPPORTS, REFUTES, NEITHER}


def test_same_seed_same_pairs(pairs):
    """Seed and rows decide everything; another seed draws others."""
    again = parallel_claims(_rows(), languages=("es", "de"), seed=4, limit=120)
    assert again == pairs
    assert parallel_claims(_rows(), languages=("es", "de"), seed=5, limit=120) != pairs


def test_limit():
    """No more pairs than asked for, and whole triples; none for none."""
    assert len(parallel_claims(_rows(), languages=("de",), seed=1, limit=8)) == 6
    assert parallel_claims(_rows(), languages=("de",), seed=1, limit=2) == ()
    assert parallel_claims((), languages=("de",), seed=1, limit=9) == ()


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("The harbour was rebuilt by the town in 1912.", True),
        ("Honey bees increase the yield of apple trees.", True),
        ("Is the harbour open to all ships?", False),
        ("Select the language that you want to use.", False),
        ("Settings for the new mail account", False),
        ("The harbour is open.", False),
        ("the harbour is open to all ships now.", False),
        ("Call foo() when x == 3 to stop it.", False),
        ("You can do it in three steps:", False),
    ],
)
def test_is_statement(text, states):
    """Only whole declarative sentences of at least six words are claims."""
    assert is_statement(text) is states


@pytest.mark.data
def test_real_rows():
    """The reader gives rows of documents, empty rows between them, and nothing that is held out."""
    if not (DATA / "parallel").is_dir():
        pytest.skip("needs ../shared/data/parallel")
    rows = read_rows(DATA)
    some = [next(rows) for _ in range(60)]
    assert {} in some
    assert all("en" in row for row in some if row)
