"""A sentence of a paper → the same claim in words that need no paper around them.

By rule, and only where nothing else can be meant:

* "We show that …", "Our results demonstrate that …" → what is shown (verbs that vouch for it, never "suggest");
* "our method" → the system's name; "we", "our", "this paper" → the authors' names;
* a pronoun or demonstrative that opens the sentence → its one possible antecedent in the sentence before;
* an acronym that the same section defines → written out at its first use.

Every content word of the outcome stands in the sentence, its section, the title or the authors' names, or is one of
the fixed words "authors" and "paper". A sentence that would still lean on another is refused with a reason.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from synthesis.acronyms import expand
from synthesis.antecedents import SINGULAR, antecedent, cites, mentions, named_by, speaks_of_own_work
from synthesis.first_person import PAPER_NOUNS, name_authors, unresolved_person
from synthesis.names import is_name, names_in
from synthesis.paper_names import METHOD_NOUNS, RESOURCE_NOUNS, PaperName
from synthesis.standalone import opening_chars, opening_pronoun, standalone

if TYPE_CHECKING:
    from collections.abc import Mapping

_ADVERBS = r"(?:(?:\w+ly|also|further|furthermore|thus|therefore|first|then|next)\s+){0,2}"
_VOUCHES = (
    r"(?:show(?:s|ed)?|f(?:inds?|ound)|demonstrate[sd]?|observe[sd]?|reveal(?:s|ed)?|confirm(?:s|ed)?|prove[sd]?|establish(?:es|ed)?"
    r"|conclude[sd]?|verif(?:y|ies|ied)|validate[sd]?)"
)
_KINDS = (
    r"(?:extensive|comprehensive|experimental|empirical|systematic|detailed|thorough|further|additional|initial|main|key|"
    r"quantitative|qualitative|human|automatic|ablation|theoretical|evaluation|simulation|experiment|test|final)"
)
_FINDINGS = r"(?:results?|findings?|experiments?|experimentation|analys[ei]s|evaluations?|investigations?|studies|study|work|paper|article|research|ablations?|observations?|simulations?|evidence|data)"
_FRAME = re.compile(
    rf"(?:in this (?:paper|work|study|article),?\s+)?(?:we|I|(?:(?:our|the|these|this|present)\s+){{0,2}}(?:{_KINDS}(?:\s+and)?,?\s+){{0,3}}"
    rf"{_FINDINGS}(?:\s+and\s+(?:{_KINDS}\s+)?{_FINDINGS})?)\s+{_ADVERBS}{_VOUCHES}\s+{_ADVERBS}that\s*[,:]?\s+(?!(?:is|are|was|were|our|this|these|it|they|such)?$)",
    re.IGNORECASE,
)
_ROMANCE_FRAME = re.compile(
    r"(?:(?:nuestros|los|estos)\s+(?:resultados|hallazgos|datos|experimentos)\s+(?:muestran|demuestran|revelan|confirman)\s+que"
    r"|(?:nosotros\s+)?(?:mostramos|demostramos|observamos|encontramos|hallamos|confirmamos)\s+que"
    r"|(?:nos|les|ces)\s+(?:résultats|données|expériences|travaux)\s+(?:montrent|démontrent|révèlent|confirment)\s+qu(?:e\s|['’])"
    r"|nous\s+(?:montrons|démontrons|observons|constatons|trouvons|confirmons|avons\s+(?:montré|démontré|observé|constaté|trouvé))\s+qu(?:e\s|['’])"
    r"|(?:i\s+nostri|questi|i)\s+(?:risultati|dati|esperimenti)\s+(?:mostrano|dimostrano|rivelano|confermano)\s+che"
    r"|(?:noi\s+)?(?:mostriamo|dimostriamo|osserviamo|troviamo|confermiamo|abbiamo\s+(?:mostrato|dimostrato|osservato|trovato))\s+che"
    r")\s*",
    re.IGNORECASE,
)
_PURPOSE = re.compile(
    r"(?:to (?:this|that) end|to [^,;]{1,60}\b(?:this|these|such|that)\b[^,;]{0,40}|(?:in|with) this (?:paper|work|study|article|research)"
    r"|here)\s*,?\s+(?=(?:we|I)\b)",
    re.IGNORECASE,
)
_OWN_OUTCOMES = frozenset(
    "results result findings finding experiments analyses evaluations observations insights contributions gains improvements".split()
)
_DEMONSTRATIVE = re.compile(
    r"(?P<lead>(?:(?:in|for|with|under|on|by|from|to|of|at|through|across|using|despite|unlike|like)\s+)?)"
    r"(?P<word>this|these|such|those|the)\s+(?P<rest>(?:(?:same|new|novel|proposed|simple|unified|resulting|\w+ed|two|three)\s+)*"
    r"(?P<noun>(?!who\b|as\b|that\b|of\b|an?\b|in\b)[a-z][\w-]+))(?![\w-])",
    re.IGNORECASE,
)
# "Our experiments validate this hypothesis": nothing in the sentence says which
_LATE_DEMONSTRATIVE = re.compile(
    r"(?P<before>(?:we|our\s+\w+)\s+(?:\w+\s+){1,3}?)(?P<word>this|these|such)\s+"
    rf"(?P<noun>(?!(?:{'|'.join(sorted(PAPER_NOUNS | _OWN_OUTCOMES))}|a|an|as)\b)[a-z]\w+)",
    re.IGNORECASE,
)
_SECOND_THAT = re.compile(r"((?:,|\b(?:and|but|while))(?:\s+also)?)\s+that\b(?!\s+(?:of|which|is|are))")
_LATE_PRONOUN = re.compile(
    r"(?:in|on|with|under|by|after|compared (?:to|with)|for|at|when|during)\s[^,;]{1,60},\s+(?P<pronoun>it|they)\s+(?!(?:is|was)\s+\w+\s+(?:that|to)\b)",
    re.IGNORECASE,
)


class Reworded(NamedTuple):
    """``text`` is ``None`` where nothing had to change; ``reason`` says why the sentence cannot stand alone."""

    text: str | None = None
    reason: str | None = None


class Surroundings(NamedTuple):
    """What a sentence may lean on: the paper's names, its section's acronyms, and the sentence before."""

    name: PaperName
    acronyms: Mapping[str, str]
    before: str


def reword(sentence: str, around: Surroundings) -> Reworded:
    """The sentence as a claim that stands alone, or why it cannot.

    >>> name = PaperName("Li et al.", "Li et al.'s", True, "CatNet", frozenset({"method"}))
    >>> reword("We show that our method halves language bias.", Surroundings(name, {}, "")).text
    'CatNet halves language bias.'
    """
    hidden = opening_pronoun(sentence)  # it comes before other reasons, so these are asked again in the end
    if not hidden and (reason := standalone(sentence)):
        return Reworded(reason=reason)
    plain = sentence.strip()
    plain = plain[opening_chars(plain) :]
    body, reason = _resolved(_unframed(plain), around)
    if reason or (person := unresolved_person(body)):
        return Reworded(reason=reason or f"unresolved pronoun: “{person}”")
    text = expand(name_authors(body, around.name), around.acronyms)
    if text == plain:
        return Reworded()
    text = _capitalised(text)
    if hidden and (reason := standalone(text)):
        return Reworded(reason=reason)
    return Reworded(text)


def _unframed(body: str) -> str:
    """The sentence without what only says that the authors vouch for it, and to what end they did what."""
    if purpose := _PURPOSE.match(body):
        body = body[purpose.end() :]
    frame = _FRAME.match(body) or _ROMANCE_FRAME.match(body)
    rest = _SECOND_THAT.sub(r"\1", body[frame.end() :]) if frame else body
    reason = standalone(rest)
    return rest if reason is None or reason.startswith("too short") or opening_pronoun(rest) else body


def _resolved(body: str, around: Surroundings) -> tuple[str, str | None]:
    """The sentence with its pronoun or demonstrative resolved, or the reason why it is not."""
    if pronoun := opening_pronoun(body):
        found = _antecedent(pronoun, around) if body.startswith(pronoun) else None
        return _replaced(body, pronoun, found, 0)
    if late := _LATE_PRONOUN.match(body):
        found = _antecedent(late["pronoun"], around)
        if found and found.casefold() in late[0].casefold():
            found = None  # "On SQuAD, it wins": it is not SQuAD
        return _replaced(body, late["pronoun"], found, late.start("pronoun"))
    if (late := _LATE_DEMONSTRATIVE.match(body)) and not named_by(late["noun"], late["before"]):
        return body, _unresolved(late)
    if (shown := _DEMONSTRATIVE.match(body)) is None:
        return body, None
    if phrase := _demonstrated(shown, around):
        return f"{shown['lead']}{phrase}{body[shown.end() :]}", None
    return body, None if shown["word"].casefold() == "the" else _unresolved(shown)


def _replaced(body: str, pronoun: str, found: str | None, place: int) -> tuple[str, str | None]:
    """The sentence with ``found`` in place of the pronoun at ``place``."""
    if found is None:
        return body, f"unresolved pronoun: “{pronoun.casefold()}”"
    if place and not is_name(found.split()[0]):
        found = found[0].casefold() + found[1:]
    return f"{body[:place]}{found}{body[place + len(pronoun) :]}", None


def _unresolved(demonstrative: re.Match[str]) -> str:
    return f"unresolved demonstrative: “{demonstrative['word']} {demonstrative['noun']}”".casefold()


def _antecedent(pronoun: str, around: Surroundings) -> str | None:
    word, system = pronoun.casefold(), around.name.system
    found = antecedent(pronoun, around.before)
    if word in SINGULAR and system and system in around.before and speaks_of_own_work(around.before):
        found = system if set(names_in(around.before)) <= {system, *names_in(system)} else found
    if found is None:
        return None
    found = _capitalised(found)
    if word in {"its", "their"}:
        return f"{found}'" if found.endswith("s") and word == "their" else f"{found}'s"
    return found


def _demonstrated(shown: re.Match[str], around: Surroundings) -> str | None:
    """The phrase that "this", "these" or "the" and a noun stand for."""
    word, noun, name = shown["word"].casefold(), shown["noun"].casefold(), around.name
    own = speaks_of_own_work(around.before)
    if noun in PAPER_NOUNS and word in {"this", "the"}:
        return shown[0][len(shown["lead"]) :]  # named with the authors
    if name.system and noun in name.nouns and name.system in around.before and own:
        return name.system
    if word == "the" or (noun in _OWN_OUTCOMES and cites(around.before)):
        return None
    if noun not in _OWN_OUTCOMES and (found := named_by(noun, around.before)):
        return found if shown["lead"] else _capitalised(found)
    is_own_system = (
        own and noun in METHOD_NOUNS | RESOURCE_NOUNS and not mentions(noun, around.before, at_least=2)
    )
    return f"{name.possessive} {shown['rest']}" if noun in _OWN_OUTCOMES or is_own_system else None


def _capitalised(text: str) -> str:
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    return text if is_name(first) else text[:1].upper() + text[1:]
