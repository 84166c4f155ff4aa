"""Sentence → typed results: "achieves 84.3 mAP on XQuAD-R" → (mAP, XQuAD-R, 84.3).

Precision first: a number is a result only when it stands beside the name of a measure in one of a few fixed ways.
Differences ("by 1.2 points", "a 5 % gain") are no results, nor are bounds ("under 20 %"); of "from 71.2 to 80.4", the
second is taken. A data set is named when the sentence leaves no choice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from synthesis.names import is_measure, is_name
from synthesis.records import ResultValue
from synthesis.result_datasets import datasets_in
from synthesis.result_metrics import metrics_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from synthesis.result_datasets import DatasetMention
    from synthesis.result_metrics import Mention, Metric

MAX_CHARS = 4_000  # of a sentence that is read; a longer one is no sentence
_TEX = (
    (re.compile(r"\\(?:textbf|textit|emph|mathbf|text|mathrm|texttt|underline)\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\\(?:approx|sim)\b\s?"), "≈"),
    (re.compile(r"\\times\b"), "×"),
    (re.compile(r"\\[ ,]"), " "),
    (re.compile(r"\\([%$&_#])|[$]"), r"\1"),
    (re.compile(r"(?<=\d)\s?(?:percent|per cent)\b"), "%"),
)
_NUMBER = re.compile(
    r"(?<![\w.@#/^])(?P<sign>[+−-]?)(?P<digits>\d{1,3}(?:\.\d+)?|\.\d+)(?P<unit>\s?%)?"
    r"(?![\w,]*\d|[^\W\d]|[.·]\d|-\w|\s?(?:×|±\s?\d+\s?%?\s?(?:points|pp)|points?\b|pp\b|p\.p\.|percentage|times\b|fold\b|hours?\b|"
    r"languages\b|datasets\b|tasks\b|benchmarks\b|models\b|billion\b|million\b|%?\s?(?:CI|confidence)\b))"
)
_CHANGE = (
    r"(?:improvements?|gains?|increases?|boosts?|uplifts?|advantages?|margins?|reductions?|decreases?|drops?|declines?|degradations?|"
    r"loss(?:es)?|gap|difference|higher|lower|better|worse|relative(?! to)|absolute|more|less|fewer|faster|greater|of the|above|below|over|"
    r"recovery|retention|agreement with|points?)"
)
_CHANGE_BEFORE = re.compile(
    rf"(?:\bby|\b{_CHANGE}\s(?:of|in)|\b(?:additional|extra|another|only a|cuts?|under|below|above|over|least|most|(?:exceed|surpass)\w*|than|within|beyond))\s+"
    r"(?:(?:up to|an?|average|of|about|around|approximately|as much as|nearly|roughly|only|≈|~)\s*){0,3}$|[±(]\s?$(?<=±)",
    re.IGNORECASE,
)
_CHANGE_AFTER = re.compile(
    rf"\s*(?:\([^()]*\)\s*)?(?:average\s+|absolute\s+|relative\s+)*{_CHANGE}\b", re.IGNORECASE
)
_CHANGING_VERB = re.compile(
    r"\b(?:improv|boost|increas|enhanc|rais|reduc|lower|decreas|degrad|drop|lift|cut|gain|outperform|surpass|exceed)\w*\s"
    r"(?:[^\s,;]+\s+){0,6}$",
    re.IGNORECASE,
)
_ABOUT = r"(?:(?:only|about|around|approximately|nearly|roughly|almost|just|up to|as high as|as low as|an average of|a mean of|≈|~|∼)\s*){0,2}"
_QUALITY = r"(?:\s*[- ]?(?:scores?|values?|rates?|performance|results?|metrics?))?"
# between a measure and its number: "F1 score of 0.72", "accuracy drops to 0.22", "WER from 64.3 to 38.3", "AUROC (0.65"
_AFTER_METRIC = re.compile(
    rf"{_QUALITY}\s*(?:\((?:[A-Za-z@\d-]{{1,12}})\)\s*)?"
    r"(?:(?:of|=|:|is|was|are|were|at|reach(?:es|ed|ing)?|to|≈|\()\s*(?:of\s+)?"
    rf"|(?:\s?{_CHANGE}|improv\w+|ris\w+|rose|increas\w+|drop\w*|fall\w*|fell|grew|decreas\w+|declin\w+|climb\w*|jump\w*)\s+(?:\w+ly\s+)?(?:to|from)\s+"
    rf"|from\s+|by\s+[\d.]+\s?(?:%|points?|pp)?\s*(?:points\s*)?,?\s*to\s+)?{_ABOUT}",
    re.IGNORECASE,
)
# between a number and its measure: "84.3 mAP", "81.67% execution accuracy", "34.1 on WMT14 (BLEU"
_BEFORE_METRIC = re.compile(
    r"\s*(?:in\s+|on\s+|for\s+)?(?:[a-z][a-z-]*\s+|top-\d+\s+|[A-Z][\w-]*\s+){0,3}|\s+on\s+(?:the\s+)?[^,;:()]{1,50}\(\s*",
    re.ASCII,
)
_NOT_BETWEEN = re.compile(
    rf"\b(?:{_CHANGE}|and|or|of|while|with|at|by|to|than|vs|from|points?|the|is|as|increase)\b", re.IGNORECASE
)
_JOINED = re.compile(r"\s*(?:,|,?\s?and|/|,?\s?vs\.?|,?\s?versus|or)\s*(?:≈|~)?\s*(?:to\s)?", re.IGNORECASE)
_TO = re.compile(r"\s*(?:\([^()]*\)\s*)?(?:to|→|->)\s*(?:≈|~)?\s*", re.IGNORECASE)
# between two numbers with measures of their own (blanked out), where a data set behind the second holds for both
_SHARES_PLACE = re.compile(r"\s*\(?_*\)?\s*(?:,|,?\s?and|,?\s?with|&)\s*(?:an?\s)?_*\s*(?:of|=|:)?\s*")
_BREAKS = re.compile(
    r"[;:.]|\b(?:while|whereas|but|outperform\w*|surpass\w*|compared|than|using|when|exceed\w*)\b|^.{60}"
)
_NEXT_PLACE = re.compile(r"[^;.()]{0,80}?(?:,|,?\s?and|,?\s?but|,?\s?compared to|vs\.?)\s+(?:only\s)?$")
_SYSTEM_VERB = r"(?:achiev|reach|obtain|attain|scor|yield|deliver|record|report)\w*|gets?|got|sets?"
_SUBJECT = re.compile(
    rf"(?P<name>[^\W_][\w.+-]*\w)(?:\s\([^()]*\))?,?\s+(?:\w+ly\s+|also\s+)?(?:{_SYSTEM_VERB})\s"
)
_TASKS = re.compile(
    r"\b(?:(?:(?:open-domain|multi-hop|visual|extractive|conversational) )?question answering|(?:neural |speech )?machine translation|"
    r"(?:abstractive |extractive |text )?summari[sz]ation|named entity recognition|relation extraction|(?:aspect-based )?sentiment analysis|"
    r"text classification|intent (?:detection|classification)|natural language inference|fact[- ](?:checking|verification)|claim verification|"
    r"(?:dense |passage |document |cross-lingual |multilingual |code )?retrieval|re-?ranking|speech recognition|dependency parsing|"
    r"semantic parsing|text-to-sql|code generation|hate speech detection|machine reading comprehension|coreference resolution|"
    r"word sense disambiguation|part-of-speech tagging|entity linking|event extraction|hallucination detection|keyphrase extraction|"
    r"grammatical error correction|stance detection|emotion recognition|mathematical reasoning|(?:sequential )?recommendation)\b",
    re.IGNORECASE,
)  # fmt: skip
_SIGNED = frozenset(("Spearman", "Pearson", "Kendall", "MCC", "kappa"))


@dataclass(frozen=True, slots=True)
class _Number:
    """A number that may be a result, and the measure and data set that it was given."""

    start: int
    end: int
    digits: str
    percent: bool
    negative: bool
    metric: Metric | None = None
    dataset: str | None = None
    excluded: bool = False  # a difference or a bound
    alone: bool = True  # not one of several that share a subject


def result_values(sentence: str, *, context: str = "") -> tuple[ResultValue, ...]:
    """The results that a sentence states, in its order; ``context`` (a title) may name the task.

    >>> [(r.metric, r.dataset, r.text) for r in result_values("CatNet achieves 84.3 mAP on XQuAD-R.")]
    [('mAP', 'XQuAD-R', '84.3')]
    >>> result_values("CatNet outperforms DogNet by 3.2% on MIRACL (nDCG@10).")
    ()
    """
    text = _plain(sentence[:MAX_CHARS])
    metrics = metrics_in(text)
    if not metrics:
        return ()
    runs = _linked(text, _runs(text, _numbers(text)), metrics)
    placed = _placed(text, runs, metrics)
    task = task_in(text) or task_in(context)
    return tuple(result for n in placed if (result := _result(n, _system(text, n), task)))


def task_in(text: str) -> str | None:
    """The first known task that a text names, in lower case."""
    found = _TASKS.search(text)
    return found[0].casefold() if found else None


def normalised(result: ResultValue) -> float:
    """The value on the scale of its measure, so that 84.3, 84.3 % and 0.843 are equal."""
    return result.value / 100 if result.unit in {"percent", "points"} else result.value


def comparable(a: ResultValue, b: ResultValue) -> bool:
    """Whether two results are of one measure on one data set; spelling of the data set's name apart."""
    if a.dataset is None or b.dataset is None or (a.unit == "other") != (b.unit == "other"):
        return False
    return a.metric.casefold() == b.metric.casefold() and _key(a.dataset) == _key(b.dataset)


