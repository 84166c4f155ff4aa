"""Asking hosts politely and safely: pace, deadlines, retries, a checked cache, addresses, secrets."""
