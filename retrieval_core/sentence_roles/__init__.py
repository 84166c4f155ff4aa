"""What a sentence does in its text: background, objective, method, result; claim, premise; conclusion."""
