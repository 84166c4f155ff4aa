"""Which pairs stand together in a training batch: monolingual, cross-lingual or hybrid (arXiv 2408.10536, 2.2)."""

from retrieval_core.sampling.config import PRESETS, Batch, Position, Sampling, share
from retrieval_core.sampling.cross_lingual import cross_lingual_pairs
from retrieval_core.sampling.planning import Sampler, plan_epoch, plan_steps, unused_pairs

__all__ = [
    "PRESETS",
    "Batch",
    "Position",
    "Sampler",
    "Sampling",
    "cross_lingual_pairs",
    "plan_epoch",
    "plan_steps",
    "share",
    "unused_pairs",
]
