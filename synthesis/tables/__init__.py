"""Claim tables: read, and written back verified."""
