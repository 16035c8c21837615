from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression

from everlearn.modules.predictions import errors
from everlearn.modules.predictions.maths import scores
from everlearn.modules.predictions.maths.venn_abers import VennAbers

laws = settings(max_examples=50, deadline=None)
# Few distinct scores, so that ties are the rule.
calibration = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), min_size=1, max_size=40)
resolved = st.lists(
    st.tuples(st.integers(0, 20).map(lambda k: k / 20), st.integers(0, 1)), min_size=1, max_size=60
)


@pytest.fixture
def rng():
    return np.random.default_rng(20240607)


def columns(rows):
    return tuple(np.array(column) for column in zip(*rows, strict=True))


def by_the_definition(s, y, new, label):
    """Isotonic fit with the new row added under the label, read at the new row."""
    fit = IsotonicRegression().fit(np.append(s, new), np.append(y, label))
    return fit.predict([new])[0]


class TestVennAbers:
    @laws
    @given(calibration, st.integers(-1, 20).map(lambda k: k / 2))
    def test_is_two_isotonic_fits(self, rows, new):
        s, y = columns(rows)
        calibrated = VennAbers.fit(s, y).predict([new])
        # scikit-learn keeps single precision inside, hence the tolerance.
        assert calibrated.lower[0] == pytest.approx(by_the_definition(s, y, new, 0), abs=1e-6)
        assert calibrated.upper[0] == pytest.approx(by_the_definition(s, y, new, 1), abs=1e-6)

    def test_is_two_isotonic_fits_in_double_precision(self, rng):
        s, y = rng.permutation(400), rng.integers(0, 2, 400)
        order = np.argsort(s)
        calibrated = VennAbers.fit(s, y).predict(s)
        for row in range(0, 400, 37):
            place = s[row]  # the rank, since the scores are a permutation
            for label, got in ((0, calibrated.lower[row]), (1, calibrated.upper[row])):
                target, weights = y[order].astype(float), np.ones(400)
                target[place], weights[place] = (target[place] + label) / 2, 2.0
                fit = optimize.isotonic_regression(target, weights=weights)
                assert got == pytest.approx(fit.x[place], abs=1e-12)

    @laws
    @given(calibration)
    def test_bounds_are_ordered_and_rise_with_the_score(self, rows):
        p, lower, upper = VennAbers.fit(*columns(rows)).predict(np.arange(-1, 11, 0.5))
        assert (lower <= p + 1e-12).all()
        assert (p <= upper + 1e-12).all()
        for curve in (p, lower, upper):
            assert (np.diff(curve) >= -1e-12).all()
            assert curve.min() >= 0.0
            assert curve.max() <= 1.0

    @laws
    @given(calibration)
    def test_an_increasing_change_of_score_changes_nothing(self, rows):
        s, y = columns(rows)
        new = np.arange(-1, 11, 0.5)
        one, other = (
            VennAbers.fit(s, y).predict(new),
            VennAbers.fit(np.exp(s), y).predict(np.exp(new)),
        )
        assert np.array_equal(one.probability, other.probability)

    @laws
    @given(calibration)
    def test_swapping_labels_and_signs_is_the_mirror_image(self, rows):
        s, y = columns(rows)
        new = np.arange(-1, 11, 0.5)
        one, other = VennAbers.fit(s, y).predict(new), VennAbers.fit(-s, 1 - y).predict(-new)
        assert np.allclose(one.lower, 1 - other.upper, atol=1e-12)

    def test_calibrates_and_narrows(self, rng):
        def draw(n):
            margin = rng.normal(size=n)
            return margin, rng.random(n) < 1 / (1 + np.exp(-3 * margin))

        margins, labels = draw(20_000)
        few, many = VennAbers.fit(margins[:200], labels[:200]), VennAbers.fit(margins, labels)
        margins, labels = draw(20_000)
        overconfident = 1 / (1 + np.exp(-9 * margins))
        calibrated = many.predict(margins)
        before = scores.expected_calibration_error(overconfident, labels)
        after = scores.expected_calibration_error(calibrated.probability, labels)
        assert before > 0.1
        assert after < 0.02
        gaps = [np.mean(v.predict(margins).upper - v.predict(margins).lower) for v in (few, many)]
        assert gaps[1] < gaps[0] / 5

    def test_survives_storage(self, rng):
        fitted = VennAbers.fit(rng.normal(size=50), rng.integers(0, 2, 50))
        again = VennAbers.from_arrays({k: v.tolist() for k, v in fitted.to_arrays().items()})
        new = rng.normal(size=20)
        assert np.array_equal(again.predict(new).probability, fitted.predict(new).probability)

    def test_infinite_scores_are_beyond_all_others(self):
        calibrated = VennAbers.fit([1, 2], [0, 1]).predict([-math.inf, math.inf])
        assert calibrated.lower[0] == 0.0
        assert calibrated.upper[1] == 1.0

    def test_refuses(self):
        with pytest.raises(errors.TooFewValues):
            VennAbers.fit([], [])
        with pytest.raises(errors.LengthMismatch):
            VennAbers.fit([1.0], [1, 0])
        with pytest.raises(errors.BadScore):
            VennAbers.fit([math.nan], [1])
        with pytest.raises(errors.BadLabel):
            VennAbers.fit([1.0], [2])
        with pytest.raises(errors.BadScore):
            VennAbers.fit([1.0], [1]).predict([math.nan])


