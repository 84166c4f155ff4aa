r"""Numbers with units: siunitx (``\\SI``, ``\\qty``, ranges, lists), units.sty (``\\unit``, ``\\unitfrac``), numprint."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synthesis.reading.tex.parts import EDGE, plain
from synthesis.reading.tex.symbols import raised
from synthesis.reading.tex.text_commands import dropping
from synthesis.reading.tex.tokens import TokenStream, is_words, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from synthesis.reading.tex.engine import Engine
    from synthesis.reading.tex.frames import Handler
    from synthesis.reading.tex.parts import Part

_PREFIXES = dict(
    pair.split(":")
    for pair in (
        "yocto:y zepto:z atto:a femto:f pico:p nano:n micro:µ milli:m centi:c deci:d deca:da deka:da hecto:h kilo:k mega:M "
        "giga:G tera:T peta:P exa:E zetta:Z yotta:Y kibi:Ki mebi:Mi gibi:Gi tebi:Ti pebi:Pi"
    ).split()
)
_UNITS = dict(
    pair.split(":")
    for pair in (
        "metre:m meter:m gram:g kilogram:kg second:s ampere:A kelvin:K mole:mol candela:cd hertz:Hz newton:N pascal:Pa joule:J "
        "watt:W coulomb:C volt:V farad:F ohm:Ω siemens:S weber:Wb tesla:T henry:H celsius:°C degreeCelsius:°C lumen:lm lux:lx "
        "becquerel:Bq gray:Gy sievert:Sv katal:kat minute:min hour:h day:d hectare:ha litre:L liter:L tonne:t dalton:Da "
        "electronvolt:eV bel:B decibel:dB neper:Np astronomicalunit:au atomicmassunit:u bar:bar mmHg:mmHg angstrom:Å "
        "radian:rad steradian:sr degree:° arcminute:′ arcsecond:″ percent:% bit:bit byte:B knot:kn nauticalmile:M barn:b "
        "fg:fg pg:pg ng:ng ug:µg mg:mg g:g kg:kg amu:u pm:pm nm:nm um:µm mm:mm cm:cm dm:dm m:m km:km as:as fs:fs ps:ps "
        "ns:ns us:µs ms:ms s:s fmol:fmol pmol:pmol nmol:nmol umol:µmol mmol:mmol mol:mol kmol:kmol pA:pA nA:nA uA:µA mA:mA "
        "A:A kA:kA ul:µL ml:mL l:L hl:hL uL:µL mL:mL L:L hL:hL mHz:mHz Hz:Hz kHz:kHz MHz:MHz GHz:GHz THz:THz mN:mN N:N kN:kN "
        "MN:MN Pa:Pa kPa:kPa MPa:MPa GPa:GPa mohm:mΩ kohm:kΩ Mohm:MΩ pV:pV nV:nV uV:µV mV:mV V:V kV:kV W:W uW:µW mW:mW kW:kW "
        "MW:MW GW:GW J:J uJ:µJ mJ:mJ kJ:kJ eV:eV meV:meV keV:keV MeV:MeV GeV:GeV TeV:TeV kWh:kWh F:F fF:fF pF:pF nF:nF uF:µF "
        "H:H mH:mH uH:µH C:C K:K dB:dB T:T kB:kB MB:MB GB:GB TB:TB"
    ).split()
)
_POWERS = {"squared": "2", "cubed": "3"}  # of the unit before
_POWERS_AHEAD = {"square": "2", "cubic": "3"}  # of the unit that follows
_AT_ONCE = frozenset(("°", "′", "″"))  # stand at their number without a blank
_RAISE = "^"
_MAX_UNIT_STEPS = 2_000


def quantity_commands() -> dict[str, Handler]:
    """Commands of numbers with units by name."""
    found: dict[str, Handler] = {
        "num": dropping("o"),
        "numproduct": dropping("o"),
        "numrange": _number_range,
        "numlist": _number_list,
        "si": _unit_alone,
        "unit": _unit,
        "unitfrac": _unit_fraction,
        "numprint": _unit_in_brackets,
        "ang": _angle,
        "DeclareSIUnit": _declare,
    }
    found |= dict.fromkeys(("SI", "qty", "qtyproduct", "SIproduct"), _quantity)
    found |= dict.fromkeys(("SIrange", "qtyrange"), _quantity_range)
    return found | dict.fromkeys(("SIlist", "qtylist"), _quantity_list)


# ---- numbers


def _number(engine: Engine, then: Callable[[str], object]) -> None:
    def done(parts: list[Part]) -> None:
        then(plain(parts))

    engine.capture(done, math=False)


def _range(engine: Engine, then: Callable[[str], object]) -> None:
    engine.stream.optional()
    _number(engine, lambda low: _number(engine, lambda high: then(f"{low} to {high}")))


def _number_range(engine: Engine) -> None:
    _range(engine, engine.emit)


def _quantity_range(engine: Engine) -> None:
    _range(engine, lambda numbers: _emit_with_unit(engine, numbers))


def _number_list(engine: Engine) -> None:
    engine.stream.optional()
    _number(engine, lambda numbers: engine.emit(_listed(numbers)))


def _quantity_list(engine: Engine) -> None:
    engine.stream.optional()
    _number(engine, lambda numbers: _emit_with_unit(engine, _listed(numbers)))


def _listed(numbers: str) -> str:
    *others, last = [number.strip() for number in numbers.split(";")]
    return f"{', '.join(others)} and {last}" if others else last


def _quantity(engine: Engine) -> None:
    r"""``\\SI{3.4}{\\percent}``."""
    engine.stream.optional()
    _number(engine, lambda number: _emit_with_unit(engine, number))


def _emit_with_unit(engine: Engine, number: str) -> None:
    before = engine.stream.optional()  # "\SI{5}[\$]{}"
    unit = unit_text(engine, engine.stream.argument())
    engine.emit(unit_text(engine, before) if before else "", _with_unit(number, unit))


def _with_unit(number: str, unit: str) -> str:
    return f"{number}{'' if unit in _AT_ONCE else ' '}{unit}".strip()


def _angle(engine: Engine) -> None:
    r"""``\\ang{1;2;3}``: degrees, minutes, seconds."""
    engine.stream.optional()

    def write(text: str) -> None:
        parts = zip(text.split(";"), "°′″", strict=False)
        engine.emit("".join(f"{number.strip()}{sign}" for number, sign in parts if number.strip()))

    _number(engine, write)


# ---- units


def _unit_alone(engine: Engine) -> None:
    engine.stream.optional()
    engine.emit(unit_text(engine, engine.stream.argument()))


def _unit(engine: Engine) -> None:
    r"""``\\unit[5]{kg}`` of units.sty, ``\\unit[per-mode=symbol]{\\kg}`` of siunitx."""
    number = engine.stream.optional()
    if number is None or "=" in written(number):
        engine.emit(unit_text(engine, engine.stream.argument()))
    else:
        engine.capture_tokens(number, lambda parts: _emit_with_unit(engine, plain(parts)), math=engine.math)


def _unit_fraction(engine: Engine) -> None:
    r"""``\\unitfrac[5]{m}{s}``."""
    number = engine.stream.optional()
    above = unit_text(engine, engine.stream.argument())
    unit = f"{above}/{unit_text(engine, engine.stream.argument())}"

    def write(parts: list[Part]) -> None:
        engine.emit(_with_unit(plain(parts), unit))

    engine.capture_tokens(number or [], write, math=engine.math)


def _unit_in_brackets(engine: Engine) -> None:
    r"""``\\numprint[kg]{5}``."""
    unit = unit_text(engine, engine.stream.optional() or [])
    _number(engine, lambda number: engine.emit(EDGE, _with_unit(number, unit), EDGE))


def _declare(engine: Engine) -> None:
    r"""``\\DeclareSIUnit\\molar{M}``: the unit stands for its text wherever it comes."""
    engine.stream.optional()
    name = written(engine.stream.argument()).strip()
    text = unit_text(engine, engine.stream.argument())
    if name.startswith("\\") and len(engine.units) < 1_000:
        engine.units[name[1:]] = text


@dataclass(slots=True)
class _Reading:
    """A unit while it is read: what stands above and below the line, and what waits for the next one."""

    above: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)
    per: bool = False
    prefix: str = ""
    power: str = ""
    last: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        """One more unit."""
        self.last = self.below if self.per else self.above
        self.last.append(self.prefix + name + self.power)
        self.per, self.prefix, self.power = False, "", ""

    def raise_last(self, exponent: str) -> None:
        """The unit that came last is raised."""
        if self.last:
            self.last[-1] += raised(exponent.replace("-", "−"))

    def text(self) -> str:
        """What is printed: "mg/L", "kg/(m s^2)", "s^−1"."""
        above = " ".join(self.above) + self.prefix
        if not self.below:
            return above
        if not above:
            return " ".join(map(_inverse, self.below))
        below = " ".join(self.below)
        return f"{above}/{f'({below})' if len(self.below) > 1 else below}"


def _inverse(unit: str) -> str:
    name, _, power = unit.partition("^")
    return f"{name}^−{power or '1'}"


def unit_text(engine: Engine, tokens: list[str]) -> str:
    """A unit of macros or letters as it is printed; a macro that is not known gives its name."""
    stream = TokenStream(max_steps=min(_MAX_UNIT_STEPS, 4 * len(tokens) + 100))
    stream.push(tokens[: _MAX_UNIT_STEPS // 4])
    unit = _Reading()
    for _ in range(len(tokens)):
        token = stream.next_visible()
        if token is None:
            break
        if token[0] == "\\":
            _take_command(engine, stream, unit, token[1:])
        elif token == _RAISE:
            unit.raise_last(written(stream.argument()))
        elif is_words(token):
            _take_words(unit, token)
    return unit.text()


def _take_words(unit: _Reading, words: str) -> None:
    unit.per = unit.per or words[0] == "/"
    name = words.strip("/").replace(".", " ").strip()
    if name:
        unit.add(name)
    unit.per = unit.per or words[-1] == "/"


def _take_command(engine: Engine, stream: TokenStream, unit: _Reading, name: str) -> None:
    if name in engine.units:
        unit.add(engine.units[name])
    elif name in _PREFIXES:
        unit.prefix += _PREFIXES[name]
    elif name in _UNITS:
        unit.add(_UNITS[name])
    elif name == "per":
        unit.per = True
    elif name in _POWERS or name == "tothe":
        unit.raise_last(_POWERS.get(name) or written(stream.argument()))
    elif name in _POWERS_AHEAD or name == "raiseto":
        unit.power = raised(_POWERS_AHEAD.get(name) or written(stream.argument()))
    else:
        _take_other(engine, unit, name)


def _take_other(engine: Engine, unit: _Reading, name: str) -> None:
    """An author's own macro, a sign, a font, or what nobody knows."""
    macro = engine.macros.get(f"\\{name}")
    if macro is not None and not macro.parameters:
        unit.add(written(token for token in macro.body if is_words(token) or token[0] == "^") or name)
    elif (sign := engine.signs.get(name)) is not None:
        unit.prefix += sign if name == "mu" else ""
        if sign.strip() and name != "mu":
            unit.add(sign)
    elif name.isalpha() and name not in engine.commands:
        unit.add(name)
