"""The form's own words for the PDF, by the names under which its template asks for them.

Typst is handed words as data: what stands between braces is filled there, with text or with what typst draws.
"""

from __future__ import annotations

from synthesis.wording import say


def words() -> dict[str, str]:
    """Name → words in the spoken language."""
    return _of_the_form() | _of_results() | _of_claims() | _of_appendices()


def _of_the_form() -> dict[str, str]:
    return {
        "comma": say(", "),
        "pages": say("page {page} of {pages}"),
        "abstract": say("Abstract"),
        "changes": say("What changed since the earlier report"),
        "introduction": say("Introduction"),
        "methodology": say("Methodology"),
        "not_searched": say("Not searched"),
        "results": say("Results"),
        "limitations": say("Limitations"),
        "extracted_claims": say("Extracted Claims"),
        "references": say("References"),
        "retracted": say("Retracted."),
        "attachment": say("The report as data, to be read back by synthesis verify"),
    }


def _of_results() -> dict[str, str]:
    return {
        "answer": say("Answer to the question"),
        "hypothesis": say("The question read as a statement"),
        "speaks_of": say("The evidence speaks of:"),
        "silent_on": say("The evidence does not speak of:"),
        "coverage": say("What the question asks and what the evidence covers"),
        "asked": say("Asked"),
        "covered": say("Covered"),
        "papers_on_it": say("Papers on it"),
        "claims_on_it": say("Claims on it"),
        "gaps": say("Gaps"),
        "others_report": say("What other papers report"),
        "paper": say("Paper"),
        "system": say("System"),
        "value": say("Value"),
        "relation": say("Relation"),
        "quote": say("Quote"),
        "handed_in": say("handed in"),
        "contradictions": say("Contradictions side by side"),
        "verdict_on": say("Verdict on"),
        "before": say("Before"),
        "after": say("After"),
        "because_of": say("Because of"),
        "decisive": say("A paper is decisive where the verdict would have stayed as it was without it."),
        "movers": say("Papers that came, went or changed"),
        "loads": say("Load-bearing papers"),
        "loads_note": say("Without one of these papers, the verdicts beside it would be different."),
        "now": say("Now"),
        "without": say("Without it"),
        "review": say("Review"),
        "dimension": say("Dimension"),
        "mean": say("Mean"),
        "weight": say("Weight"),
        "revisions": say("What was found and what was done"),
        "round": say("Round"),
        "found": say("Found"),
        "found_by": say("Found by"),
        "done": say("What was done"),
        "mended": say("Mended"),
    }


def _of_claims() -> dict[str, str]:
    return {
        "claim": say("Claim"),
        "claim_number": say("Claim {number}"),
        "claim_reference": say("claim {number}"),
        "verified": say("Verified"),
        "confidence": say("Confidence"),
        "label": say("Label"),
        "confident": say("confidence {confidence}"),
        "verified_mark": say("verified {mark}"),
        "grounded_mark": say("grounded {mark}"),
        "stated_before": say("stated before: {stated}"),
        "read_as": say("Read as:"),
        "disagree": say("Numbers disagree:"),
        "own_paper": say("In its own paper"),
        "supporting": say("Supporting"),
        "contradicting": say("Contradicting"),
        "neither": say("Read, but neither"),
    }


def _of_appendices() -> dict[str, str]:
    return {
        "appendix": say("Appendix {letter}"),
        "search": say("Search"),
        "query": say("Query"),
        "origin": say("Origin"),
        "database": say("Database"),
        "retrieved": say("Retrieved"),
        "held": say("Held"),
        "remark": say("Remark"),
        "failed": say("failed:"),
        "flow": say("Flow of papers"),
        "flow_note": say("Counts per step in PRISMA 2020 terms."),
        "identified": say("Identified"),
        "screened": say("Screened"),
        "duplicates": say("Duplicates removed"),
        "included": say("Included"),
        "excluded": say("Excluded"),
        "calibration": say("Calibration"),
        "measure": say("Measure"),
        "judge_and_calibrator": say("Judge and calibrator"),
        "fitted_on": say("Fitted on"),
        "measured_on": say("Measured on"),
        "ece": say("Expected calibration error"),
        "brier": say("Brier score"),
        "risk": say("Accepted risk"),
        "threshold": say("Threshold"),
        "no_threshold": say("none reaches the risk"),
        "reliability": say(
            "Reliability: how often claims of a stated confidence were right. On the diagonal, both agree; a dot’s area "
            "grows with the number of claims."
        ),
        "stated_confidence": say("stated confidence"),
        "share_right": say("share right"),
        "provenance": say("Provenance"),
        "field": say("Field"),
        "run": say("Run"),
        "version": say("Version"),
        "clock": say("Clock"),
        "seed": say("Seed"),
        "settings": say("Settings (SHA-256)"),
        "judge": say("Judge"),
        "calibrator": say("Calibrator"),
        "ranker": say("Ranker (SHA-256)"),
        "form": say("Form"),
        "measured": say("Measured here"),
    }
