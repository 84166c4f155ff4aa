"""Free texts cut to fit an address."""

from __future__ import annotations

from urllib.parse import quote_plus

MAX_ESCAPED_CHARS = 1500  # of an address of 4096, beside filters, fields and a cursor


def fit_address(text: str, most: int = MAX_ESCAPED_CHARS) -> str:
    """``text`` on one line, less what at its end would take more than ``most`` characters when escaped.

    A letter beyond ASCII takes six or nine. A text that is cut ends with a whole word, where it has several.

    >>> fit_address("one  two three", 9), len(fit_address("界" * 1000, 900))
    ('one two', 100)
    """
    text = " ".join(text[: 2 * most].split())
    whole = text
    while (length := len(quote_plus(text, errors="replace"))) > most:
        text = text[: min(len(text) - 1, len(text) * most // length)]
    if text == whole or whole[len(text)] == " ":
        return text.rstrip()
    return text.rpartition(" ")[0] or text
