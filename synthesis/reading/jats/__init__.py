"""JATS (the XML of journals) → full text."""
