"""Can a sentence stand alone as a claim? Its wording is checked; what cannot is named with its reason."""

from __future__ import annotations

import re
from itertools import pairwise

from synthesis.claim_features import CUES, words

_CONNECTIVE = re.compile(
    r"(?:however|moreover|furthermore|in addition|additionally|thus|therefore|hence|also|finally|overall|consequently|"
    r"interestingly|notably|importantly|specifically|in particular|for (?:example|instance)|in contrast|similarly|"
    r"nevertheless|nonetheless|that is|surprisingly|meanwhile|and|but|yet|so|indeed|on the other hand|as a result|besides|"
    r"concretely|crucially|lastly|first(?:ly)?(?=,)|second(?:ly)?(?=,)|third(?:ly)?(?=,)|then(?=,)|next(?=,))\b,?\s+",
    re.IGNORECASE,
)
_VERB_AFTER_PRONOUN = (
    r"(?:is|are|was|were|has|have|had|can|could|may|might|will|would|should|must|do|does|did|also|not|suggests?|shows?|"
    r"indicates?|means?|implies|imply|demonstrates?|leads?|allows?|enables?|makes?|helps?|results? in|reduces?|improves?|"
    r"increases?|outperforms?|happens?|holds?|contrasts?|confirms?|supports?|includes?|requires?|provides?|raises?)\b"
)
_UNRESOLVED = re.compile(
    rf"(?:they|them|he|she|its|their|his|her|it)\s|(?:this|that|such|neither)\s+{_VERB_AFTER_PRONOUN}"
    rf"|(?:these|those|both)\s+(?!results? in){_VERB_AFTER_PRONOUN}"
    r"|(?:ell[oa]s|elles?|essi|esse|ils|il(?=\s(?:est|a|sera|peut|semble|représente|permet|améliore|réduit|ne)\b))\s",
    re.IGNORECASE,
)
# "It is known that …", "It was possible to …": the pronoun stands for what follows.
_EXPLETIVE = re.compile(
    r"it\s+(?:(?:is|was|has|had|can|could|may|might|should|must|will|would)\s+(?:\w+\s+){0,4}that\b"
    r"|(?:appears|appeared|seems|seemed|follows|turns out|turned out)\s+(?:\w+\s+){0,2}that\b|(?:is|was|can be|may be|becomes|remains|seems)\s+(?:\w+ly\s+|not\s+|also\s+)?"
    r"(?:possible|impossible|necessary|important|essential|hard|difficult|easy|easier|better|best|crucial|useful|"
    r"feasible|unclear|unknown|sufficient|enough)\b)",
    re.IGNORECASE,
)
_IMPERSONAL = re.compile(r"[Ii]l\s+(?:y|est (?:\w+ )?(?:\w+ )?(?:que|de)|a été|faut|existe|n['’])|IT\s")
_POINTS_BACK = re.compile(
    r"\bthe (?:former|latter)\b|\b(?:as )?(?:mentioned|described|discussed|noted) (?:above|earlier|before|previously)\b",
    re.IGNORECASE,
)
_PLACE = r"(?:sections?|secs?\.|figures?|figs?\.|tables?|tabs?\.|appendix|appendices|chapters?|equations?|eqs?\.|supplement\w*)"
_POINTER = re.compile(
    rf"\(?(?:see|cf\.?|refer to|compare)\s+(?:also\s+)?(?:the\s+)?{_PLACE}"
    rf"|(?:in\s+)?{_PLACE}\s+[\w.]+\s*(?:,\s*we\s+)?(?:(?:and|to|-|–)\s*[\w.]+\s*)?"
    r"(?:describes?|presents?|shows?|lists?|summari[sz]es?|reports?|gives?|compares?|discuss(?:es)?|details?|provides?|"
    r"reviews?|introduces?|concludes?|outlines?|depicts?|illustrates?|contains?)\s+(?!that\b)"
    r"|the (?:rest|remainder) of (?:the|this) (?:paper|article)"
    rf"|(?:more |further |full )?(?:details|results|examples|information)\s+(?:are|is|can be)\s+.{{0,40}}\b(?:in|at)\s+(?:the\s+)?{_PLACE}",
    re.IGNORECASE,
)
_CITATIONS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_ENGLISH = re.compile(r"\b(?:the|of|and|for|with|to|by|from)\b", re.IGNORECASE)
_OTHER_ROMANCE = re.compile(
    r"\b(?:de|la|el|los|las|les|des|du|et|il|di|della|dei|che|y|en|un|une|una)\b", re.IGNORECASE
)
# Auxiliaries, past forms, and the verbs that abstracts live on: a sentence with none of them is a heading or a list.
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|being|has|have|had|do|does|did|can|cannot|could|may|might|will|would|should|must|"
    r"\w+ed|\w+(?:[fi]ies|ates|i[sz]es?|ects|erms?|orms|ains|ides|udes|uces|oves|asks|ieves|ases|umes)|"
    r"found|led|made|took|rose|fell|came|gave|gets?|got|kept|held|grew|won|lost|began|became|underwent|cut|saw|"
    r"(?:show|find|suggest|yield|outperform|help|hurt|lead|give|make|take|hold|need|remain|depend|exceed|beat|cost|use|"
    r"cover|support|report|offer|play|serve|work|fail|lag|drop|rise|fall|run|range|reach|win|lose|keep|grow|mean|bring|"
    r"allow|enable|require|increase|decrease|improve|reduce|provide|achieve|include|contain|comprise|consist|propose|"
    r"present|introduce|represent|demonstrate|indicate|reveal|conclude|observe|confirm|prove|affect|correlate|vary|"
    r"differ|exist|occur|appear|seem|become|encode|learn|generali[sz]e|transfer|benefit|suffer|rely|argue|believe|"
    r"predict|explain|support|shift|match|rank|score|perform|degrade|tend|follow|form|act|bind|regulate|inhibit|express|"
    r"promote|induce|mediate|cause|describe|discuss|compare|develop|evaluate|say|state|know|see|get|go|come|carry|lack|"
    r"matter|double|halve|span|search|draw|stay|stand|lie|collapse|lift|gain|add|break|expand|prolong|agree|guard|motivate|cite|decline|point|pave|uncover|release|train|implement|obtain|establish|encourage|inherit|profit|surpass|undertook|highlight|underscore|favou?r|change|save|solve)s?)\b",
    re.IGNORECASE,
)  # fmt: skip
_MAY_BE_VERB = re.compile(r"[^sui\W]s$")
_BEFORE_NOUNS = frozenset(
    "of the in for and or with on a an to by from all two three four five six ten many several these those our their its"
    " new as at between across over under than more both other different".split()
)
MIN_WORDS, MAX_WORDS = 5, 80
# "this" as the subject of the first clause: what it means stands in another sentence
_BARE_THIS = re.compile(
    r"\b(?:this|these|they)\s+(?:\w+ly\s+)?(?:results\s+in|resulted|leads?|led|means?|meant|causes?|caused|helps?|helped|is|was|"
    r"are|were|makes?|made|allows?|allowed|suggests?|indicates?|shows?|gives?|gave|yields?|yielded)\b",
    re.IGNORECASE,
)
# Words of any paper in any field: a sentence of nothing else could be said of everything.
_GENERIC = frozenset(
    "ability according achieve achieved achieves additional analysis approach approaches authors baseline baselines"
    " benchmark benchmarks best better case cases compared comparison competitive competitively current data dataset"
    " datasets demonstrate demonstrates different effective effectively effectiveness evaluate evaluated evaluation"
    " evaluations experiment experimental experiments extensive findings find found good high higher however improve"
    " improved improvement improvements improves indicate large method methods model models new novel number observe"
    " optimal original outperform outperformed outperforms overall paper performance performed performs potential present"
    " previous problem propose proposed prove provide quality reported resulted result results show shown shows significant"
    " significantly similar simple state-of-the-art strong study sub-optimal suboptimal superior superiority system"
    " systems task tasks technique techniques test tests training used using value various variety well work works"
    " a all an and any are as at be been best both but by can could did do does each even for from had has have he her his"
    " how i if in into is it its may more most much no not of on only or other our over own same so some such than that the"
    " their them then there these they this those thus through to too under up us very was we were what when where"
    " whether which while who why will with within without would you".split()
)
MIN_SPECIFIC_WORDS = 2


