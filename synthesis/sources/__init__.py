"""Literature databases."""
