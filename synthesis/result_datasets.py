"""Names of data sets as results name them: "on MIRACL", "the BIRD benchmark", "the test set of SQuAD 2.0"."""

from __future__ import annotations

import re
from typing import NamedTuple

from synthesis.names import is_measure, is_name
from synthesis.result_metrics import metrics_in

_NOUN = r"(?:data ?sets?|benchmarks?|corpus|corpora|test ?sets?|dev(?:elopment)? ?sets?|validation sets?|test splits?|leaderboard|test ?beds?|shared task|collections?|treebanks?)"
_WORD = r"(?:[A-Z][\w+.’'-]*\w|[A-Z]|[a-z]+[A-Z][\w+.-]*|\d+[A-Z][\w-]*)"
_MORE = r"(?:[ ‑-]?(?:[A-Z][\w+.-]*\w|[a-z]+[A-Z][\w-]*|\d{1,4}(?:\.\d)?(?!\.?\d|\s?%)|[A-Z]\b|v\d(?:\.\d)?)|\s[a-z]{2}-[a-z]{2}\b)"
_NAME = rf"{_WORD}{_MORE}{{0,4}}"
_LISTED = rf"{_NAME}(?:(?:,\s{_NAME}){{0,5}},?\s(?:and|&)\s{_NAME}|(?:/{_NAME}){{1,3}})?"
_QUALIFIER = r"(?:(?:the|our|its|a|an|popular|public|challenging|standard|standardi[sz]ed|well-known|newly|introduced|released|full|official|original|English)\s+){0,4}"
_SPLIT = r"(?:(?:test|dev\w*|validation|held-out|evaluation)[ -]?(?:set|split|partition|data)s?\s+(?:of|from)\s+(?:the\s+)?)?"
_AT = re.compile(
    rf"\b(?P<preposition>[Oo]n|[Ii]n|[Ff]or|[Aa]cross|[Oo]ver|[Aa]gainst|[Ff]rom|[Oo]f|[Tt]o)\s+{_QUALIFIER}{_SPLIT}(?P<names>{_LISTED})(?P<noun>\s+(?:\w+\s+)?{_NOUN})?(?![\w])"
)
_BARE = re.compile(rf"\b[Tt]he\s+(?P<names>{_NAME})\s+{_NOUN}\b")
_SEPARATOR = re.compile(r",\s(?:and\s)?|\sand\s|\s&\s|(?<=\w{3})/(?=\w{3})")
# "trained on X", "based on X": not where a result was measured
_OTHER_USE = re.compile(
    r"\b(?:based|built|build\w*|rel(?:y|ies|ied|ying)|focus\w*|depend\w*|(?:pre-?|re-?)?train\w*|(?:fine-?)?tun\w*|effects?|impact|run\w*"
    r"|work\w*|attacks?|insights?|stud(?:y|ies)|pre-?training|research|conditioned|centered|centred)\s+$",
    re.IGNORECASE,
)
_ENDS_PHRASE = re.compile(
    r"\s*(?:$|[,.;:()]|(?:and|with|while|using|in|at|by|for|to|after|compared|without|respectively|over|than|from|when|where|as|but)\b)"
)
_LANGUAGES = frozenset(
    "arabic bengali basque bulgarian catalan chinese croatian czech danish dutch english estonian farsi finnish french german"
    " greek hausa hebrew hindi hungarian icelandic igbo indonesian irish italian japanese korean latin latvian lithuanian"
    " mandarin marathi nepali norwegian persian polish portuguese punjabi romanian russian sanskrit serbian sinhala slovak"
    " slovene slovenian somali spanish swahili swedish tamil telugu thai tibetan turkish ukrainian urdu uyghur vietnamese"
    " welsh xhosa yoruba zulu".split()
)
# Systems that results are often reported "on" or "for"; they are models, never data.
_MODELS = re.compile(
    r"(?:chat)?(?:gpt|llama|qwen|qwq|mistral|mixtral|gemini|gemma|claude|deepseek|phi|bert|roberta|deberta|albert|electra|"
    r"xlm|m?t5|m?bart|bloom|opt|falcon|vicuna|alpaca|whisper|wav2vec|hubert|palm|llava|internvl|internlm|olmo|yi|glm|grok|"
    r"o[134]|codex|clip|vit|lstm|cnn|rnn|crf|svm|llms?|vlms?|slms?|mllms?|rag|gpus?|cpus?|api|ai|nlp|ml|lora|sft|rl)(?![a-z])",
    re.IGNORECASE,
)
_NEVER = frozenset(
    "dev test train validation task tasks subtask table figure section track phase the this our we these in on for and"
    " average experiments results experimental extensive evaluation level stage english-only step track-1 python java".split()
)


class DatasetMention(NamedTuple):
    """Data sets that a text names in one place, and where."""

    names: tuple[str, ...]
    start: int
    end: int


def datasets_in(text: str) -> list[DatasetMention]:
    """Where a text names data sets, left to right.

    >>> [m.names for m in datasets_in("84.3 on SQuAD 2.0 and MIRACL, 71 in the BIRD benchmark, 60 on French")]
    [('SQuAD 2.0', 'MIRACL'), ('BIRD',)]
    """
    found = [m for match in _AT.finditer(text) if (m := _mention(match))]
    covered = {i for m in found for i in range(m.start, m.end)}
    found += [
        DatasetMention((name,), match.start(), match.end())
        for match in _BARE.finditer(text)
        if match.start("names") not in covered and (name := dataset_name(match["names"], sure=True))
    ]
    return sorted(found, key=lambda m: m.start)


def _mention(match: re.Match[str]) -> DatasetMention | None:
    has_noun = match["noun"] is not None
    preposition = match["preposition"].casefold()
    if (preposition != "on" and not has_noun) or _OTHER_USE.search(match.string, 0, match.start()):
        return None
    names = [dataset_name(name, sure=has_noun) for name in _SEPARATOR.split(match["names"])]
    # "on Zarma tagging": a plain capitalised word with a noun behind it names no data set
    if not (has_noun or _ENDS_PHRASE.match(match.string, match.end()) or all(map(_is_marked, names))):
        return None
    known = tuple(name for name in names if name)
    return DatasetMention(known, match.start(), match.end()) if known and len(known) == len(names) else None


def _is_marked(name: str | None) -> bool:
    return name is not None and any(is_name(word) for word in name.split())


def dataset_name(name: str, *, sure: bool = False) -> str | None:
    """``name`` where it can be that of a data set; ``sure`` when "dataset" or the like stands beside it."""
    name = name.strip(" .,’'")
    words = name.split()
    while words and words[-1].casefold() in _NEVER:
        words = words[:-1]
    if not words or words[0].casefold() in _NEVER or words[0].casefold() in _LANGUAGES or len(words) > 5:
        return None
    if any(is_measure(word) for word in words) or metrics_in(" ".join(words)):
        return None
    if not sure and any(_MODELS.match(word) for word in words):
        return None
    if not sure and not any(is_name(word) for word in words) and len(words) > 2:
        return None
    return " ".join(words)
