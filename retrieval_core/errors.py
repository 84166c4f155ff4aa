"""Errors of the retrieval core.

RetrievalError
├── InputError          a text, file or record that cannot be used; names it and the way out
├── IndexCorruptError   an index on disk that does not match its manifest
└── ModelError          a model that is missing, damaged, or made for another version
"""


class RetrievalError(Exception):
    """Base of all errors that the retrieval core raises on purpose."""


class InputError(RetrievalError):
    """Input that cannot be used; the message names it, what was expected, and the way out."""


class IndexCorruptError(RetrievalError):
    """An index on disk whose content does not match its manifest."""


class ModelError(RetrievalError):
    """A model that is missing, damaged, or does not fit the code that loads it."""
