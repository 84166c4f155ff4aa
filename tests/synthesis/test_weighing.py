"""Parse quality and the weight of evidence."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synthesis.weighing import weigh_by_quality

ROWS = st.lists(st.tuples(st.floats(0, 1, width=32), st.floats(0, 1, width=32)), min_size=1, max_size=5)


@given(ROWS, st.floats(0, 1))
def test_both_sides_shrink_by_the_quality_and_rows_stay_probabilities(rows, quality):
    """Each side is multiplied by the quality, and the row still sums to 1."""
    scores = np.array([[a / 2, b / 2, 1 - a / 2 - b / 2] for a, b in rows], dtype=np.float32)
    weighed = weigh_by_quality(scores, [quality] * len(rows))
    np.testing.assert_allclose(weighed[:, :2], scores[:, :2] * quality, atol=1e-6)
    np.testing.assert_allclose(weighed.sum(axis=1), 1, atol=1e-6)


def test_a_text_that_was_read_well_is_left_as_it_is():
    """Quality 1 changes no bit."""
    scores = np.array([[0.7, 0.2, 0.1]], dtype=np.float32)
    assert (weigh_by_quality(scores, [1.0]) == scores).all()
