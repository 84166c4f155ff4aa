"""The grammar of questions: their words, verbs, clauses, and where they turn to something else. English, by rule."""
