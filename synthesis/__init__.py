"""Synthesis: answers a research question from the literature and says how far each claim can be trusted."""

__version__ = "0.1.0"
