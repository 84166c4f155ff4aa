"""The retrieval core: texts in, ranked and scored texts out."""

__version__ = "0.1.0"
