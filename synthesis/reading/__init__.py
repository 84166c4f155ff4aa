"""Files from outside → papers; one file per format."""
