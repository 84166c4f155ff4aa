"""Common words of scientific English that hold fi, fl, ff, ffi or ffl: what a lost ligature may have been."""

from __future__ import annotations

LIGATURES = ("fi", "ff", "fl", "ffi", "ffl")  # tried in this order

# Base forms; endings and prefixes are taken off before a word is looked up.
WORDS = frozenset(
    """
    affect affection affiliate affiliation affine affinity affirm affix afflict affluent afford affordable
    afield afloat airflow amplification amplified amplifier amplifies artificial artificially
    backfill baffle beneficial beneficiary benefit bluff buff buffer butterfly
    cashflow certificate certification certified certifies clarification clarified clarifies
    classification classified classifier classifies cliff codification codified coefficient coffee confidence
    confident confidential confidentially configure config configuration confine confirm confirmation confiscate
    conflate conflation conflict crossfire crucified cuff cutoff
    dataflow defiant deficiency deficient deficit defiance define definite definition definitive deflate deflation
    deflect deflection diff differ difference different differential differentiate differentiation
    differentiable difficult difficulty diffuse diffusion diffusive disqualified diversification diversified
    downfield dropoff
    effect effective effectiveness efficacious efficacy efficiency efficient effort effortless effusive
    electrified exemplified exemplifies exemplification
    falsification falsified falsifies fiber fibre fibrosis fiction fictional fictitious fiddle fidelity fiducial
    field fierce fifteen fifth fifty fig fight figs figurative figure file filename filing fill film filter filthy
    filtration final finale finance financial finalise finalize find finding fine finely finer finest finetune
    finetuning finger fingerprint finish finite fire firefox firewall firm firmware first firsthand firstly fiscal
    fish fission fit fitness fitter fitting five fix fixate fixation fixture flag flagship flair flake flame flank
    flap flare flash flask flat flatten flaw flavor flavour flea fled fledgling flee fleet flesh flew flexibility
    flexible flexibly flicker flight flip float flock flood floor flop flops flora flour flourish flow flower flu
    fluctuate fluctuation fluency fluent fluid fluidity fluorescence fluorescent flush flute flux fly flyer
    fortified
    fulfil fulfill fulfilment
    giraffe graffiti gratification griffin
    handoff horrific huffman
    identification identified identifier identifies identifiable identifiability indifference indifferent inefficient
    infield infidelity infinite infinitely infinity infinitive infinitesimal infix infiltrate inflame inflammation
    inflammatory inflate inflation inflect inflection inflectional inflict inflow influence influential influenza
    influx insufficient intensification intensified
    jiffy justification justified justifies justifiable
    kickoff
    layoff leaflet liquefied
    magnification magnificent magnified misfit modification modified modifier modifies modifiable muffin
    multifield
    notification notified notifies nullified
    off offence offend offense offensive offer office officer official officially officiate offline offload
    offset offshoot offshore offspring outfit outflow overfit overfitting overflow
    pacific payoff personified playoff postfix prefix prefixes profile proficiency proficient profit profitable
    prolific pontificate puff purification purified
    qualification qualified qualifier qualifies quantification quantified quantifier quantifies
    raffle ramification ratification ratified reaffirm reclassified reconfigure rectified rectifier redefine
    refill refine refinement refinery refit reflect reflection reflective reflectance reflex reflexive reflux
    reunification retrofit riff ruffle
    sacrifice satisfied satisfies scaffold scaffolding scientific scientifically scuffle selfish sheriff shuffle
    significance significant significantly signified simplification simplified simplifies
    solidified specific specifically specification specificity specified specifier specifies spinoff staff
    standoff stiff stiffness stratification stratified stuff stuffing stifle suffer suffice sufficiency sufficient
    suffix suffixes suffrage superficial superficially surfing
    takeoff tariff tensorflow terrific testified toffee tradeoff traffic trifle typified
    underfit underfitting underflow unification unified unifies unfit
    verification verified verifier verifies verifiable versification
    waffle whiff wifi workflow
    """.split()
)

_PREFIXES = (
    "",
    "un",
    "re",
    "in",
    "non",
    "mis",
    "co",
    "pre",
    "over",
    "under",
    "sub",
    "de",
    "dis",
    "multi",
    "inter",
)
_ENDINGS = (
    *(
        "",
        "s",
        "es",
        "ed",
        "d",
        "ing",
        "ly",
        "ally",
        "er",
        "ers",
        "est",
        "ness",
        "able",
        "ability",
        "ment",
        "ments",
    ),
    *("al", "ation", "ations", "or", "ors", "ive", "less", "lessly", "y", "ies", "ity"),
)


def is_word(word: str) -> bool:
    """Whether ``word`` (lower case) is one of the list, with a common prefix or ending or a doubled last letter.

    >>> is_word("reflected"), is_word("fitted"), is_word("refined"), is_word("dilerent")
    (True, True, True, False)
    """
    for prefix in _PREFIXES:
        if not word.startswith(prefix):
            continue
        rest = word[len(prefix) :]
        for ending in _ENDINGS:
            if rest.endswith(ending) and _has_stem(rest[: len(rest) - len(ending)], ending):
                return True
    return False


def _has_stem(stem: str, ending: str) -> bool:
    if len(stem) < 3:
        return False
    doubled = len(stem) > 3 and stem[-1] == stem[-2] and stem[:-1] in WORDS
    dropped_e = ending[:1] in set("aeioy") and f"{stem}e" in WORDS
    return stem in WORDS or (bool(ending) and (doubled or dropped_e))
