"""Figures as SVG that stands inside a page: pure functions of the record, coloured by the text around them.

Each figure carries a title and a description for those who cannot see it. Lengths are in user units; the
width of a text is estimated from its characters, since no font is at hand. Where the form runs from right to left the
flow is mirrored, while the axes of a plot are not: their numbers rise to the right in every language.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup, escape

from synthesis.rendering.layout import counted
from synthesis.rendering.text import one_line
from synthesis.terms import listed, reason_words, source_words
from synthesis.wording import direction, say, spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from synthesis.records import Calibration, Flow

_LINE = 16  # line height at a font size of 12
_PAD = 10
_COLUMNS = 28  # characters (wide ones count twice) that fit a box of the flow figure
_BOX = 196  # width of a box
_LEFT, _RIGHT = 26, 250  # left edges of the two columns of boxes
_FLOW_WIDTH = _RIGHT + _BOX + 2
_GAP = 30  # between rows of boxes
_PLOT = 280  # side of the reliability diagram's square
_PLOT_X, _PLOT_Y = 50, 14


class _Row(NamedTuple):
    stage: str
    main: tuple[str, ...]  # the first line is set bold
    aside: tuple[str, ...]


def confidence_bar(confidence: float) -> Markup:
    """A thin bar for a number in 0–1; hidden from screen readers, as the number stands beside it."""
    return Markup(
        '<svg class="bar" viewBox="0 0 60 5" width="60" height="5" aria-hidden="true" focusable="false">'
        '<rect width="60" height="5" rx="2.5" fill="currentColor" opacity=".16"/>'
        '<rect width="{}" height="5" rx="2.5" fill="currentColor"/></svg>'
    ).format(_number(60 * confidence))


# --------------------------------------------------------------------------- flow of papers


def prisma_flow(flow: Flow) -> Markup:
    """Papers identified, screened, excluded and included, in the boxes of PRISMA 2020."""
    rows = [_wrapped(row) for row in _flow_rows(flow)]
    heights = [_box_height(row) for row in rows]
    tops = [sum(heights[:i]) + i * _GAP + 1 for i in range(len(rows))]
    parts = [_flow_row(row, top, height) for row, top, height in zip(rows, tops, heights, strict=True)]
    parts += [
        _arrow_down(_LEFT + _BOX / 2, top + height, top + height + _GAP)
        for top, height in zip(tops[:-1], heights, strict=False)
    ]
    total = tops[-1] + heights[-1] + 1
    return _figure(
        "prisma",
        (_FLOW_WIDTH, total),
        (say("Flow of papers from the databases to the report"), _flow_description(flow)),
        parts,
    )


def _flow_rows(flow: Flow) -> tuple[_Row, ...]:
    def each(counts: dict[str, int], words: Callable[[str], str]) -> tuple[str, ...]:
        return tuple(
            say("{what} (n = {n})", what=one_line(words(name)), n=counted(n)) for name, n in counts.items()
        )

    found, excluded = (counted(sum(counts.values())) for counts in (flow.identified, flow.excluded))
    return (
        _Row(
            say("Identified"),
            (say("Papers identified (n = {n})", n=found), *each(flow.identified, source_words)),
            (say("Duplicates removed (n = {n})", n=counted(flow.duplicates_removed)),),
        ),
        _Row(
            say("Screened"),
            (say("Papers screened (n = {n})", n=counted(flow.screened)),),
            (say("Papers excluded (n = {n})", n=excluded), *each(flow.excluded, reason_words)),
        ),
        _Row(say("Included"), (say("Papers included (n = {n})", n=counted(flow.included)),), ()),
    )


def _flow_description(flow: Flow) -> str:
    return "; ".join(listed((*row.main, *row.aside)) for row in _flow_rows(flow))


def _wrapped(row: _Row) -> _Row:
    def lines(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(line for text in texts for line in wrap(text, _COLUMNS))

    return _Row(row.stage, lines(row.main), lines(row.aside))


def _box_height(row: _Row) -> int:
    # The stage's name is set upright beside the box: it needs some height of its own.
    return max(len(row.main), len(row.aside), 3) * _LINE + 2 * _PAD


def _flow_row(row: _Row, top: float, height: float) -> Markup:
    middle = top + height / 2
    stage = Markup(
        '<text x="{x}" y="{y}" text-anchor="middle" transform="rotate(-90 {x} {y})" class="stage">{stage}</text>'
    ).format(x=_number(_across(12)), y=_number(middle), stage=row.stage)
    parts = [stage, _box(_LEFT, top, height, row.main)]
    if row.aside:
        parts += [_box(_RIGHT, top, height, row.aside), _arrow_right(_LEFT + _BOX, _RIGHT, middle)]
    return Markup().join(parts)


def _box(x: float, top: float, height: float, lines: Sequence[str]) -> Markup:
    first = top + (height - len(lines) * _LINE) / 2 + 12
    texts = (
        Markup('<text x="{}" y="{}"{}>{}</text>').format(
            _number(_across(x + _PAD)),
            _number(first + i * _LINE),
            Markup(' font-weight="600"') if i == 0 else "",
            line,
        )
        for i, line in enumerate(lines)
    )
    left = min(_across(x), _across(x + _BOX))
    box = Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="3" fill="none" stroke="currentColor"/>')
    return box.format(_number(left), _number(top), _BOX, _number(height)) + Markup().join(texts)


def _arrow_down(x: float, start: float, end: float) -> Markup:
    path = f"M{_number(_across(x))} {_number(start)}V{_number(end - 6)}m-4 0h8l-4 6z"
    return Markup('<path d="{}" fill="currentColor" stroke="currentColor"/>').format(path)


def _arrow_right(start: float, end: float, y: float) -> Markup:
    """An arrow along the line: to the left where the form runs there."""
    head = "m0-4v8l-6-4z" if _mirrored() else "m0-4v8l6-4z"
    path = f"M{_number(_across(start))} {_number(y)}H{_number(_across(end - 6))}{head}"
    return Markup('<path d="{}" fill="currentColor" stroke="currentColor"/>').format(path)


def _mirrored() -> bool:
    return direction(spoken()) == "rtl"


def _across(x: float) -> float:
    """A place across the flow, from the side on which the form begins."""
    return _FLOW_WIDTH - x if _mirrored() else x


# --------------------------------------------------------------------------- reliability


def reliability_diagram(calibration: Calibration) -> Markup:
    """Stated confidence against observed accuracy, a circle per bin with an area as its number of claims."""
    points = [(b.mean_confidence, b.accuracy, b.n) for b in calibration.bins]
    parts = [*_axes(), *_threshold(calibration.threshold), *_points(points)]
    told = "; ".join(
        say(
            "{stated} stated, {observed} observed, n = {n}",
            stated=f"{c:.2f}",
            observed=f"{a:.2f}",
            n=counted(n),
        )
        for c, a, n in points
    )
    description = say(
        "A perfectly calibrated judge lies on the diagonal. ECE {ece}. Bins: {bins}.",
        ece=f"{calibration.ece:.3f}",
        bins=told,
    )
    return _figure(
        "reliability",
        (_PLOT_X + _PLOT + 16, _PLOT_Y + _PLOT + 48),
        (say("Stated confidence against observed accuracy"), description),
        parts,
        Markup(' direction="ltr"') if _mirrored() else "",
    )


def _plot_x(value: float) -> str:
    return _number(_PLOT_X + _PLOT * value)


def _plot_y(value: float) -> str:
    return _number(_PLOT_Y + _PLOT * (1 - value))


def _axes() -> Iterable[Markup]:
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = _plot_x(tick), _plot_y(tick)
        yield Markup(
            '<path d="M{x} {top}V{bottom}M{left} {y}H{right}" stroke="currentColor" opacity=".14" fill="none"/>'
        ).format(x=x, y=y, top=_plot_y(1), bottom=_plot_y(0), left=_plot_x(0), right=_plot_x(1))
        yield Markup('<text x="{}" y="{}" text-anchor="middle">{:g}</text>').format(
            x, _number(_PLOT_Y + _PLOT + 17), tick
        )
        yield Markup('<text x="{}" y="{}" text-anchor="end">{:g}</text>').format(
            _number(_PLOT_X - 8), _number(float(y) + 4), tick
        )
    yield Markup(
        '<path d="M{} {}L{} {}" stroke="currentColor" stroke-dasharray="5 4" opacity=".55" fill="none"/>'
    ).format(_plot_x(0), _plot_y(0), _plot_x(1), _plot_y(1))
    yield Markup('<text x="{}" y="{}" text-anchor="middle" class="axis">{}</text>').format(
        _plot_x(0.5), _number(_PLOT_Y + _PLOT + 40), say("stated confidence")
    )
    yield Markup(
        '<text x="12" y="{y}" text-anchor="middle" transform="rotate(-90 12 {y})" class="axis">{words}</text>'
    ).format(y=_plot_y(0.5), words=say("observed accuracy"))


def _threshold(threshold: float | None) -> Iterable[Markup]:
    if threshold is None:
        return
    anchor = "start" if threshold < 0.6 else "end"
    shift = 6 if anchor == "start" else -6
    yield Markup(
        '<path d="M{x} {}V{}" stroke="currentColor" stroke-dasharray="1.5 3" fill="none"/>'
        '<text x="{}" y="{}" text-anchor="{}">{}</text>'
    ).format(
        _plot_y(0),
        _plot_y(1),
        _number(_PLOT_X + _PLOT * threshold + shift),
        _number(_PLOT_Y + _PLOT - 10 if threshold >= 0.6 else _PLOT_Y + 16),
        anchor,
        say("threshold {threshold}", threshold=f"{threshold:.2f}"),
        x=_plot_x(threshold),
    )


def _points(points: Sequence[tuple[float, float, int]]) -> Iterable[Markup]:
    if not points:
        return
    most = max(n for _, _, n in points) or 1
    line = " ".join(f"{_plot_x(c)},{_plot_y(a)}" for c, a, _ in points)
    yield Markup(
        '<polyline points="{}" fill="none" stroke="currentColor" stroke-width="1.5" class="curve"/>'
    ).format(line)
    for confidence, accuracy, n in points:
        radius = 2 + 4 * (n / most) ** 0.5
        yield Markup('<circle cx="{}" cy="{}" r="{}" fill="currentColor" class="curve"/>').format(
            _plot_x(confidence), _plot_y(accuracy), _number(radius)
        )


# --------------------------------------------------------------------------- shared


def wrap(text: str, columns: int) -> list[str]:
    """Cut ``text`` into lines of at most ``columns``; between words where there are any that fit.

    >>> wrap("below the relevance threshold (n = 19)", 20)
    ['below the relevance', 'threshold (n = 19)']
    """
    lines: list[str] = []
    current = ""
    for piece in (piece for word in text.split() for piece in _pieces(word, columns)):
        joined = f"{current} {piece}" if current else piece
        if current and columns_of(joined) > columns:
            lines.append(current)
            current = piece
        else:
            current = joined
    return [*lines, current] if current else lines


def columns_of(text: str) -> int:
    """Width of ``text`` in columns: two for East Asian wide characters, none for combining marks."""
    return sum(
        0
        if unicodedata.category(c) in {"Mn", "Me", "Cf"}
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )


def _pieces(word: str, columns: int) -> Iterable[str]:
    """``word`` whole if it fits a line, else (no blanks, as in Chinese) cut where the line is full."""
    piece = ""
    for char in word:
        if columns_of(piece + char) > columns:
            yield piece
            piece = ""
        piece += char
    if piece:
        yield piece


def _figure(
    name: str,
    size: tuple[float, float],
    words: tuple[str, str],
    parts: Iterable[Markup],
    attributes: Markup | str = "",
) -> Markup:
    """An ``<svg>`` named by its title, described by its description."""
    width, height = (_number(side) for side in size)
    opening = Markup(
        '<svg class="{name}" viewBox="0 0 {width} {height}" role="img" '
        'aria-labelledby="{name}-title {name}-desc" font-size="12" fill="currentColor"{attributes}>'
        '<title id="{name}-title">{title}</title><desc id="{name}-desc">{desc}</desc>'
    ).format(name=name, width=width, height=height, title=words[0], desc=words[1], attributes=attributes)
    return opening + Markup().join(escape(part) for part in parts) + Markup("</svg>")


def _number(value: float) -> str:
    """A coordinate, to a tenth, without needless zeros.

    >>> _number(12.0), _number(3.14159)
    ('12', '3.1')
    """
    return f"{value:.1f}".removesuffix(".0")