class TestScores:
    @laws
    @given(resolved)
    def test_scikit_learn_agrees(self, rows):
        p, y = columns(rows)
        clipped = np.clip(p, 1e-6, 1 - 1e-6)
        assert scores.log_loss(p, y) == pytest.approx(metrics.log_loss(y, clipped, labels=[0, 1]))
        assert scores.brier(p, y) == pytest.approx(np.mean((p - y) ** 2))
        if 0 < y.sum() < y.size:
            assert scores.auc(p, y) == pytest.approx(metrics.roc_auc_score(y, p))
        else:
            assert math.isnan(scores.auc(p, y))

    @laws
    @given(resolved, st.integers(1, 20), st.randoms())
    def test_reliability_does_not_depend_on_the_order_of_rows(self, rows, bins, random):
        curve = scores.reliability_curve(*columns(rows), bins=bins)
        random.shuffle(rows)
        again = scores.reliability_curve(*columns(rows), bins=bins)
        assert all(np.allclose(a, b) for a, b in zip(curve, again, strict=True))
        assert curve.n.sum() == len(rows)
        assert (np.diff(curve.mean_probability) > 0).all()

    def test_bins_are_even_without_ties(self, rng):
        curve = scores.reliability_curve(rng.random(150), rng.integers(0, 2, 150))
        assert curve.n.tolist() == [10] * 15

    def test_calibration_error_of_a_constant_forecast(self):
        assert scores.expected_calibration_error([0.7] * 10, [1] * 5 + [0] * 5) == pytest.approx(
            0.2
        )

    def test_eps_caps_the_loss(self):
        assert scores.log_losses([0.0], [1], eps=0.01)[0] == pytest.approx(math.log(100))

    def test_coverage_counts_the_ends_and_infinite_intervals(self):
        low, high = [0, 0, -math.inf, 3], [1, 1, math.inf, 2]
        assert scores.interval_coverage(low, high, [0, 2, 9, 2.5]) == 0.5

    @pytest.mark.parametrize(
        "call", [scores.log_loss, scores.brier, scores.reliability_curve, scores.auc]
    )
    def test_refuse(self, call):
        with pytest.raises(errors.TooFewValues):
            call([], [])
        with pytest.raises(errors.LengthMismatch):
            call([0.5], [1, 0])
        with pytest.raises(errors.BadLabel):
            call([0.5], [0.5])
        with pytest.raises(errors.BadScore):
            call([math.nan], [1])

    def test_refuse_what_only_they_can(self):
        with pytest.raises(errors.BadScore):
            scores.brier([1.1], [1])
        with pytest.raises(errors.BadScore):
            scores.log_loss([0.5], [1], eps=0.5)
        with pytest.raises(errors.TooFewValues):
            scores.reliability_curve([0.5], [1], bins=0)
        with pytest.raises(errors.TooFewValues):
            scores.interval_coverage([], [], [])
        with pytest.raises(errors.LengthMismatch):
            scores.interval_coverage([0], [1], [1, 2])
        with pytest.raises(errors.BadScore):
            scores.interval_coverage([0], [1], [math.nan])
