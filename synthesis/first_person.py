"""First person and "this paper" → the names of the paper's authors and of its system."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.paper_names import METHOD_NOUNS, RESOURCE_NOUNS
from synthesis.standalone import has_verb, is_english

if TYPE_CHECKING:
    from synthesis.paper_names import PaperName

PAPER_NOUNS = frozenset("article paper report research review study survey thesis work".split())

_SYSTEM_NOUN = "|".join(sorted(METHOD_NOUNS | RESOURCE_NOUNS))
_PAPER_NOUN = "|".join(sorted(PAPER_NOUNS))
_ADVERB = r"(?:\w+ly|also|further|then|first|next|thus|therefore|hence|never|often|not)"
_SELF = r"(?:(?<![^\s])(?<![A-Za-z]\s)|(?<=\bthat\s)|(?<=\band\s)|(?<=\bas\s)|(?<=[Hh]ere\s))I(?=\s+[a-z])"
_REFERENCE = re.compile(
    r"(?P<quoted>\"[^\"]*\"|“[^”]*”)"
    r"|\b(?P<system>(?:[Oo]ur(?:\s+(?:proposed|new|novel))*|[Tt]he\s+(?:newly\s+)?proposed|[Tt]his\s+proposed)\s+"
    rf"(?P<noun>{_SYSTEM_NOUN}))\b(?P<after>(?:['’]s)?)"
    rf"|\b(?P<paper>[Tt]his|[Tt]h(?:e|is)\s+(?:present|current))(?=\s+(?:\w+\s+)?(?:{_PAPER_NOUN})\b)"
    r"|\b(?P<our>[Oo]ur)\b"
    rf"|(?P<we>\b[Ww]e\b|{_SELF})(?:(?P<adverbs>(?:\s+{_ADVERB})*)\s+(?P<verb>[a-z]+)\b)?"
)
# What "we" means here is everybody.
_EVERYBODY = re.compile(
    r"\bwe(?:\s+(?:all|humans?|as\s+\w+))?\s+(?:know|live|think|speak|perceive|communicate|feel|remember|interact)\b|(?<!best of )\bour\s+"
    r"(?:world|lives|society|planet|daily|everyday|brains?|understanding|knowledge|language|ability)\b|\blet\s+us\b",
    re.IGNORECASE,
)
_LEFT_OVER = re.compile(r"\b(?:us|ours|ourselves|my|mine|myself)\b")
_OTHER_LANGUAGES = re.compile(
    r"\b(?:nous|notre|nos|wir|unser\w*|noi|nostr[oaie]|nosotr[oa]s|nuestr[oa]s?|nós|nosso|nossa)\b"
    r"|^(?:proponemos|presentamos|proponiamo|presentiamo)\b",
    re.IGNORECASE,
)
_FOLLOWS_A_NAME = re.compile(
    r"\s*(?:$|[,.;:()–—]|['’]s\b|(?:is|are|was|were|has|had|can|could|may|might|will|would|should|does|did|do|not|and|or|but|in|on|"
    r"for|with|to|at|by|of|from|over|under|as|than|that|which|when|while|using|across|without|through|via|both)\b|\w+ly\b)"
)
# known to be verbs elsewhere; behind "our model" they are nouns
_NOUNS_BEHIND = frozenset(
    "change changes cost costs design gain gains range release releases report reports result results score scores search size"
    " sizes state study support test tests training work works".split()
)
_NO_ENDING = re.compile(
    r"(?:\w+ed|can|could|may|might|will|would|shall|should|must|did|had|found|led|ran|made|took|gave|saw|built|got|kept|held"
    r"|began|chose|drew|knew|put|set|cut|thought|sought|wrote|taught|brought|went|came|saw|trained)"
)
_IRREGULAR = {"are": "is", "were": "was", "have": "has", "do": "does", "go": "goes"}


def name_authors(sentence: str, name: PaperName) -> str:
    """The sentence with the paper's own names in place of the first person.

    The authors are named once, and are "the authors" from then on. Quoted words are left alone.
    """
    pieces: list[str] = []
    end, named = 0, False
    for match in _REFERENCE.finditer(sentence):
        if match["quoted"]:
            continue
        replacement, names_authors = _replacement(match, name, named)
        named = named or names_authors
        pieces += [sentence[end : match.start()], replacement]
        end = match.end() + (not replacement)  # with "our" goes the blank behind it
    return "".join([*pieces, sentence[end:]]).strip()


def _replacement(match: re.Match[str], name: PaperName, named: bool) -> tuple[str, bool]:
    """What stands in place of a reference, and whether it is the authors."""
    possessive = "the authors'" if named else name.possessive
    if match["system"]:
        if name.system and match["noun"] in name.nouns and _stands_as_name(match):
            return f"{name.system}{match['after']}", False
        kept = re.sub(r"^\w+\s+", "", match["system"])
        return f"{possessive} {kept}{match['after']}", True
    if match["our"] or match["paper"]:
        is_named = name.system and match.string.startswith(f" {name.system}", match.end())
        return ("", False) if is_named else (possessive, True)  # "our CatNet" is CatNet
    verb = match[0][len(match["we"]) :]
    if match["verb"] and not (named or name.several):
        verb = f"{match['adverbs']} {_third_person(match['verb'])}"
    return f"{'the authors' if named else name.authors}{verb}", True


def _stands_as_name(match: re.Match[str]) -> bool:
    """Whether the noun ends its phrase: "our model improves", never "our model size"."""
    rest = match.string[match.end() :]
    word = re.match(r"\s+[\w-]+", rest)
    if word is None or _FOLLOWS_A_NAME.match(rest):
        return True
    return (
        word[0].islower()
        and word[0].strip() not in _NOUNS_BEHIND
        and (word[0].endswith("es") or has_verb(word[0]))
    )


def _third_person(verb: str) -> str:
    if _NO_ENDING.fullmatch(verb):
        return verb
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith(("s", "sh", "ch", "x", "z")):
        return f"{verb}es"
    return f"{verb[:-1]}ies" if verb.endswith("y") and verb[-2] not in "aeiou" else f"{verb}s"


def unresolved_person(sentence: str) -> str | None:
    """The first person that no name can replace: everybody's "we", and other languages' forms."""
    if found := _EVERYBODY.search(sentence) or _LEFT_OVER.search(sentence):
        return found[0].split()[0].casefold()
    if not is_english(sentence) and (found := _OTHER_LANGUAGES.search(sentence)):
        return found[0].casefold()
    return None
