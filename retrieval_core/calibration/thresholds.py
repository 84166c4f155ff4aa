"""A stated risk to the least confidence at which a verdict may be stated, with a finite-sample guarantee.

``expectation`` (the default). The least confidence t with (wrong(t) + 1) / (stated(t) + 1) ≤ risk among the labelled
verdicts at t or above: the next verdict is counted as wrong before it is seen (conformal risk control, Angelopoulos,
Bates, Fisch, Lei, Schuster 2022; the same count is knockoff+'s, Barber and Candès 2015). For verdicts exchangeable with
the labelled ones, P(stated and wrong) ≤ risk · P(stated), where the right-hand side lets the threshold count the new
verdict by its true label, which moves it by one verdict at most. Proof: if the new verdict is wrong and stated, the
count above with it added as wrong is the plain count wrong / stated over all n + 1, so it is also stated by the
threshold t* of the plain count; t* is a symmetric function of the n + 1, so the new one is as likely to be any of
those stated at t*, of which at most the share ``risk`` is wrong.
With few labels t* states more than t, so among the rare small sets that state something more than ``risk`` may be
wrong, and a judge whose confidence tells nothing is caught late: ``benchmarks/abstention.py`` prints by how much.

``high-probability``. With probability 1 − delta over the draw of the labelled verdicts, the share of wrong verdicts
among those stated is at most the risk: thresholds are tested from several starts downwards, each by the exact binomial
tail, until one fails (fixed-sequence testing with several starts; Learn then Test, Angelopoulos, Bates, Candès, Jordan,
Lei 2021; the binomial bound is Geifman and El-Yaniv's, 2017). Confidences are taken as given, where the binomial tail
bounds that of errors of unlike probability (Hoeffding 1956).

The first is the default because it is what a report promises, "at most 10 % wrong" over all its readers, and because
it states verdicts from 1/risk − 1 labelled ones on; the second needs several times as many before it states any.
Both rise with nothing but the risk: a larger risk never gives a larger threshold.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from retrieval_core.calibration.curves import Verdicts

Guarantee = Literal["expectation", "high-probability"]

DELTA = 0.1
LEAST_START = 10  # verdicts; starts of the tests are n, n/2, n/4 … down to this
MIN_OF_LABEL = 50  # verdicts of one leaning; with fewer its threshold is the common one


def threshold_at(
    verdicts: Verdicts, risk: float, *, guarantee: Guarantee = "expectation", delta: float = DELTA
) -> float | None:
    """The least confidence that is stated at ``risk``; ``None`` if none is. See the module for what it guarantees.

    Raises ``InputError`` unless 0 < risk < 1, 0 < delta < 1, and the guarantee is known.
    """
    if not 0 < risk < 1:
        raise InputError(
            f"The risk is {risk}; it is a share of wrong verdicts, so more than 0 and less than 1."
        )
    if not 0 < delta < 1:
        raise InputError(f"delta is {delta}; it is a probability of failure, so more than 0 and less than 1.")
    confidence, errors, ends = _ranked(verdicts)
    if guarantee == "expectation":
        n = np.arange(1, len(confidence) + 1)
        passed = np.flatnonzero(ends & ((errors + 1) / (n + 1) <= risk))
        return float(confidence[passed[-1]]) if len(passed) else None
    if guarantee == "high-probability":
        last = _last_tested(errors, np.flatnonzero(ends), risk, delta)
        return None if last is None else float(confidence[last])
    raise InputError(f'Unknown guarantee {guarantee!r}; expected "expectation" or "high-probability".')


def stated_across_folds(
    verdicts: Verdicts, risk: float, *, guarantee: Guarantee = "expectation", delta: float = DELTA
) -> tuple[int, int]:
    """(stated, wrong) when each fold's verdicts are stated by the threshold of the other folds; (0, 0) without folds."""
    stated = wrong = 0
    for fold in sorted(set(verdicts.fold)):
        others = verdicts.where([other != fold for other in verdicts.fold])
        least = threshold_at(others, risk, guarantee=guarantee, delta=delta)
        own = verdicts.where([other == fold for other in verdicts.fold])
        passed = [
            right
            for sure, right in zip(own.confidence, own.correct, strict=True)
            if least is not None and sure >= least
        ]
        stated, wrong = stated + len(passed), wrong + passed.count(False)
    return stated, wrong


def verdicts_of(verdicts: Verdicts, label: str | None) -> Verdicts:
    """Those whose leaning is ``label`` if they are ``MIN_OF_LABEL`` at least, else all."""
    own = [leaning == label for leaning in verdicts.leaning]
    return verdicts.where(own) if sum(own) >= MIN_OF_LABEL else verdicts


def _ranked(verdicts: Verdicts) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """By falling confidence: confidences, errors so far, and whether a rank ends a run of ties; all (n,)."""
    confidence = np.array(verdicts.confidence, dtype=np.float64)
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    errors = np.cumsum(~np.array(verdicts.correct, dtype=bool)[order])
    ends = np.append(ranked[1:] != ranked[:-1], True) if len(ranked) else np.zeros(0, dtype=bool)
    return ranked, errors, ends


def _last_tested(errors: NDArray[np.int64], ends: NDArray[np.int64], risk: float, delta: float) -> int | None:
    """The last rank (from 0) at which a test that began above it still rejects "more than ``risk`` is wrong".

    Starts depend on the confidences alone, neither on what was right nor on the risk.
    """
    n = len(errors)
    halvings = max(0, math.floor(math.log2(n / LEAST_START))) if n >= LEAST_START else -1
    starts = {int(np.searchsorted(ends, math.ceil(n / 2**i) - 1)) for i in range(halvings + 1)}
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    reached = -1
    for start in sorted(starts):
        if start <= reached:  # an earlier chain has passed here
            continue
        for place in range(start, len(ends)):
            rank = int(ends[place])
            if _binomial_tail(int(errors[rank]), rank + 1, risk, log_factorial) > delta / len(starts):
                break
            reached = place
    return int(ends[reached]) if reached >= 0 else None


def _binomial_tail(wrong: int, n: int, risk: float, log_factorial: NDArray[np.float64]) -> float:
    """P(at most ``wrong`` of ``n``) where each is wrong with probability ``risk``."""
    k = np.arange(wrong + 1)
    logs = (
        log_factorial[n]
        - log_factorial[k]
        - log_factorial[n - k]
        + k * math.log(risk)
        + (n - k) * math.log1p(-risk)
    )
    return float(min(1.0, np.exp(logs).sum()))
