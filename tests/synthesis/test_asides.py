"""Sentences that state no finding."""

import pytest

from synthesis.asides import why_aside


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("12 For SGC, we remove development set papers.", "a footnote or heading with its number"),
        (
            "2 SPECTER: Scientific Paper Embeddings using Transformers",
            "a footnote or heading with its number",
        ),
        ("Refutes: ...significant cases are likely to occur.", "begins in the middle"),
        ("The third line shows that an ensemble of 15 models helps.", "stands beside a figure or table"),
        ("Fig. 3 shows the gain.", "stands beside a figure or table"),
        ("In this section, we describe our corpus.", "announces what follows"),
        ("Before we conclude, we briefly describe other research challenges.", "announces what follows"),
        ("Data, code, and a web demo will be released publicly.", "announces what follows"),
        ("Data, code, and a web demo will released publicly.", "announces what follows"),
        ("Our code is available at https://example.org/x.", "says where something can be had"),
        ("The dataset and code can be downloaded from www.example.org.", "says where something can be had"),
    ],
)
def test_announcements_and_debris_are_named(sentence, reason):
    """Each kind of sentence is turned away under its own reason."""
    assert why_aside(sentence) == reason


@pytest.mark.parametrize(
    "sentence",
    [
        "12 percent of patients improved.",
        "Training data available at scale improves models (https://example.org).",
        "SPECTER improves recall by 3 points over SciBERT (Table 2).",
        "The line of work on hybrid batches reduces language bias.",
        "Tables improve question answering over financial reports by 4 points.",
        "Rows of solar panels increased yield by 4 percent.",
        "We describe a method that improves recall on MIRACL by 12 percent.",
    ],
)
def test_findings_are_let_through(sentence):
    """A sentence that states something of its own is kept, even where it begins like an aside."""
    assert why_aside(sentence) is None
