"""The cross-encoder as a network: the encoder's transformer over both texts at once, and a head for three labels."""

from __future__ import annotations

import torch
from torch import nn

from retrieval_core.embedding.body import WIDTH, Body, mean_of

N_LABELS = 3
N_MARKS = 2  # "of the passage", "matched"


class CrossEncoder(nn.Module):
    """(input vectors, marks, mask) → logits (batch, 3)."""

    def __init__(self, body: Body, dropout: float = 0.0) -> None:
        super().__init__()
        self.body = body
        self.marks = nn.Parameter(torch.zeros(N_MARKS, WIDTH))
        self.head = nn.Linear(2 * WIDTH, N_LABELS)
        self.dropout = nn.Dropout(dropout)

    def forward(self, vectors: torch.Tensor, marks: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """``vectors``: (batch, length, 384); ``marks``: (batch, length, 2); ``mask``: (batch, length)."""
        hidden = self.body.hidden(self.dropout(vectors + marks @ self.marks), mask)
        pooled = torch.cat([hidden[:, 0], mean_of(hidden, mask)], dim=1)
        logits: torch.Tensor = self.head(self.dropout(pooled))
        return logits
