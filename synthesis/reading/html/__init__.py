"""Web pages of articles (LaTeXML above all) → full text."""