def standalone(sentence: str) -> str | None:
    """Why the sentence cannot stand alone as a claim; ``None`` when it can.

    "This paper" and "These results" are fine: the reader knows the paper. The checks of wording are for English
    first, and pass over what they cannot read.
    """
    text = sentence.strip()
    count = len(words(text))
    if count < MIN_WORDS:
        return f"too short: {count} words"
    if count > MAX_WORDS:
        return f"too long: {count} words"
    if CUES["question"].search(text):
        return "a question"
    if text[-1] in ":：":
        return "announces what follows"
    if text[-1] in "-‐‑" or ">>>" in text:
        return "cut short, or code"
    return _dangling(text) or _vague(text)


def opening_chars(text: str) -> int:
    """How many characters at the start only link the sentence to another: "However, moreover, "."""
    end = 0
    while connective := _CONNECTIVE.match(text, end):
        end = connective.end()
    return end


def opening_pronoun(sentence: str) -> str | None:
    """The pronoun that the sentence begins with and that stands for something outside it; ``None`` without one."""
    body = sentence.strip().lstrip("\"'“„«([ ")
    body = body[opening_chars(body) :]
    if (start := _UNRESOLVED.match(body)) and not (_EXPLETIVE.match(body) or _IMPERSONAL.match(body)):
        return start[0].split()[0]
    if (bare := _BARE_THIS.search(body)) and not has_verb(body[: bare.start()]):
        return bare[0].split()[0].casefold()
    return None


def _vague(text: str) -> str | None:
    is_vague = text.isascii() and _specific_words(text) < MIN_SPECIFIC_WORDS  # the list is English
    return "names nothing specific" if is_vague else None


def _specific_words(text: str) -> int:
    return sum(word.casefold() not in _GENERIC and not word.isdigit() for word in words(text))


def _dangling(text: str) -> str | None:
    body = text.lstrip("\"'“„«([ ")
    if _POINTER.match(body):
        return "points elsewhere in the paper"
    body = body[opening_chars(body) :]
    if _POINTS_BACK.search(body):
        return "refers to what was said before"
    if pronoun := opening_pronoun(body):
        return f'begins with an unresolved "{pronoun}"'
    if is_english(body) and not has_verb(_CITATIONS.sub(" ", body)):
        return "no verb"
    return None


def has_verb(text: str) -> bool:
    """A known verb form, or a word in -s where a noun would be rare ("this review details")."""
    if _VERB.search(text):
        return True
    tokens = words(text)
    return any(
        word.islower() and _MAY_BE_VERB.search(word) and before.casefold() not in _BEFORE_NOUNS
        for before, word in pairwise(tokens)
    )


def is_english(text: str) -> bool:
    """Whether English function words outnumber those of the Romance languages; ``False`` without any."""
    return len(_ENGLISH.findall(text)) > len(_OTHER_ROMANCE.findall(text))
