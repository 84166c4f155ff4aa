"""The review panel: reviewers blind to each other, their findings, the revision that follows, and the consensus."""
