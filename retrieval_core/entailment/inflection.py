"""English verbs as claims use them: their forms by rule, and which verb a word may be a form of."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

Form = Literal["base", "third", "past"]

VERBS = frozenset(
    """abolish accelerate accept account accumulate achieve acquire act activate adapt add admit
    advise announce approve authorize discover publish receive warn address adhere adopt affect
    aggravate agree aid aim alleviate allow alter ameliorate amplify antagonize appear apply argue arise assess assist
    associate attack attenuate attract attribute avoid bear become begin behave benefit bind block boost bring bypass
    carry catalyze catch cause cease change characterize circulate claim cleave colonize combine come compensate
    compete complete complicate comprise compromise conclude confer confirm conserve consist constitute constrain
    consume contain continue contract contradict contribute control convert convey correlate correspond counteract
    cover create cross cure curb damage deactivate decline decrease defend define degrade delay deliver demonstrate
    depend deplete depress derive describe destabilize destroy detect deteriorate determine develop die differ
    differentiate diminish disappear discourage display disrupt distinguish diverge dominate double downregulate drive
    drop effect elevate elicit eliminate emerge employ enable encode encounter encourage engage enhance ensure enter
    escape establish evade evolve exacerbate exceed excel exert exhibit exist expand experience explain expose express
    extend face facilitate fail fall favor favour feature feed fight find fit follow force form foster fuel function
    gain generalize generate get give go govern grow guide halt harbor harm have help hinder hold identify illustrate
    impact impair impede imply improve include increase indicate induce infect infiltrate influence inform inhibit
    initiate interact interfere internalize introduce invade involve keep kill know lack last lead leave lengthen
    lessen lie limit link live localize lose lower maintain make maximize mean measure mediate migrate mimic minimize
    mitigate modify modulate move need negate neutralize normalize obtain occupy occur offer operate originate outnumber
    outperform outweigh overcome overestimate overlap participate perform permit persist phosphorylate play point pose
    possess precede predict predispose present preserve prevent proceed process produce progress proliferate prolong
    promote protect prove provide raise range reach react recognize recommend recommit recover recruit rectify redirect
    reduce reflect regress regulate reject relate release relieve rely remain remove render repair replace replicate
    report represent repress require reside resist resolve respond restore restrict result retain return reveal reverse
    rise sample save score secrete select sensitize separate serve shape share shed shift shorten show shrink signal
    silence slow span spare speed spread stabilize start stem stimulate stop strengthen struggle suffer suggest support
    suppress surpass survive sustain switch take target tend terminate test tolerate trigger turn undergo underlie
    underestimate underperform undermine use upregulate utilize vary warrant weaken widen withstand work worsen
    yield""".split()
)

# Base → (past, participle); the rest take -ed.
_IRREGULAR = {
    "arise": ("arose", "arisen"), "bear": ("bore", "borne"), "become": ("became", "become"),
    "begin": ("began", "begun"), "bind": ("bound", "bound"), "bring": ("brought", "brought"),
    "catch": ("caught", "caught"), "come": ("came", "come"), "drive": ("drove", "driven"),
    "fall": ("fell", "fallen"), "feed": ("fed", "fed"), "fight": ("fought", "fought"),
    "find": ("found", "found"), "get": ("got", "got"), "give": ("gave", "given"), "go": ("went", "gone"),
    "grow": ("grew", "grown"), "have": ("had", "had"), "hold": ("held", "held"), "keep": ("kept", "kept"),
    "know": ("knew", "known"), "lead": ("led", "led"), "leave": ("left", "left"), "lie": ("lay", "lain"),
    "lose": ("lost", "lost"), "make": ("made", "made"), "mean": ("meant", "meant"),
    "overcome": ("overcame", "overcome"), "prove": ("proved", "proven"), "rise": ("rose", "risen"),
    "shed": ("shed", "shed"), "show": ("showed", "shown"), "shrink": ("shrank", "shrunk"),
    "speed": ("sped", "sped"), "spread": ("spread", "spread"), "take": ("took", "taken"),
    "undergo": ("underwent", "undergone"), "underlie": ("underlay", "underlain"),
    "withstand": ("withstood", "withstood"),
}  # fmt: skip
# Stressed last syllables double their consonant: "drop" → "dropped", but "target" → "targeted".
_DOUBLING = frozenset("aid stop drop fit stem admit occur prefer infer confer refer transfer control curb".split()) - {
    "aid", "curb",
}  # fmt: skip
_OTHER_PARTICIPLES = frozenset(
    """been done gone seen said told brought built bought caught chosen cut drawn eaten fallen felt forgotten found given
    grown heard held kept left lent lost meant met paid put read run seen sent set sold spent spoken stood stolen taught
    thought thrown understood won worn written broken begun come become""".split()
)
_VOWELS = frozenset("aeiou")


class Verb(NamedTuple):
    """A verb in one of its finite forms."""

    base: str
    form: Form


def third(base: str) -> str:
    """The third person singular: reduce → reduces, modify → modifies, suppress → suppresses.

    >>> third("modify")
    'modifies'
    """
    if base == "have":
        return "has"
    if base.endswith("y") and base[-2] not in _VOWELS:
        return base[:-1] + "ies"
    return base + ("es" if base.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")


def past(base: str) -> str:
    """The simple past: reduce → reduced, drop → dropped, lead → led."""
    return _IRREGULAR[base][0] if base in _IRREGULAR else _with_ed(base)


def participle(base: str) -> str:
    """The past participle: show → shown."""
    return _IRREGULAR[base][1] if base in _IRREGULAR else _with_ed(base)


def gerund(base: str) -> str:
    """The form in -ing: reduce → reducing, drop → dropping."""
    if base.endswith("ie"):
        return base[:-2] + "ying"
    if base.endswith("e") and not base.endswith(("ee", "oe", "ye")):
        return base[:-1] + "ing"
    return base + (base[-1] if base in _DOUBLING else "") + "ing"


def verbs_of(word: str) -> tuple[Verb, ...]:
    """The verbs that a lower-case word may be a finite form of.

    >>> verbs_of("led")
    (Verb(base='lead', form='past'),)
    """
    return _forms().get(word, ())


def is_participle(word: str) -> bool:
    """Whether a lower-case word may be a past participle: of a known verb, or by its ending."""
    return word in _participles() | _OTHER_PARTICIPLES or (word.endswith("ed") and len(word) > 4)


def article(word: str) -> str:
    """The indefinite article before a word, by its spelling: "an increase", "a unique", "an RNA".

    >>> article("increase"), article("useful")
    ('an', 'a')
    """
    if len(word) > 1 and word[:2].isupper():  # letters are read out
        return "an" if word[0] in "AEFHILMNORSX" else "a"
    low = word.lower()
    if low.startswith(("uni", "use", "usu", "uti", "eu", "one", "uro", "ubi")):
        return "a"
    return "an" if low[:1] in _VOWELS or low.startswith(("hour", "honest")) else "a"


def _with_ed(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in _VOWELS:
        return base[:-1] + "ied"
    return base + (base[-1] if base in _DOUBLING else "") + "ed"


@lru_cache(maxsize=1)
def _forms() -> dict[str, tuple[Verb, ...]]:
    table: dict[str, list[Verb]] = {}
    for base in sorted(VERBS):
        forms: tuple[tuple[str, Form], ...] = ((base, "base"), (third(base), "third"), (past(base), "past"))
        for word, form in forms:
            table.setdefault(word, []).append(Verb(base, form))
    return {word: tuple(verbs) for word, verbs in table.items()}


@lru_cache(maxsize=1)
def _participles() -> frozenset[str]:
    return frozenset(participle(base) for base in VERBS)
