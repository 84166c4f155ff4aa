"""Sentences of the ground truth for ``pdf_reading.py`` that are not what the paper prints.

Each was looked at on the page. Reasons: a citation dropped from the sentence; a note, caption or table set into it, or
taken for running text; a heading or a neighbouring sentence run into it; a formula's signs in an order or with blanks
that are not printed.
"""

from __future__ import annotations

from typing import NamedTuple


class GoldError(NamedTuple):
    """A gold sentence (its beginning), why it is wrong, and what the page prints there."""

    paper: str
    gold: str
    reason: str
    printed: str


CITATION, INTRUDER, NOT_BODY = (
    "citation dropped",
    "note, caption or table set in",
    "note, caption or table as body",
)
RUN_ON, FORMULA = "heading or other sentence run in", "formula: other signs or blanks than printed"
SPECTER, GRAPH = "2020.acl-main.207", "N18-3011"

GOLD_ERRORS: tuple[GoldError, ...] = (
    GoldError(
        SPECTER, "Likewise, methods that do use inter-document", CITATION, "Chen et al., 2019) have yet to"
    ),
    GoldError(
        SPECTER, "In experiments, we show that SPECTER's", INTRUDER, "2SPECTER: Scientific Paper Embeddings"
    ),
    GoldError(SPECTER, "https://github.com/allenai/scidocs", NOT_BODY, "3https://github.com/allenai/scidocs"),
    GoldError(SPECTER, "Figure 1: Overview of SPECTER", NOT_BODY, "Figure 1: Overview of SPECTER"),
    GoldError(
        SPECTER,
        "Recently, pretrained Transformer networks",
        CITATION,
        "Yang et al., 2019; Liu et al., 2019); we use",
    ),
    GoldError(SPECTER, 'We denote as "hard negatives"', FORMULA, "if P1cite−−→P2 and P2cite−−→P3"),
    GoldError(SPECTER, "but P 1 cite", FORMULA, "but P1 6cite−−→ P3, then P3 is"),
    GoldError(
        SPECTER,
        "We also experimented with other distance",
        NOT_BODY,
        "6We also experimented with other distance",
    ),
    GoldError(
        SPECTER,
        "For SPECTER, we also perform an online A/B test to measure whether its advantages E",
        INTRUDER,
        "9Embeddings are L2",
    ),
    GoldError(
        SPECTER,
        "Training Data To train our model",
        CITATION,
        "Semantic Scholar corpus (Ammar et al., 2018) consisting",
    ),
    GoldError(
        SPECTER,
        "We also compare with Citeomatic ,",
        CITATION,
        "Citeomatic (Bhagavatula et al., 2018), a closely",
    ),
    GoldError(
        SPECTER, "(which makes sense, as we would expect venues", INTRUDER, "13We experimented with both"
    ),
    GoldError(
        SPECTER, "Neither were helpful.", NOT_BODY, "13We experimented with both concatenating authors"
    ),
    GoldError(SPECTER, "14 Venue information", NOT_BODY, "14Venue information in our data"),
    GoldError(
        SPECTER, "Recent representation learning methods", CITATION, "data (Peters et al., 2018; Radford"
    ),
    GoldError(
        SPECTER, "There have been other efforts", CITATION, "Ganesh et al., 2016; Liu et al., 2017; Wu"
    ),
    GoldError(SPECTER, "We also experimented with further", NOT_BODY, "15We also experimented with further"),
    GoldError(SPECTER, "(Tu et al., 2017;", CITATION, "Tu et al., 2017; Zhang et al., 2018"),
    GoldError(
        SPECTER,
        "These works typically do not leverage",
        CITATION,
        "recent work by Wang et al. (2019), they cannot",
    ),
    GoldError(SPECTER, "A Appendix A", RUN_ON, "A Appendix A - Baseline Details"),
    GoldError(SPECTER, "Since SIF is a sum", RUN_ON, "is 300. 5. ELMo ELMo (Peters et al., 2018) provides"),
    GoldError(
        SPECTER,
        "6. Citeomatic The most relevant",
        CITATION,
        "Citeomatic (Bhagavatula et al., 2018), which is",
    ),
    # in S2ORC's JSON only
    GoldError(SPECTER, "Triplet loss =max", FORMULA, "Triplet loss"),
    GoldError(SPECTER, "EQUATION", FORMULA, "Triplet loss"),
    GoldError(SPECTER, "L = max d P Q", FORMULA, "triplet margin loss function:"),
    GoldError(SPECTER, "d(P A , P B )", FORMULA, "norm distance:"),
    GoldError(
        SPECTER,
        "Venue normalization could help improve results. with",
        RUN_ON,
        "Venue normalization could help improve results.",
    ),
    GoldError(SPECTER, "https://www.nlm.nih.gov/mesh", NOT_BODY, "7https://www.nlm.nih.gov/mesh"),
    GoldError(
        SPECTER, "11 https://github.com/allenai/specter", NOT_BODY, "11https://github.com/allenai/specter"
    ),
    GoldError(
        SPECTER,
        "We also experimented with additional fields",
        NOT_BODY,
        "4We also experimented with additional fields",
    ),
    GoldError(SPECTER, "See §7 for a discussion of using", NOT_BODY, "5It is also possible to encode title"),
    GoldError(
        SPECTER, "However, in our experiments this resulted", NOT_BODY, "5It is also possible to encode title"
    ),
    GoldError(SPECTER, "Embeddings are L2 normalized", NOT_BODY, "9Embeddings are L2 normalized"),
    GoldError(SPECTER, "Learning rate linear warmup", NOT_BODY, "10Learning rate linear warmup"),
    GoldError(
        GRAPH,
        "In this paper, we focus on the problem of extracting",
        INTRUDER,
        "Figure 1: Part of the literature graph.",
    ),
    GoldError(GRAPH, "We instantiate a directed citation edge", FORMULA, "for each p2 referenced in p1."),
    GoldError(GRAPH, "1 We encode a symmetric relation", FORMULA, "between m1 and m2 as two directed edges"),
    GoldError(GRAPH, "While training the LM parameters", FORMULA, "is used to predict tkC1"),
    GoldError(
        GRAPH, "See and for more details.", CITATION, "See Peters et al. (2017) and Ammar et al. (2017) for"
    ),
    GoldError(GRAPH, "where g k and h k", FORMULA, "gk and hk are defined similarly to g"),
    GoldError(
        GRAPH, "In the deployed system, we use three instances", INTRUDER, "Description F1 Without LM 49.9"
    ),
    GoldError(GRAPH, "With LM 54.1", INTRUDER, "With LM 54.1 Avg. of 15 models with LM 55.2 Table 3:"),
    GoldError(
        GRAPH, "Additionally, we include numerical features", INTRUDER, "Table 4: The Bag of Concepts F1"
    ),
    GoldError(GRAPH, 'We also experimented with a "pure"', NOT_BODY, "4We also experimented with a"),
    GoldError(GRAPH, "5 The TagMe APIs", NOT_BODY, "5The TagMe APIs are described"),
    GoldError(GRAPH, "Table 2: Document-level evaluation", NOT_BODY, "Table 2: Document-level evaluation"),
    GoldError(GRAPH, "Table 2 : Document-level evaluation", NOT_BODY, "Table 2: Document-level evaluation"),
    GoldError(GRAPH, "Variants of this problem are also known", NOT_BODY, "9Variants of this problem"),
    # in S2ORC's JSON only
    GoldError(GRAPH, "g ! k D LSTM", FORMULA, "used to predict tkC1"),
    GoldError(GRAPH, "f.m/ D OEv", FORMULA, "respectively, as follows:"),
    GoldError(GRAPH, "The ScienceParse libraries can be found", NOT_BODY, "2The ScienceParse libraries"),
    GoldError(GRAPH, "http://rtw.ml.cmu.edu", NOT_BODY, "7http://rtw.ml.cmu.edu"),
    # in the abstract
    GoldError(
        GRAPH, "Due to space constraints, we opted", NOT_BODY, "1Due to space constraints, we opted not"
    ),
)
