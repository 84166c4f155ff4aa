"""The parts of an answer: what is quoted, what the evidence covers, and what it says of a statement."""
