"""What a sentence shows of itself that makes it a checkable claim, as numbers.

Every feature can be checked by eye: a cue found or not, a place in the section, a length. English comes first;
Spanish, French and Italian share the same features through their own cue words.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


def _opening(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\A\W{{0,5}}(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


_METRICS = (
    r"F1|AP|mAP|MAP|nDCG(?:@\d+)?|MRR(?:@\d+)?|Recall@\d+|Hit@\d+|R@\d+|BLEU|ROUGE\S*|AUC|ECE|kappa|accuracy|precision|"
    r"recall|odds ratio|hazard ratio"
)
_NUMBER = r"(?<![\w.])[-+−]?\d+(?:[.,·]\d+){0,4}"

CUES: dict[str, re.Pattern[str]] = {
    "finding_verb": _words(
        r"show(?:s|ed|n|ing)?", r"f(?:ind|inds|ound)", r"demonstrat\w+", r"reveal\w*", r"indicat\w+", r"suggest\w*",
        r"observe[sd]?", r"conclude[sd]?", r"confirm(?:s|ed)?", r"achiev\w+", r"yield(?:s|ed)?", r"prove[sdn]?",
        r"establish(?:es|ed)", r"result(?:s|ed|ing)? in", r"lead(?:s|ing)? to", r"led to", r"evidence",
        r"(?:de)?m[ou]e?str\w+", r"encontr\w+", r"indic[aóo]\w*", r"sugier\w+", r"conclu\w+", r"revel\w+",
        r"montr\w+", r"démontr\w+", r"suggèr\w+", r"indiqu\w+", r"trouvé\w*", r"révèl\w+", r"constaté\w*",
        r"dimostr\w+", r"mostra\w*", r"sugger\w+", r"trovat\w+", r"rivel\w+", r"osservat\w+",
    ),
    "effect_verb": _words(
        r"improv\w+", r"outperform\w*", r"reduc(?:e[sd]?|ing|tions?)", r"increas\w+", r"decreas\w+", r"enhanc\w+",
        r"inhibit\w*", r"associat(?:ed|ion|ions)", r"correlat\w+", r"predict(?:s|ed)", r"contribut\w+", r"cause[sd]?",
        r"affect(?:s|ed)?", r"benefi\w+", r"prolong\w*", r"tolerated", r"gains?", r"boost\w*", r"hurts?", r"fails?",
        r"rais(?:es?|ed|ing)", r"falls?", r"fell", r"drop(?:s|ped)?", r"rises?", r"rose", r"los(?:es?|t)", r"reach(?:es|ed)?",
        r"lift(?:s|ed)?", r"match(?:es|ed)?", r"lags?", r"cuts?", r"help(?:s|ed)?", r"remains? (?:low|below|behind)",
        r"induc\w+", r"promot\w+", r"depend(?:s|ed)?", r"surpass\w*", r"exceed(?:s|ed)?", r"prevent\w*",
        r"mejor\w+", r"reduj\w+", r"reducci[oó]n\w*", r"aument\w+", r"disminu\w+", r"asociad\w+", r"asoció",
        r"amélior\w+", r"rédui\w+", r"réduction\w*", r"augment\w+", r"diminu\w+", r"associée?s?",
        r"miglior\w+", r"riduzion\w+", r"ridott\w+", r"ridu[cs]\w+", r"diminuit\w+", r"associat[aoie]",
    ),
    "comparison": _words(
        r"than", r"compar(?:ed|ison|able|ably)", r"versus", r"vs\.?", r"relative to", r"higher", r"lower", r"better",
        r"worse", r"greater", r"fewer", r"more", r"less", r"most", r"best", r"superior", r"inferior", r"outperform\w*",
        r"state[- ]of[- ]the[- ]art", r"competitive", r"surpass\w*", r"exceed\w*", r"differen(?:ce|ces|t from)",
        r"similar(?:ly)? (?:to|in|between)", r"equivalent", r"as \w+ as",
        r"(?:más|menos|plus|moins|più|meno) \w+ (?:que|di|del|della)", r"mayor(?:es)?", r"menor(?:es)?", r"superior(?:es)?", r"comparad\w+", r"en comparación", r"mejor",
        r"diferencias?", r"plus (?:élevé|faible|grand)\w*", r"supérieure?s?", r"inférieure?s?", r"par rapport",
        r"comparée?s?", r"différences?", r"meilleure?s?", r"maggior[ei]?", r"minor[ei]?", r"superior[ei]", r"rispetto",
        r"confronto", r"differenz[ae]", r"miglior[ei]",
    ),
    "score_number": re.compile(
        rf"(?<!\w)(?:{_METRICS})(?!\w)[^.;]{{0,80}}?{_NUMBER}|{_NUMBER}\s?(?:%|percent|points?|fold|times|×|BLEU|F1|mAP)"
        rf"[^.;]{{0,60}}?(?<!\w)(?:{_METRICS})(?!\w)|(?<![\w.])0?\.\d{{2,4}}(?![\w.]\d)|(?<!\w)from {_NUMBER}\W{{0,3}} to {_NUMBER}",
        re.IGNORECASE,
    ),
    "measured_number": re.compile(
        rf"{_NUMBER}\s?(?:%|‰|percent\w*|points?|times|fold|x(?!\w)|×|±|mg|kg|ml|mm|cm|ms|months?|years?|days?|weeks?"
        r"|hours?|BLEU|F1|mAP|nDCG|MRR|mes(?:es)?|años|mois|ans|mesi|anni)",
        re.IGNORECASE,
    ),
    "number": re.compile(_NUMBER),
    "significance": re.compile(
        r"(?<!\w)(?:significan\w+|statistically|significativ\w+|p\s?[<=>≤]\s?0?[.,]\d+|95\s?% ?(?:CI|confidence|IC))",
        re.IGNORECASE,
    ),
    "concluding_opening": _opening(
        r"thus", r"therefore", r"hence", r"overall", r"in (?:conclusion|summary|sum)", r"taken together", r"together",
        r"collectively", r"conclusions?", r"finally", r"this (?:suggests|indicates|shows|demonstrates|implies)",
        r"these (?:\w+ )?(?:results|findings|data|observations|experiments)", r"consequently", r"as a result",
        r"por (?:lo )?tanto", r"en conclusión", r"estos (?:resultados|datos|hallazgos)", r"conclusi[oó]n\w*",
        r"par conséquent", r"en conclusion", r"ces (?:résultats|données)", r"pertanto", r"in conclusione",
        r"questi (?:risultati|dati)",
    ),
    "own_result": _words(
        r"our (?:\w+ ){0,2}(?:results?|findings?|data|experiments?|evaluations?|analys[ei]s|study|work|stud(?:y|ies))",
        r"we (?:\w+ ){0,2}(?:show|find|found|demonstrate[sd]?|showed|observed?|conclude[sd]?|achieved?|report|reveal\w*"
        r"|identif(?:y|ied)|confirm(?:ed)?|prove)", r"(?:experimental|empirical|simulation|evaluation) results",
        r"experiments (?:\w+ ){0,6}(?:show|demonstrate|indicate|reveal)", r"results? (?:show|indicate|suggest)\w*",
        r"nuestros (?:resultados|datos)", r"nos résultats", r"i nostri risultati",
    ),
    "hedge": _words(
        r"may", r"might", r"could", r"can", r"likely", r"potential(?:ly)?", r"appears?", r"seems?", r"possibl[ey]",
        r"puede[n]?", r"podrían?", r"peu(?:t|vent)", r"pourrai(?:t|ent)", r"può", r"possono", r"potrebber?o?",
    ),
    "judgement": _words(
        r"effective(?:ly|ness)?", r"safe(?:ty|ly)?", r"efficient(?:ly)?", r"feasible", r"useful", r"robust(?:ly)?",
        r"important role", r"well[- ]tolerated", r"promising", r"substantial(?:ly)?", r"consistent(?:ly)?",
        r"efica[zc]\w*", r"segur[oa]s?", r"efficaces?", r"sûre?s?", r"efficac[ei]", r"sicur[oaie]",
    ),
    "aim": _words(
        r"(?:aim|objective|purpose|goal)s?(?: of| was| is| were|:)?", r"we aim(?:ed)?", r"aims? to", r"aimed (?:at|to)",
        r"was to \w+", r"is to \w+", r"we (?:investigate|examine|explore|study|evaluate|assess|test|compare|ask)(?:d|ied)?",
        r"we (?:sought|wanted|attempt\w*|tried) to", r"hypothesi[sz]\w*", r"this (?:paper|study|work|article) (?:investigates|"
        r"examines|explores|studies|aims|evaluates|addresses|considers)",
        r"objetivos?", r"fue evaluar", r"se evaluó", r"objectifs?", r"but de", r"visait", r"scopo", r"obiettiv[oi]",
    ),
    "infinitive_opening": _opening(
        r"to \w+", r"evaluar", r"determinar", r"comparar", r"investigar", r"évaluer", r"déterminer", r"comparer",
        r"pour \w+er", r"valutare", r"determinare", r"confrontare", r"per \w+are",
    ),
    "proposal": _words(
        r"(?:we|i|paper|article|study|work) (?:\w+ ){0,2}(?:proposes?|presents?|introduces?|describes?|develop(?:s|ed)?|"
        r"designs?(?:ed)?|discuss(?:es)?|reviews?|outlines?|formulates?|proposed|presented|introduced|described)",
        r"(?:is|are) (?:proposed|presented|introduced|described|discussed)", r"proponemos", r"nous proposons",
        r"proponiamo",
    ),
    "procedure": _words(
        r"(?:was|were) (?:\w+ ){0,2}(?:randomi[sz]ed|assigned|enrolled|measured|recruited|collected|included|treated|performed"
        r"|conducted|analy[sz]ed|used|evaluated|assessed|obtained|compared|administered|divided|selected|tested|"
        r"examined|given|received|allocated|carried out|recorded|calculated|studied|investigated)",
        r"received", r"randomi[sz]ed", r"using", r"we (?:\w+ )?(?:use[ds]?|apply|applied|employ(?:ed)?|train(?:ed)?|collect(?:ed)?|"
        r"analy[sz]ed?|measured?|perform(?:ed)?|conduct(?:ed)?|implement(?:ed)?|combine[ds]?)", r"consist(?:s|ed)? of",
        r"aleatori[oa]s?", r"aleatoriz\w+", r"asignad\w+", r"recibi\w+", r"randomisée?s?", r"ont été (?:évalu|trait|"
        r"assign|inclus|randomis|répart)\w+", r"ont reçu", r"randomizzat\w+", r"assegnat\w+", r"ricevut\w+",
    ),
    "gap": _words(
        r"unknown", r"unclear", r"poorly understood", r"little is known", r"not (?:well|fully|yet) \w+", r"lack(?:s|ing)?(?: of)?",
        r"remains?", r"controvers\w+", r"challeng\w+", r"difficult\w*", r"limited", r"need(?:s|ed)? (?:to|for)", r"problems?",
        r"desconocid\w+", r"inconnue?s?", r"sconosciut\w+",
    ),
    "background": _words(
        r"recent(?:ly)?", r"existing", r"previous(?:ly)?", r"traditional(?:ly)?", r"has been", r"have been", r"widely",
        r"common(?:ly)?", r"often", r"typically", r"important", r"crucial", r"essential", r"increasingly", r"in recent years",
        r"many", r"popular", r"known", r"nowadays", r"major cause", r"ha sido", r"han sido", r"a été", r"è stat[oa]",
    ),
    "outlook": _words(
        r"future (?:work|research|studies|directions?)", r"further (?:research|stud(?:y|ies)|investigation|work|trials?)",
        r"we (?:discuss|plan|hope|intend)", r"implications?", r"warrant(?:s|ed)?", r"are needed", r"is needed",
    ),
    "availability": re.compile(
        r"https?:|github|(?<!\w)(?:publicly|freely|made) available|available (?:at|from|online|on request)|we release|"
        r"copyright|all rights reserved|registration",
        re.IGNORECASE,
    ),
    "question": re.compile(r"[?？؟]\W{0,8}$"),
}  # fmt: skip

PLACES = ("alone", "place", "first", "second", "last_but_one", "last")
LENGTHS = ("length", "short", "long")
FEATURES: tuple[str, ...] = (*CUES, *PLACES, *LENGTHS)

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{1,2}|[\u0e00-\u0e7f]{1,5}|[^\W_]+(?:['’\-.][^\W_]+)*")
_TYPICAL_WORDS = 23.0  # mean length of a sentence in the abstracts fitted on


def words(sentence: str) -> list[str]:
    """Words of a sentence; two ideographs or five Thai letters count as one."""
    return _WORD.findall(sentence)


def sentence_features(sentence: str, position: int, count: int) -> list[float]:
    """The features of sentence ``position`` (from 0) of ``count`` in its section, in the order of FEATURES.

    A section of one sentence says nothing of place: it is "alone", and its other place features are 0.
    """
    cues = [float(pattern.search(sentence) is not None) for pattern in CUES.values()]
    return [*cues, *_place(position, count), *_length(len(words(sentence)))]


def section_features(sentences: Sequence[str]) -> list[list[float]]:
    """The features of all sentences of a section: (n_sentences, n_features)."""
    return [sentence_features(sentence, i, len(sentences)) for i, sentence in enumerate(sentences)]


def _place(position: int, count: int) -> list[float]:
    if count < 2:
        return [1.0] + [0.0] * (len(PLACES) - 1)
    distance = count - 1 - position
    share = position / (count - 1) - 0.5
    return [
        0.0,
        share,
        float(position == 0),
        float(position == 1),
        float(distance == 1),
        float(distance == 0),
    ]


def _length(n_words: int) -> list[float]:
    return [math.log(max(n_words, 1) / _TYPICAL_WORDS), float(n_words < 8), float(n_words > 45)]
