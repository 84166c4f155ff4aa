"""A report → bytes; one file per format."""
