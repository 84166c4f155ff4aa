"""Models of real architectures, a few thousand parameters each, and two small languages to train them on."""

from __future__ import annotations

import random
import warnings
from typing import TYPE_CHECKING

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling, StaticEmbedding
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertModel,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaModel,
)

from retrieval_core.records import Document, QAPair, Qrel, Query, RetrievalSet
from retrieval_core.sampling import cross_lingual_pairs

if TYPE_CHECKING:
    from pathlib import Path

N_TOPICS = 24
_LETTERS = {"aa": "abdeiklmnorstu", "bb": "абвгдеиклморту"}


def _words(language: str, n: int) -> list[str]:
    rng = random.Random(f"words of {language}")
    return ["".join(rng.choices(_LETTERS[language], k=6)) for _ in range(n)]


def _texts(language: str, topic: int) -> tuple[str, str, str]:
    """Two questions on a topic and the passage that answers both; question and passage share no word."""
    words = _words(language, 4 * N_TOPICS + 4)
    asked, other, told, more = words[4 * topic : 4 * topic + 4]
    w, q, p, end = words[-4:]
    return f"{w} {q} {asked} {other}", f"{asked} {w} {other}", f"{p} {told} {more} {end}"


def toy_pairs() -> tuple[QAPair, ...]:
    """A monolingual pair a topic and language, and as many cross-lingual ones."""
    pairs = tuple(
        QAPair(
            pair_id=f"{language}{topic}",
            question=_texts(language, topic)[0],
            passage=_texts(language, topic)[2],
            question_language=language,
            passage_language=language,
            passage_id=f"{language}:{topic}",
            parallel_id=str(topic),
        )
        for language in _LETTERS
        for topic in range(N_TOPICS)
    )
    return (*pairs, *cross_lingual_pairs(pairs, seed=0))


def toy_development() -> RetrievalSet:
    """The same topics, asked in other words; the passages of both languages are relevant."""
    return RetrievalSet(
        name="toy",
        queries=tuple(
            Query(query_id=f"{language}:{topic}", text=_texts(language, topic)[1], language=language)
            for language in _LETTERS
            for topic in range(N_TOPICS)
        ),
        documents=tuple(
            Document(doc_id=f"{language}:p{topic}", text=_texts(language, topic)[2], language=language)
            for language in _LETTERS
            for topic in range(N_TOPICS)
        ),
        qrels=tuple(
            Qrel(query_id=f"{asked}:{topic}", doc_id=f"{told}:p{topic}", relevance=1)
            for asked in _LETTERS
            for told in _LETTERS
            for topic in range(N_TOPICS)
        ),
    )


def save_model(kind: str, folder: Path) -> str:
    """Save a fresh model of ``kind`` in sentence-transformers' form; returns its path."""
    torch.manual_seed(7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        modules = {"xlm-r": _xlm_r, "labse": _labse, "e5": _e5, "static": _static}[kind](folder / "parts")
        model = SentenceTransformer(modules=modules, device="cpu")
        model.save_pretrained(str(folder / kind), create_model_card=False)
    return str(folder / kind)


def _xlm_r(folder: Path) -> list[torch.nn.Module]:
    tokenizer = _wrapped(_unigram(), pad="<pad>", cls="<s>", sep="</s>", unk="<unk>")
    config = XLMRobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=40,
        pad_token_id=tokenizer.pad_token_id,
    )
    return [_transformer(XLMRobertaModel(config), tokenizer, folder), Pooling(32, "mean")]


def _labse(folder: Path) -> list[torch.nn.Module]:
    # At the usual spread of 0.02 so small a network gives every text the same first token.
    head = Dense(32, 32, activation_function=torch.nn.Tanh())
    return [*_bert(folder, "cls", dropout=0.0, spread=0.2), head, Normalize()]


def _e5(folder: Path) -> list[torch.nn.Module]:
    return [*_bert(folder, "mean", dropout=0.1, spread=0.02), Normalize()]


def _static(_: Path) -> list[torch.nn.Module]:
    return [StaticEmbedding(_word_piece(), embedding_dim=32)]


def _bert(folder: Path, pooling: str, dropout: float, spread: float) -> list[torch.nn.Module]:
    tokenizer = _wrapped(_word_piece(), pad="[PAD]", cls="[CLS]", sep="[SEP]", unk="[UNK]")
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=40,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        initializer_range=spread,
    )
    return [_transformer(BertModel(config), tokenizer, folder), Pooling(32, pooling)]


def _transformer(body: torch.nn.Module, tokenizer: PreTrainedTokenizerFast, folder: Path) -> Transformer:
    body.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return Transformer(str(folder), max_seq_length=32)


def _all_texts() -> list[str]:
    texts = [text for language in _LETTERS for topic in range(N_TOPICS) for text in _texts(language, topic)]
    return ["Query: Passage: query: passage:", *texts]


def _word_piece() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    tokenizer.train_from_iterator(
        _all_texts(), trainers.WordPieceTrainer(vocab_size=600, special_tokens=special, show_progress=False)
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def _unigram() -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer.train_from_iterator(
        _all_texts(),
        trainers.UnigramTrainer(
            vocab_size=600, special_tokens=special, unk_token="<unk>", show_progress=False
        ),
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def _wrapped(tokenizer: Tokenizer, *, pad: str, cls: str, sep: str, unk: str) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=pad, cls_token=cls, sep_token=sep, unk_token=unk
    )
