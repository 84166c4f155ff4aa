"""A report checked offline against the run that made it: quotes, counts, references, and every word of the file."""
