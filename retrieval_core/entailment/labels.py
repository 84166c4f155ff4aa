"""What a judge says of a passage, and the file that tells which judge a folder holds."""

LABELS = ("SUPPORTS", "REFUTES", "NEITHER")
MODEL_FILE = "model.json"