def typed(
    metric: Metric, digits: str, *, percent: bool
) -> tuple[float, Literal["percent", "fraction", "points", "other"]] | None:
    """The value and how it is written; ``None`` when it is more likely something else, as "5" is no accuracy."""
    value = float(digits)
    if not metric.on_unit_scale:
        return value, "other"
    if percent:
        return (value, "percent") if abs(value) <= 100 else None
    if abs(value) <= 1 and "." in digits:
        return value, "fraction"
    return (value, "points") if 1 < value <= 100 and ("." in digits or value >= 10) else None


def _key(name: str) -> str:
    return re.sub(r"[\W_]+|\b(?:dataset|benchmark|corpus)\b", "", name.casefold())


def _plain(sentence: str) -> str:
    for pattern, replacement in _TEX:
        sentence = pattern.sub(replacement, sentence)
    return sentence.replace("{", "").replace("}", "")


# --------------------------------------------------------------------------- numbers


def _numbers(text: str) -> list[_Number]:
    """Numbers that are no count; differences and bounds are marked."""
    return [
        _Number(
            start=m.start(),
            end=m.end(),
            digits=m["digits"],
            percent=m["unit"] is not None,
            negative=m["sign"] in {"-", "−"},
            excluded=m["sign"] == "+" or _is_change(text, m),
        )
        for m in _NUMBER.finditer(text)
    ]


