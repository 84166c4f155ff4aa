"""Sentences of a full text that state no finding of their own, whatever words they hold.

Announcements ("In this section we describe …"), offers ("Our code is available at …"), what can only be read beside a figure or table ("The third line shows …"),
and the debris of a page (a footnote with its number, an example that begins with dots). The patterns are English.
"""

from __future__ import annotations

import re

_FOOTNOTE = re.compile(r"\d{1,2}\s?[A-ZÀ-Þ][\w-]*[\s:]")
_SHOWN = re.compile(
    r"(?:the |our |as (?:shown|seen) in )?"
    r"(?:(?:first|second|third|fourth|last|next|top|bottom|upper|lower|left|right)(?:most)? "
    r"(?:line|row|column|panel|block|half|part)s?\s(?:show|give|report|list|present|compare|plot|is\b|are\b)|"
    r"(?:fig(?:ure|\.)?s?|tab(?:le|\.)?s?)\s?\d)",
    re.IGNORECASE,
)
_ANNOUNCEMENT = re.compile(
    r"\b(?:in (?:this|the (?:next|following)) (?:section|subsection|appendix|chapter)\b|before we conclude\b|"
    r"the (?:rest|remainder) of (?:this|the) (?:paper|article|section)\b|(?:is|are) organi[sz]ed as follows\b|"
    r"we (?:now |first |next |then |briefly |also )*(?:describe|discuss|review|present|outline|summari[sz]e|turn to)\b"
    r"[^.]{0,120}\b(?:below|section|appendix|next|challenges|directions)\b|"
    r"\bwill (?:be )?(?:publicly )?(?:released|made (?:publicly )?available)\b)",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"\b(?:codes?|data|data ?sets?|corpus|corpora|models?|checkpoints?|weights|resources?|demo|implementation)\b[^.]{0,60}"
    r"\b(?:available|released|found|accessible|downloaded|open[- ]sourced)\b[^.]{0,20}(?:\bat\b|\bon\b|\bfrom\b|\bvia\b|:)\s*(?:https?:|www\.|github)",
    re.IGNORECASE,
)
_CUT_OFF = re.compile(r"(?:\w+:\s*)?(?:\.\.\.|…)")


def why_aside(sentence: str) -> str | None:
    """Why a sentence states no finding of its own, in a few words; ``None`` when nothing speaks against it.

    >>> why_aside("12 For SGC, we remove development papers."), why_aside("Table 2 shows the results.")
    ('a footnote or heading with its number', 'stands beside a figure or table')
    >>> why_aside("The line of research on dense retrieval improves recall by 3 points.")
    """
    text = sentence.strip()
    if _FOOTNOTE.match(text):
        return "a footnote or heading with its number"
    if _CUT_OFF.match(text):
        return "begins in the middle"
    if _SHOWN.match(text):
        return "stands beside a figure or table"
    if _ANNOUNCEMENT.search(text):
        return "announces what follows"
    if _OFFER.search(text):
        return "says where something can be had"
    return None
