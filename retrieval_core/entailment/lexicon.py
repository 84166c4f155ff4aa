"""The words that turn a sentence: opposites, negation, hedging, findings. Lists written for this project.

The words of ``AXES`` are compared by stem, the others as they stand.
"""

from __future__ import annotations

FUNCTION_WORDS = frozenset(
    """a about above across after against all along also although am among an and another any are as at
    be because been before being below between both but by can could did do does doing done due during each
    either et for from further had has have having he her here hers him his how however i if in into is it its
    itself let me more most much must my neither no nor not of off on once one only onto or other our ours out
    over own per rather same she should since so some such than that the their theirs them then there these
    they this those though through thus to too toward towards under until up upon us very via was we were what
    when where whether which while who whom whose why will with within without would yet you your al s t
    don't doesn't didn't isn't aren't wasn't weren't can't cannot couldn't won't""".split()
)

NEGATIONS = frozenset(
    """no not never none nor neither without cannot lack lacks lacked lacking absent absence fail fails failed
    failure unable unlikely hardly don't doesn't didn't isn't aren't wasn't weren't can't couldn't won't
    hasn't haven't nothing nobody rarely unrelated independent""".split()
)

HEDGES = frozenset(
    """may might could possibly perhaps suggest suggests suggested suggesting seem seems appear appears likely
    potential potentially probably hypothesize hypothesized hypothesis speculate propose proposed
    putative""".split()
)

FINDINGS = frozenset(
    """show shows showed shown demonstrate demonstrates demonstrated find finds found reveal reveals revealed
    conclude concludes conclusion conclusions conclusively confirm confirms confirmed indicate indicates
    indicated result results resulted identify identified report reported observe observed significantly
    outperform outperforms outperformed achieve achieves achieved establish established provide""".split()
)

QUESTIONS = frozenset(
    """whether investigate investigated aim aimed aims objective unknown unclear uncertain evaluate evaluated
    examine examined assess assessed determine sought purpose explore explored elusive controversial debated
    background design setting""".split()
)

CONTRASTS = frozenset(
    """but however instead rather contrary contrast although despite unlike whereas unexpectedly
    paradoxically surprisingly conversely nevertheless""".split()
)

