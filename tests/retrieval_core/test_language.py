"""The language of a text."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval_core.language import KNOWN, detect, guess


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is the highest mountain of the Alps?", "en"),
        ("Wo liegt der höchste Berg der Alpen?", "de"),
        ("Où se trouve la plus haute montagne des Alpes ?", "fr"),
        ("Qual è la montagna più alta delle Alpi?", "it"),
        ("Alplerin en yüksek dağı nerededir?", "tr"),
        ("Ngọn núi cao nhất của dãy Alps ở đâu?", "vi"),
        ("Какая гора в Альпах самая высокая?", "ru"),
        ("Яка найвища гора в Альпах?", "uk"),
        ("Κατάλογος των βουνών", "el"),
        ("ما هو أعلى جبل في جبال الألب؟", "ar"),
        ("بلندترین کوه آلپ کجاست و چه نام دارد؟", "fa"),
        ("आल्प्स का सबसे ऊँचा पर्वत कौन सा है?", "hi"),
        ("ภูเขาที่สูงที่สุดในเทือกเขาแอลป์คือที่ไหน", "th"),
        ("阿尔卑斯山最高的山峰在哪里?", "zh"),
        ("アルプスで一番高い山はどこですか?", "ja"),
        ("Transformerモデルの評価", "ja"),
        ("알프스에서 가장 높은 산은 어디입니까?", "ko"),
        ("42 – 43", None),
        ("", None),
    ],
)
def test_languages_are_told_apart(text, language):
    """One sentence is enough, also among languages that share a script."""
    assert detect(text) == language


@given(st.text())
def test_any_text_has_a_language_or_none(text):
    """Nothing raises, and the answer is the same each time."""
    assert detect(text) == detect(text)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *[
            (t, "ru")
            for t in (
                "Что это?",
                "Кто он?",
                "Где он родился?",
                "Сколько лет?",
                "Объём Земли",
                "Кто такие булгары?",
                "Родина розы?",
            )
        ],
        *[(t, "bg") for t in ("Кой е той?", "Къде е Париж?")],
        *[(t, "uk") for t in ("Хто він?", "Де її дім?")],
        ("Дзе знаходзіцца Мінск?", "be"),
        ("Ко је ово?", "sr"),
        ("Мәскеу қайда?", "kk"),
        ("چه کسی؟", "fa"),
        ("Gdje se nalazi glavni grad Hrvatske i koliko ima stanovnika?", "hr"),
        ("Hva heter hovedstaden i Norge, og hvor mange bor der?", "no"),
    ],
)
def test_letters_tell_where_words_are_few(text, language):
    """A letter that a language does not have rules it out, so a few words are enough."""
    assert detect(text) == language


def test_a_name_does_not_change_a_long_text():
    """Letters of another language are one in a hundred in a Russian text that quotes a name, not in Ukrainian."""
    text = "Киев (по-украински Київ) стоит на Днепре; в городе живет три миллиона человек, и он растет и теперь, когда идет война."
    assert detect(text) == "ru"
    assert detect(text[:28]) == "uk"


@given(st.text(), st.sampled_from([(), ("ru", "bg"), ("de", "zh"), ("xx",)]))
def test_a_guess_is_one_of_its_script_with_a_probability(text, among):
    """What is guessed is known, and its probability is one; both functions agree."""
    found = guess(text, among)
    assert detect(text, among) == (found and found.language)
    assert found is None or (found.language in KNOWN and 0 <= found.probability <= 1)


def test_what_it_can_be_narrows_the_choice():
    """Among the languages given; those of another script do not count."""
    assert detect("in", among=["de"]) == "de"
    assert detect("山", among=["de"]) == "zh"
    assert detect("Кто он?", among=["bg", "en"]) == "bg"


def test_the_model_loads_with_the_first_text_that_needs_it():
    """Importing the module loads neither the model nor its package."""
    code = "import sys, retrieval_core.language as l; l.detect('γη'); print('py3langid' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
