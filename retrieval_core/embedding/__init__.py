"""The embedded encoder: a bag of vectors and a small transformer over one multilingual vocabulary."""
