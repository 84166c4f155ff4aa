"""Claim tables: read, and written back verified."""

from synthesis.tables.json_table import given_ids
from synthesis.tables.reading import read_claims
from synthesis.tables.records import ClaimRow, ClaimTable
from synthesis.tables.writing import output_name, write_verified

__all__ = ["ClaimRow", "ClaimTable", "given_ids", "output_name", "read_claims", "write_verified"]