# Each axis has two ends; a claim at one end and evidence at the other speak against each other.
AXES: dict[str, tuple[str, str]] = {
    "amount": (
        """increase increased increases increasing elevate elevated elevates elevation enhance enhanced enhances
        promote promotes promoted upregulate upregulated upregulation upregulates activate activates activated
        activation induce induces induced induction stimulate stimulates stimulated higher high greater
        more raise raised raises rise rises risen rising rose gain accelerate accelerates accelerated
        facilitate facilitates strengthen amplify amplifies amplified augment augments augmented boost boosts
        grow grew growth grows potentiate potentiates potentiated expand expands expansion longer larger most
        accumulate accumulation exceed surpass double doubled overexpression hyper up many strong stronger
        extend extends extended prolong prolongs encourage encourages encouraged trigger triggers triggered
        initiate drive drives intensify multiply surge added addition adding maximal maximum widen broaden""",
        """decrease decreased decreases decreasing reduce reduced reduces reduction reducing lower low lowered
        lowers inhibit inhibits inhibited inhibition inhibitor suppress suppresses suppressed suppression attenuate
        attenuates attenuated attenuation downregulate downregulated downregulates downregulation block blocks
        blocked blocking fewer less loss lose lost decline declines declined diminish diminishes diminished
        impair impairs impaired abolish abolished abolishes prevent prevents prevented preventing
        deplete depleted depletion drop drops dropped fall falls fell weaken weak weaker shorten shorter
        smaller smallest least limit limits limited restrict restricts repress represses repressed repression
        deficient deficiency knockdown knockout silencing delay delays delayed slow slows slower ameliorate
        ameliorates disrupt disrupts disrupted degrade degrades degradation hypo down few
        inactivate inactivation abrogate abrogated eliminate eliminates protect protects protective
        protected halve halved halt halts halted stop stops stopped arrest remove removes removed removal
        discourage counteract counteracts oppose antagonize narrow shrink shrinks minimal minimum cease quench
        mitigate mitigates alleviate alleviates curb hinder hinders withdrawal""",
    ),
    "quality": (
        """improve improves improved improvement improving better best effective efficacious efficacy benefit
        beneficial benefits superior success successful successfully safe outperform outperforms outperformed
        advantage advantageous robust accurate efficient recover recovery restore restores cure tolerated
        protective protect useful helpful sufficient good favorable valid reliable state-of-the-art""",
        """worsen worsens worsened worse worst ineffective inefficient harm harmful harms inferior failure
        unsafe dangerous underperform disadvantage poor poorer poorly inaccurate adverse toxic toxicity
        detrimental damage damages deteriorate deteriorated deterioration impair impairs useless insufficient
        bad unfavorable invalid unreliable risky aggravate exacerbate exacerbates exacerbated""",
    ),
    "relation": (
        """associated association associate linked link correlate correlated correlation correlates related
        relationship dependent depends depend predictive predict predicts predictor interact interacts
        interaction involved influence influences affect affects impact contribute contributes cause causes
        caused effect role""",
        """independent independently unrelated unaffected irrespective unchanged regardless dispensable
        uncorrelated similar comparable unaltered irrelevant""",
    ),
    "necessity": (
        "required require requires necessary essential need needs crucial critical indispensable mandatory",
        "dispensable unnecessary redundant optional sufficient",
    ),
    "presence": (
        """presence present express expressed expresses detect detected found contain contains possess positive
        available exist exists""",
        "absence absent lack lacks lacking undetectable missing negative unavailable devoid free deficient null",
    ),
    "sign": ("positive positively", "negative negatively inverse inversely"),
    "frequency": (
        "common commonly frequent frequently prevalent often usually always majority most widespread abundant",
        "rare rarely infrequent uncommon seldom never minority sparse scarce",
    ),
    "time": ("early earlier before prior first acute short", "late later after subsequent last chronic long"),
    "sex": ("male males men man boys boy", "female females women woman girls girl"),
    "age": (
        "young younger child children infant infants adolescent adolescents",
        "old older elderly adult adults",
    ),
    "likeness": (
        "same similar similarly identical comparable equal equivalent alike equally",
        "different differ differs differed difference differences distinct dissimilar unequal diverge",
    ),
    "direct": ("direct directly", "indirect indirectly"),
    "local": (
        "local specific specifically exclusively only alone restricted",
        "global general widespread systemic",
    ),
    "pole": (
        "agonist agonists activator inducer",
        "antagonist antagonists inhibitor inhibitors blocker blockade",
    ),
    "stable": ("stable stability stabilize stabilizes maintain", "unstable instability destabilize variable"),
    "resistance": (
        "resistance resistant tolerance",
        "sensitivity sensitive susceptible susceptibility vulnerable",
    ),
    "survival": ("survival survive survived alive", "death mortality die died deaths lethal fatal dead"),
}

# Prefixes that reverse a word: "hypertension" against "hypotension", "stable" against "unstable".
OPPOSITE_PREFIXES = (
    ("hyper", "hypo"),
    ("up", "down"),
    ("over", "under"),
    ("pro", "anti"),
    ("intra", "extra"),
    ("endo", "exo"),
    ("mono", "poly"),
    ("mono", "multi"),
    ("homo", "hetero"),
    ("pre", "post"),
    ("in", "ex"),
    ("in", "de"),
    ("im", "ex"),
    ("ac", "de"),
    ("", "un"),
    ("", "non"),
    ("", "dis"),
    ("", "de"),
    ("", "in"),
    ("", "im"),
    ("", "anti"),
    ("", "ir"),
)

# What a study says when it saw nothing; looked for in the lower-case text.
NO_EFFECT = (
    "no significant", "not significant", "no difference", "no differences", "did not differ", "not differ",
    "no association", "not associated", "no evidence", "no effect", "not affect", "no increase", "no change",
    "not change", "unchanged", "similar between", "similar to", "were similar", "was similar", "not improve",
    "not reduce", "not increase", "comparable", "non-significant", "nonsignificant", "no benefit", "not alter",
    "not correlate", "no correlation", "no relationship", "unaffected", "as effective as", "not superior",
    "not inferior", "neither", "little evidence", "insufficient evidence", "no clear", "no impact", "lack of",
    "does not", "did not", "do not", "not significantly", "independent of", "no improvement",
)  # fmt: skip
