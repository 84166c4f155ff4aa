"""The checks that a reviewer may make: each one idea, a function from what it sees of a draft to its findings."""
