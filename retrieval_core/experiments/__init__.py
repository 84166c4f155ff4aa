"""Sweeps that answer a research question by measuring: one thing varies, all else is held, every seed is kept.

grids      a name → an Experiment: its conditions and what they have in common
selection  the pairs that a stage trains on
running    one run a condition and seed, each kept as it finishes
results    means, intervals and tests of all runs
page, plots, appendix    what a reader sees
"""
