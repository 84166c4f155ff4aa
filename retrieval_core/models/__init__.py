"""The embedded models, each with a manifest and a model card."""
