"""One vocabulary for all languages: MiniLM's word pieces first, in their order, then pieces of the other languages.

English keeps its pieces, so the transformer's own embeddings go on serving it: an added piece that would cut a
frequent English word differently is left out again.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from tokenizers.processors import TemplateProcessing

from retrieval_core.embedding.text import prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

UNKNOWN = "[UNK]"
_PREFIX = "##"
_MAX_WORD_CHARS = 400  # Thai writes sentences without spaces; a longer run becomes one unknown piece
_MIN_ENGLISH_COUNT = 3


def make_tokenizer(pieces: Sequence[str], *, special_tokens: bool = True) -> Tokenizer:
    """A WordPiece tokenizer over ``pieces`` (in order of id) for prepared text.

    ``special_tokens``: whether [CLS] … [SEP] are put around.
    """
    ids = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = Tokenizer(
        models.WordPiece(
            ids,
            unk_token=UNKNOWN,
            continuing_subword_prefix=_PREFIX,
            max_input_chars_per_word=_MAX_WORD_CHARS,
        )
    )
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=False
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    if special_tokens:
        tokenizer.post_processor = TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])]
        )
    return tokenizer


def build_vocabulary(
    base: Sequence[str],
    texts: Mapping[str, Iterable[str]],
    sizes: Mapping[str, int],
    english: Iterable[str],
) -> list[str]:
    """``base`` and after it the pieces learned from each language's ``texts``, as many as ``sizes`` says.

    ``english``: texts whose frequent words must keep their pieces.
    """
    known = set(base)
    added: list[str] = []
    for language, size in sizes.items():
        for piece in learn_pieces(texts[language], size):
            if piece not in known:
                known.add(piece)
                added.append(piece)
    words = _frequent_words(english)
    # Without a spoiler a word may fall to a shorter one, so this goes on until there is none.
    while spoilers := _pieces_that_change(words, base, added):
        added = [piece for piece in added if piece not in spoilers]
    return [*base, *added]


def learn_pieces(texts: Iterable[str], size: int) -> list[str]:
    """The ``size`` word pieces that cover ``texts`` best (WordPiece by merges), in order of learning."""
    tokenizer = make_tokenizer([UNKNOWN], special_tokens=False)
    normalised = [tokenizer.normalizer.normalize_str(prepare(text)) for text in texts]
    # The trainer numbers inner letters as its hash map yields them, and breaks ties between merges by number. Given
    # as special they have fixed numbers, so that the same texts give the same pieces.
    runs = {run for text in normalised for run in text.split()}
    split = tokenizer.pre_tokenizer.pre_tokenize_str
    inner = {letter for run in runs for word, _ in split(run) for letter in word[1:]}
    trainer = trainers.WordPieceTrainer(
        vocab_size=size,
        min_frequency=3,
        special_tokens=[UNKNOWN, *(_PREFIX + letter for letter in sorted(inner))],
        continuing_subword_prefix=_PREFIX,
        show_progress=False,
    )
    tokenizer.train_from_iterator(normalised, trainer)
    ids = tokenizer.get_vocab()
    return [piece for piece in sorted(ids, key=ids.__getitem__) if piece != UNKNOWN]


def _frequent_words(english: Iterable[str]) -> list[str]:
    split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    counts = Counter(word for text in english for word, _ in split(prepare(text)))
    return [word for word, n in counts.items() if n >= _MIN_ENGLISH_COUNT and word.isascii()]


def _pieces_that_change(words: Sequence[str], base: Sequence[str], added: Sequence[str]) -> frozenset[str]:
    """Those of ``added`` in words that ``base`` alone cuts otherwise."""
    old_pieces = make_tokenizer(base, special_tokens=False).encode_batch(words)
    new_pieces = make_tokenizer([*base, *added], special_tokens=False).encode_batch(words)
    new = set(added)
    return frozenset(
        piece
        for old, changed in zip(old_pieces, new_pieces, strict=True)
        if old.tokens != changed.tokens and UNKNOWN not in old.tokens
        for piece in changed.tokens
        if piece in new
    )
