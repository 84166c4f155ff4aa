"""Entailment: what a passage says of a claim."""
