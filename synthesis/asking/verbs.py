"""English verbs that questions of research turn on, and their forms: "improve" → "improves", "improved".

Which word of a question is its verb cannot be told from spelling ("Does temperature increase affect yield?"), so the
verbs stand in three sets, from those that are hardly ever nouns to those that mostly are.
"""

from __future__ import annotations

CLEAR = frozenset(
    """accelerate achieve acquire activate adapt address adjust affect aggravate agree alleviate allow alter ameliorate
    amplify apply arise arrive assess attain attenuate automate avoid become behave belong bring build calibrate
    capture carry choose classify coexist coincide communicate compare compensate comprehend compress comprise
    compute confer confirm confound consider construct contain contribute converge cope correlate correspond
    create decay decode define degrade deliver depend describe deserve detect deteriorate determine develop
    differ diminish discourage discover discriminate disrupt distinguish diverge do elicit eliminate elucidate
    embed emerge emulate enable encode encourage enhance ensure evaluate evolve exacerbate examine exceed excel
    exclude execute exist expand explain exploit explore extract facilitate fail find forget fulfil generalise
    generate give grow guarantee hallucinate happen harbour have hear help hinder hurt identify ignore imitate
    impair impede implement imply impose improve include incorporate induce infer inform inherit inhibit inspire
    integrate interact interfere interpret introduce invoke involve justify know lead learn leverage lose
    maintain make matter mediate memorise merge mimic minimise misrepresent mitigate modify modulate motivate
    navigate negate negotiate obtain occur organise outperform outweigh overcome overestimate overfit parse
    perform persist possess predict predispose prefer preserve pretrain prevent produce prolong promote protect
    prove provide provoke pursue quantify reach react read receive recognise reconstruct recover rectify reduce
    reflect regulate reinforce relate rely remain remember remove replace represent reproduce require resist
    resolve respond restore retain retrieve reveal satisfy save scavenge select serve simulate solve speak
    stabilise stimulate strengthen strive succeed suffer suffice suggest suppress surpass survive sustain tackle
    teach tell tend think threaten tolerate transform translate transmit trust uncover underestimate undergo underperform
    understand utilise vanish vary verify warrant weaken worsen write"""
    .split()
)  # fmt: skip
# Nouns as well, but as the verb of a question they are common.
EFFECTS = frozenset(
    """aid beat benefit boost cause change collapse damage decline decrease delay drive estimate harm impact increase
    influence lack limit lower need raise respect result shape shift support trigger use work""".split()
)
# Mostly nouns.
NOUNISH = frozenset(
    """answer balance block bridge compete control cost cover cut draw drop ease exhibit express fall favour fit focus
    follow form function gain get guide handle hold keep lie look match mean mirror model monitor offer pay plan
    play process rank reason record report rescue retreat rise run scale score search see share show slow speed
    stand stop take track train transfer treat yield""".split()
)
VERBS = CLEAR | EFFECTS | NOUNISH
# Of those, what takes no object: a word right behind one is the verb, known or not ("sea level rise endangers").
INTRANSITIVE = frozenset("collapse compete decline fall function lie look retreat rise".split())

_THIRD = {"be": "is", "do": "does", "have": "has", "go": "goes"}
# base → past, participle
_IRREGULAR = {
    "arise": ("arose", "arisen"),
    "be": ("was", "been"),
    "beat": ("beat", "beaten"),
    "become": ("became", "become"),
    "bring": ("brought", "brought"),
    "build": ("built", "built"),
    "cost": ("cost", "cost"),
    "cut": ("cut", "cut"),
    "do": ("did", "done"),
    "drive": ("drove", "driven"),
    "fall": ("fell", "fallen"),
    "fit": ("fit", "fit"),
    "forget": ("forgot", "forgotten"),
    "get": ("got", "got"),
    "give": ("gave", "given"),
    "grow": ("grew", "grown"),
    "have": ("had", "had"),
    "hold": ("held", "held"),
    "hurt": ("hurt", "hurt"),
    "keep": ("kept", "kept"),
    "lead": ("led", "led"),
    "lose": ("lost", "lost"),
    "make": ("made", "made"),
    "mean": ("meant", "meant"),
    "overcome": ("overcame", "overcome"),
    "pay": ("paid", "paid"),
    "prove": ("proved", "proven"),
    "rise": ("rose", "risen"),
    "run": ("ran", "run"),
    "see": ("saw", "seen"),
    "show": ("showed", "shown"),
    "speak": ("spoke", "spoken"),
    "take": ("took", "taken"),
    "undergo": ("underwent", "undergone"),
    "understand": ("understood", "understood"),
}
_DOUBLED = frozenset("confer control drop embed excel infer occur overfit plan prefer stop transfer".split())
_VOWELS = frozenset("aeiou")


def base_form(word: str) -> str | None:
    """The verb that a word is the base form of, in British spelling; ``None`` for any other word.

    >>> base_form("Generalize"), base_form("improve"), base_form("improves")
    ('generalise', 'improve', None)
    """
    folded = word.casefold()
    british = folded[:-3] + "ise" if folded.endswith("ize") else folded
    british = {"favor": "favour"}.get(british, british)
    return british if british in VERBS else None


def third_person(verb: str) -> str:
    """The form behind "he": any base form will do, known or not.

    >>> [third_person(v) for v in ("improve", "carry", "outperform", "reach", "have", "generalize")]
    ['improves', 'carries', 'outperforms', 'reaches', 'has', 'generalizes']
    """
    if verb in _THIRD:
        return _THIRD[verb]
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        return f"{verb}es"
    if verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        return f"{verb[:-1]}ies"
    return f"{verb}s"


def past(verb: str) -> str:
    """The past tense.

    >>> [past(v) for v in ("improve", "carry", "lead", "occur", "help")]
    ['improved', 'carried', 'led', 'occurred', 'helped']
    """
    return _IRREGULAR[verb][0] if verb in _IRREGULAR else _regular(verb)


def participle(verb: str) -> str:
    """The past participle.

    >>> [participle(v) for v in ("improve", "give", "transfer")]
    ['improved', 'given', 'transferred']
    """
    return _IRREGULAR[verb][1] if verb in _IRREGULAR else _regular(verb)


def _regular(verb: str) -> str:
    if verb.endswith("e"):
        return f"{verb}d"
    if verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        return f"{verb[:-1]}ied"
    return f"{verb}{verb[-1]}ed" if verb in _DOUBLED else f"{verb}ed"
