"""Abstracts with markup become plain text, free texts fit an address."""

from __future__ import annotations

import time
from html import escape
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.sources.markup import plain_abstract, plain_text
from synthesis.sources.query_text import fit_address


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("<jats:p>Owls &amp; mice</jats:p><jats:p>hear.</jats:p>", "Owls & mice hear."),
        ("<p>H<sub>2</sub>O, 10<sup>−3</sup> m<sup>2</sup></p>", "H2O, 10^−3 m2"),
        ("of<jats:italic>MLH1</jats:italic>in", "of MLH1 in"),
        ("<i>n</i>th and <i>p</i>53", "nth and p53"),
        ("<jats:sec><jats:title>Methods</jats:title><jats:p>We ask.</jats:p></jats:sec>", "Methods: We ask."),
        ("<h4>Why?</h4>Because.", "Why? Because."),
        ("at p &amp;amp;lt; 0.05 and x > 3", "at p < 0.05 and x > 3"),
        ("p<0.05 and a < b", "p<0.05 and a < b"),
        ("&lt;jats:p&gt;Owls&lt;/jats:p&gt;", "Owls"),
        ("x<!-- a note -->y <![CDATA[z]]>", "x y z"),
        ("<p><tex-math>$a$</tex-math><mml:math><mml:mi>a</mml:mi><mml:mn>2</mml:mn></mml:math></p>", "a2"),
        ("<tex-math>$a^2$</tex-math>", "$a^2$"),
        ("<jats:p> </jats:p>", None),
    ],
)
def test_markup_becomes_text(fragment, text):
    """No tag and no entity is left, words stay apart, formulas come once, signs of comparison stay."""
    assert plain_text(fragment) == text


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("150 × 10<sup>9</sup>/L, p &lt; 5 × 10<sup>-8</sup>", "150 × 10^9/L, p < 5 × 10^-8"),
        ("5x10&lt;sup&gt;&amp;minus;8&lt;/sup&gt;", "5x10^−8"),
        ("10 <jats:sup>6</jats:sup> and 10<sup>-</sup><sup>8</sup>", "10^6 and 10^-8"),
        ("10<sup><i>6</i></sup> <i>10<sup>-3</sup></i>", "10^6 10^-3"),
        ("CO<sub>2</sub>, Ca<sup>2+</sup>, the 5<sup>th</sup> m<sup>2</sup>", "CO2, Ca2+, the 5th m2"),
        ("3<sup>1</sup>/<sub>2</sub> h, <sup>1</sup>/<sub>2</sub> h", "3 1/2 h, 1/2 h"),
        ("<math><msup><mn>10</mn>\n<mn>6</mn></msup></math>", "10^6"),
        ("<math><mn>3</mn><mfrac><mn>1</mn><mn>2</mn></mfrac></math>", "3 1/2"),
        ("<math><msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup></math>", "xi^2"),
        (
            (
                "<mml:math><mml:mfrac><mml:msup><mml:mi>a</mml:mi><mml:mn>2</mml:mn></mml:msup>"
                "<mml:mrow><mml:mi>b</mml:mi><mml:mo>+</mml:mo><mml:mi>c</mml:mi></mml:mrow></mml:mfrac></mml:math>"
            ),
            "(a^2)/(b+c)",
        ),
        ("<math><mfrac><mn>1</mn></math> of 2", "1 of 2"),
        ("<math><msup><mrow>a<mo>+</mo>b</mrow><mn>2</mn></msup></math>", "(a+b)^2"),
    ],
)
def test_exponents_and_fractions_keep_their_value(fragment, text):
    """An exponent stands behind "^" and a fraction's halves beside "/"; subscripts, charges and ordinals stay plain."""
    assert plain_text(fragment) == text


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        (
            "Values &lt;LLOQ were set to zero. Half died, and doses &gt;5 mg were safe.",
            "Values <LLOQ were set to zero. Half died, and doses >5 mg were safe.",
        ),
        ("if a <b then 5% of all, while c> d", "if a <b then 5% of all, while c> d"),
        ("5 <x< 10, 1 <y> 2", "5 <x< 10, 1 <y> 2"),
        ('<foo kind="x">owls</foo> <jats:foo>hear</jats:foo>', "owls hear"),
        ('<mml:math alttext="a > b"><mml:mi>a</mml:mi></mml:math>', "a"),
        ("<a href=https://example.org/x>owls</a><br/>hear", "owls hear"),
    ],
)
def test_only_known_names_and_attributes_make_a_tag(fragment, text):
    """What stands between signs of comparison is text unless it has the form of a tag."""
    assert plain_text(fragment) == text


@pytest.mark.parametrize(
    ("abstract", "text"),
    [
        ("<jats:title>Abstract</jats:title><jats:p>We ask.</jats:p>", "We ask."),
        ("<jats:title>ABSTRACT</jats:title><jats:p>we ask.</jats:p>", "we ask."),
        ("Abstract We ask.", "We ask."),
        ("Abstract: we ask.", "we ask."),
        ("AbstractWe ask.", "We ask."),
        ("ABSTRACT we ask.", "we ask."),
        ("Abstract algebra is hard.", "Abstract algebra is hard."),
        ("We read the abstract: it was short.", "We read the abstract: it was short."),
    ],
)
def test_name_of_an_abstract_is_left_out(abstract, text):
    """The word "Abstract" above an abstract is no part of it; as the first word of a sentence it is."""
    assert plain_abstract(abstract) == text


def test_title_keeps_its_first_word():
    """A title that begins with "Abstract" is not taken for a heading."""
    assert plain_text("Abstract Interpretation of Owls") == "Abstract Interpretation of Owls"


@given(
    st.text(
        alphabet=st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]) | st.just(" "), max_size=80
    )
)
def test_text_without_markup_is_unchanged(text):
    """What holds neither a tag nor an entity comes out as it is, blanks folded."""
    plain = " ".join(text.replace("<", "(").replace("&", "+").split())
    assert (plain_text(plain) or "") == plain
    assert (plain_text(f"<jats:p>{escape(plain)}</jats:p>") or "") == plain


@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        "<jats:title>",
        "<a ",
        "<tex-math>math",
        "&amp;",
        "<",
        "<a:",
        "</title>",
        "<i>aa",
        "]]>",
        '<a b="',
        "<a b='x ",
        "<msup>a",
        "<mfrac>",
        "10<sup>",
        "<a b=c ",
    ],
)
def test_hostile_markup_takes_no_time(piece):
    """Case 32: a text that is nothing but openings of one kind is read in one pass."""
    began = time.process_time()
    plain_text(piece * (200_000 // len(piece)))
    assert time.process_time() - began < 2


@given(st.text(max_size=3000), st.integers(60, 400))
def test_text_fits_an_address(text, most):
    """Whatever is asked, in whatever script, is cut to its escaped length, and what fits is kept whole."""
    fitted = fit_address(text, most)
    assert len(quote_plus(fitted, errors="replace")) <= most
    whole = " ".join(text.split())
    assert whole.startswith(fitted)
    if len(quote_plus(whole, errors="replace")) <= most and len(text) <= 2 * most:
        assert fitted == whole
