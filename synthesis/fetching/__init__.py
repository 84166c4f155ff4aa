"""Full texts: which open copies of a paper there are, the best of them fetched, read and joined to its facts."""