def _is_change(text: str, number: re.Match[str]) -> bool:
    before, after = text[max(0, number.start() - 60) : number.start()], text[number.end() : number.end() + 40]
    return bool(_CHANGE_BEFORE.search(before) or _CHANGE_AFTER.match(after))


def _runs(text: str, numbers: Sequence[_Number]) -> list[list[_Number]]:
    """Numbers in a row ("0.93 and 0.98", "43.3% vs. 42.7%") together; of "from 71 to 80", the second alone."""
    runs: list[list[_Number]] = []
    for number in numbers:
        before = text[runs[-1][-1].end : number.start] if runs else None
        if before is not None and _JOINED.fullmatch(before):
            runs[-1].append(number)
        elif before is not None and _TO.fullmatch(before):
            runs[-1][-1] = replace(number, start=runs[-1][-1].start)
        else:
            runs.append([number])
    kept = [[number for number in run if not number.excluded] for run in runs]
    return [run for run in kept if run]


def _linked(text: str, runs: list[list[_Number]], metrics: list[Mention]) -> list[list[_Number]]:
    """Runs that have a measure, each number with it."""
    linked: list[list[_Number]] = []
    for run in runs:
        metric = _metric_of(text, run, metrics) or _inherited(text, run, linked, metrics)
        if metric:
            linked.append([replace(n, metric=metric, alone=len(run) == 1) for n in run])
    return linked


def _metric_of(text: str, run: list[_Number], metrics: list[Mention]) -> Metric | None:
    start, end = run[0].start, run[-1].end
    before = [m for m in metrics if m.end <= start]
    if before:
        gap = text[before[-1].end : start]
        if _AFTER_METRIC.fullmatch(gap) and not (
            not re.search(r"\b(?:of|to|from)\b|[=:(]", gap)
            and _CHANGING_VERB.search(text[: before[-1].start])
        ):
            return before[-1].metric
    after = [m for m in metrics if m.start >= end]
    if after:
        gap = text[end : after[0].start]
        if (
            _BEFORE_METRIC.fullmatch(gap)
            and not _NOT_BETWEEN.search(gap)
            and not _CHANGE_AFTER.match(text[after[0].end :])
            and not text[after[0].end :].lstrip().startswith(("=", ":"))
        ):
            return after[0].metric
    return None


