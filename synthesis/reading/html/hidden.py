"""What of a web page nobody sees: taken out before it is read, and counted, as it may be written for machines alone.

Hidden is what its own style, a simple rule of the page's style sheet or an attribute hides: not displayed, invisible,
transparent, of the ground's colour, no larger than a pixel, moved off the page or cut to nothing.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

HIDDEN = "hidden-part"  # the tag that a hidden element gets; its text is gone
_FEW_WORDS = 3  # fewer are labels for screen readers, not a message
_FURNITURE = frozenset(
    {"nav", "header", "footer", "aside", "form", "button", "dialog", "menu", "head", "label", "math"}
)

_NOT_SHOWN = re.compile(
    r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse)|content-visibility:hidden|opacity:(?:0|0?\.0\d*|[0-4]%)(?:;|$|!)"
    r"|clip:rect\((?:0(?:px)?|1px)[,)]|clip-path:inset\((?:50|100)%|transform:scale\(0(?:\.0\d*)?[,)]"
    r"|(?:left|right|top|bottom|text-indent|margin-left|margin-top):-\d{3,})"
)
_FONT_SIZE = re.compile(r"(?:^|;)font-size:(\d*\.?\d+)(px|pt|em|rem|ex|%|mm|cm|in|)(?:;|$|!)")
_LEAST_SIZES = {
    "px": 1,
    "pt": 1,
    "em": 0.15,
    "rem": 0.15,
    "ex": 0.3,
    "%": 15,
    "mm": 0.4,
    "cm": 0.04,
    "in": 0.015,
    "": 1,
}
_COLOUR = re.compile(r"(?:^|;)(?:-webkit-text-fill-)?color:([^;!]+)")
_GROUND = re.compile(r"(?:^|;)background(?:-color)?:([^;!]+)")
_RULE = re.compile(r"([^{}@;]{1,200})\{([^{}]{1,2000})\}")
_SIMPLE_SELECTOR = re.compile(r"(?:[a-z][a-z0-9]*)?([.#][\w-]+)", re.IGNORECASE)
_LIGHTEST = 245  # of 255, in each of red, green and blue: read as white on white
_NAMED_WHITE = frozenset(
    {"white", "snow", "ivory", "ghostwhite", "floralwhite", "azure", "mintcream", "whitesmoke"}
)


class Hidden(NamedTuple):
    """How many words were taken out, and their beginning."""

    words: int
    sample: str


def take_out_hidden(root: Any) -> Hidden:
    """Empty every hidden element of the tree, its tag becoming ``HIDDEN``; what was in furniture is not counted."""
    rules = _style_rules(root)
    grounds: dict[Any, bool] = {}  # element → whether a dark or coloured ground lies below it
    texts: list[str] = []
    taken: set[Any] = set()
    for element in list(root.iter()):
        parent = element.getparent()
        if parent is not None and parent in taken:
            taken.add(element)
            continue
        css = _css_of(element, rules)
        coloured = _has_coloured_ground(css)
        grounds[element] = coloured if coloured is not None else grounds.get(parent, False)
        by_style = bool(css) and _hides(css, on_colour=grounds[element])
        if by_style or _hidden_by_attribute(element):
            taken.add(element)
            if by_style and not _in_furniture(element):
                texts.append(" ".join("".join(element.itertext()).split()))
    for element in taken:
        element.clear(keep_tail=True)
        element.tag = HIDDEN
    messages = [text for text in texts if len(text.split()) >= _FEW_WORDS]
    return Hidden(sum(len(text.split()) for text in messages), messages[0][:80] if messages else "")


def _hidden_by_attribute(element: Any) -> bool:
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or element.get("type") == "hidden"
    )


def _in_furniture(element: Any) -> bool:
    return element.tag in _FURNITURE or next(element.iterancestors(*_FURNITURE), None) is not None


def _css_of(element: Any, rules: dict[str, str]) -> str:
    """All that the page says of an element's look, without blanks and in lower case."""
    own = element.get("style")
    if not rules:
        return _packed(own) if own else ""
    names = [f".{name}" for name in (element.get("class") or "").split()[:50]]
    if element.get("id"):
        names.append(f"#{element.get('id')}")
    parts = [rules[name] for name in names if name in rules]
    return ";".join([*parts, _packed(own)] if own else parts)


def _packed(css: str) -> str:
    return "".join(css.split()).lower()


def _style_rules(root: Any) -> dict[str, str]:
    """``.class`` or ``#id`` → declarations, of the page's rules with such a selector alone."""
    rules: dict[str, str] = {}
    for style in root.iter("style"):
        for selectors, body in _RULE.findall(_without_comments(style.text or "")):
            for selector in selectors.split(","):
                if match := _SIMPLE_SELECTOR.fullmatch(selector.strip()):
                    rules[match[1]] = f"{rules.get(match[1], '')};{_packed(body)}"[:4_000]
    return rules


def _without_comments(css: str) -> str:
    first, *rest = css.split("/*")
    return "".join([first, *(part.partition("*/")[2] for part in rest)])


def _hides(css: str, *, on_colour: bool) -> bool:
    return bool(_NOT_SHOWN.search(css)) or _is_tiny(css) or (not on_colour and _is_white(_COLOUR, css))


def _is_tiny(css: str) -> bool:
    size = _FONT_SIZE.search(css)
    return size is not None and float(size[1]) <= _LEAST_SIZES[size[2]]


def _has_coloured_ground(css: str) -> bool | None:
    """Whether an element sets a ground that is not white; ``None`` where it sets none."""
    found = _GROUND.search(css) if css else None
    if found is None or found[1] in {"none", "inherit", "initial", "unset", "transparent"}:
        return None
    return not _is_white(_GROUND, css)


def _is_white(pattern: re.Pattern[str], css: str) -> bool:
    found = [match[1] for match in pattern.finditer(css)]
    return bool(found) and _lightness(found[-1]) >= _LIGHTEST


def _lightness(colour: str) -> int:
    """The darkest of red, green and blue, 0–255; 255 for what cannot be seen, 0 for what is not understood."""
    if colour in _NAMED_WHITE or colour == "transparent":
        return 255
    if match := re.fullmatch(r"#([0-9a-f]{3,8})", colour):
        digits = match[1]
        if len(digits) in {4, 8} and set(digits[len(digits) * 3 // 4 :]) == {"0"}:
            return 255  # wholly transparent
        channels = (
            [digit * 2 for digit in digits[:3]] if len(digits) < 5 else [digits[i : i + 2] for i in (0, 2, 4)]
        )
        return min(int(channel, 16) for channel in channels if channel)
    if match := re.fullmatch(r"rgba?\((\d{1,3}),(\d{1,3}),(\d{1,3})(?:,(\d|0?\.\d{1,6}))?\)", colour):
        clear = match[4] is not None and float(match[4]) < 0.05
        return 255 if clear else min(int(match[i]) for i in (1, 2, 3))
    return 0
