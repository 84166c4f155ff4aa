"""The local web page: the library of reports, a question asked and watched, claims beside their evidence."""
