"""PDF → full text: boxes of letters, in a child process, laid out anew in reading order."""
