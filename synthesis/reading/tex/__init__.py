"""LaTeX as a reader sees it: tokens → macros expanded → text, tables, references. Nothing in it is executed."""