def _inherited(
    text: str, run: list[_Number], linked: list[list[_Number]], metrics: list[Mention]
) -> Metric | None:
    """The measure of the number before: "84% accuracy on A and 79% on B"."""
    if not linked or len(run) > 1:
        return None
    number, last = run[0], linked[-1][-1]
    between = text[last.end : number.start]
    follows = re.match(r"\s+(?:on|in|for)\s", text[number.end :])
    same_form = number.percent == last.percent and ("." in number.digits) == ("." in last.digits)
    new_measure = [m for m in metrics if last.end <= m.start < number.start and m.metric != last.metric]
    if follows and not new_measure and (same_form or number.percent) and _NEXT_PLACE.fullmatch(between):
        return last.metric
    return None


# --------------------------------------------------------------------------- data sets, systems


def _placed(text: str, runs: list[list[_Number]], metrics: list[Mention]) -> list[_Number]:
    """All numbers of the runs, with their data sets."""
    mentions = datasets_in(text)
    blanked = _blanked(text, metrics)
    placed: list[list[_Number]] = []
    for run, following in zip_longest(runs, runs[1:]):
        end = following[0].start if following else len(text)
        behind = next((m for m in mentions if run[-1].end <= m.start < end), None)
        leads = behind and not _BREAKS.search(blanked[run[-1].end : behind.start])
        placed.append(_give(run, behind, text) if behind and leads else run)
    for i in range(len(placed) - 2, -1, -1):
        if _SHARES_PLACE.fullmatch(blanked[placed[i][-1].end : placed[i + 1][0].start]):
            placed[i] = _like(placed[i], placed[i + 1])
    numbers = [number for run in placed for number in run]
    return [_fronted(text, number, mentions) for number in numbers]


def _blanked(text: str, metrics: list[Mention]) -> str:
    """The text with ``_`` for every character of a measure's name."""
    letters = list(text)
    for metric in metrics:
        letters[metric.start : metric.end] = "_" * (metric.end - metric.start)
    return "".join(letters)


def _give(run: list[_Number], mention: DatasetMention, text: str) -> list[_Number]:
    if len(mention.names) == 1:
        return [replace(number, dataset=mention.names[0]) for number in run]
    if len(mention.names) == len(run) and re.match(r"[^.;]{0,40}\brespectively\b", text[mention.end :]):
        return [replace(number, dataset=name) for number, name in zip(run, mention.names, strict=True)]
    return run


def _like(run: list[_Number], following: list[_Number]) -> list[_Number]:
    """The run on the data sets of the one behind it: "0.72 F1 and 0.65 EM on SQuAD"."""
    if run[-1].dataset or len(run) != len(following) or run[-1].metric == following[0].metric:
        return run
    return [replace(n, dataset=f.dataset) for n, f in zip(run, following, strict=True)]


def _fronted(text: str, number: _Number, mentions: list[DatasetMention]) -> _Number:
    """A number without a data set behind it takes the only one before it: "On SQuAD, CatNet reaches 84.3 F1"."""
    if number.dataset:
        return number
    clause = max(text.rfind(";", 0, number.start), text.rfind(". ", 0, number.start))
    before = [m for m in mentions if clause < m.start and m.end <= number.start]
    names = {name for m in before for name in m.names}
    later = any(m.start >= number.end and m.start - number.end < 60 for m in mentions)
    return replace(number, dataset=names.pop()) if len(names) == 1 and not later else number


def _system(text: str, number: _Number) -> str | None:
    """The name before the verb that reports the number."""
    if not number.alone:
        return None
    clause = max(
        text.rfind(";", 0, number.start),
        text.rfind(". ", 0, number.start),
        text.rfind(" while ", 0, number.start),
        0,
    )
    subjects = list(_SUBJECT.finditer(text, clause, number.start))
    if len(subjects) != 1 or not is_name(subjects[0]["name"]) or is_measure(subjects[0]["name"]):
        return None
    return subjects[0]["name"]


def _result(number: _Number, system: str | None, task: str | None) -> ResultValue | None:
    metric = number.metric
    if metric is None or (number.negative and metric.name not in _SIGNED):
        return None
    written = typed(metric, number.digits, percent=number.percent)
    if written is None:
        return None
    value, unit = written
    sign = "-" if number.negative else ""
    return ResultValue(
        metric=metric.name,
        value=-value if number.negative else value,
        unit=unit,
        text=f"{sign}{number.digits}{' %' if number.percent else ''}",
        dataset=number.dataset,
        task=task,
        system=system,
    )
