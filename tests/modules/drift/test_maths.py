from __future__ import annotations

import json
import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from everlearn.modules.drift import errors
from everlearn.modules.drift.maths import base, levels
from everlearn.modules.drift.maths.adwin import AdwinDetector
from everlearn.modules.drift.maths.ks import ks
from everlearn.modules.drift.maths.psi import (
    bin_counts,
    bin_edges,
    psi,
    psi_categorical,
    psi_counts,
)
from everlearn.modules.drift.maths.reference import Reference
from everlearn.modules.drift.maths.silent import SilentDetector
from everlearn.modules.drift.maths.wasserstein import wasserstein, wasserstein_sd

NAN = float("nan")
laws = settings(max_examples=40, deadline=None)
# Whole numbers with many ties and some holes (13): what real features look like at their worst.
samples = hnp.arrays(np.float64, st.integers(10, 50), elements=st.integers(-13, 13)).map(
    lambda x: np.where(x == 13, NAN, x)
)
full_samples = hnp.arrays(np.float64, st.integers(10, 50), elements=st.floats(-1e6, 1e6, width=32))


@pytest.fixture
def rng():
    return np.random.default_rng(20240607)


class TestPsi:
    @laws
    @given(samples)
    def test_is_zero_against_itself(self, x):
        assert psi(x, x) == 0.0

    @laws
    @given(samples, samples)
    def test_is_never_negative(self, x, y):
        assert psi(x, y) >= 0.0

    @laws
    @given(samples, samples, st.randoms())
    def test_does_not_depend_on_the_order_of_rows(self, x, y, random):
        shuffled = y.tolist()
        random.shuffle(shuffled)
        assert psi(x[::-1], shuffled) == psi(x, y)

    @laws
    @given(samples, samples)
    def test_an_increasing_change_of_unit_changes_nothing(self, x, y):
        assert psi(3 * x**3 + 7, 3 * y**3 + 7) == psi(x, y)

    def test_grows_with_the_shift(self, rng):
        x = rng.normal(size=4_000)
        shifts = [psi(x, x + shift) for shift in (0.0, 0.2, 0.4, 0.8, 1.6)]
        assert shifts == sorted(shifts)
        # Jeffreys divergence of N(0, 1) and N(d, 1) is d**2 = 0.16; binning loses a little of it.
        assert 0.13 < shifts[2] < 0.18

    def test_follows_the_formula(self):
        q, p = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
        expected = float(np.sum((q - p) * np.log(q / p)))
        assert psi_counts(1000 * p, 500 * q) == pytest.approx(expected, rel=1e-12)

    def test_an_empty_bin_gets_half_a_count(self):
        expected = (0.5 / 10 - 0.5) * math.log(0.5 / 10 / 0.5) + (1 - 0.5) * math.log(1 / 0.5)
        assert psi_counts([5, 5], [10, 0]) == pytest.approx(expected, rel=1e-12)
        assert psi_counts([5, 5, 0], [5, 5, 0]) == 0.0

    def test_sees_a_rising_share_of_missing_values(self, rng):
        x = rng.normal(size=1_000)
        holes = np.where(rng.random(1_000) < 0.2, NAN, x)
        assert psi(x, holes) > 0.5
        assert psi(x, np.where(np.isnan(holes), np.inf, x)) == psi(x, holes)

    def test_a_constant_reference_sees_values_on_both_sides(self):
        constant = [5.0] * 100
        for other in (4.999, 5.001):
            assert psi(constant, [5.0] * 50 + [other] * 50) > 1.0

    def test_a_feature_that_is_always_missing_is_stable(self):
        assert psi([NAN] * 20, [NAN] * 30) == 0.0

    @laws
    @given(samples)
    def test_bins_are_even_but_for_ties(self, x):
        edges = bin_edges(x, 5)
        counts = bin_counts(edges, x)
        assert counts.sum() == x.size
        assert counts[0] == np.isnan(x).sum()
        heaviest = max(np.unique(x[~np.isnan(x)], return_counts=True)[1], default=0)
        assert counts[1:].max() <= x.size / 5 + 1 + heaviest

    def test_categories(self):
        assert psi_categorical(["b", "a"], ["a", "b"]) == 0.0
        assert psi_categorical([1] * 50 + [2] * 50, [1] * 50 + [3] * 50) == pytest.approx(
            psi_counts([50, 50, 0], [50, 0, 50])
        )

    def test_refuses(self):
        with pytest.raises(errors.TooFewValues):
            psi([1.0] * 9, [1.0] * 100)
        with pytest.raises(errors.TooFewValues):
            psi(range(10), [])
        with pytest.raises(errors.TooFewValues):
            psi_categorical([], [1])
        with pytest.raises(errors.BadSetting):
            psi(range(10), range(10), bins=1)
        with pytest.raises(errors.BadSetting):
            psi_counts([1], [1, 2])


class TestKsAndWasserstein:
    @laws
    @given(full_samples, full_samples)
    def test_scipy_agrees(self, x, y):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = stats.ks_2samp(x, y, method="exact")
        assert ks(x, y) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-6)
        assert wasserstein(x, y) == pytest.approx(stats.wasserstein_distance(x, y))

    @laws
    @given(samples.filter(lambda x: np.isfinite(x).any()))
    def test_missing_values_are_left_out(self, x):
        present = x[np.isfinite(x)]
        assert ks(x, present).statistic == 0.0
        assert wasserstein(x, present) == 0.0

    def test_a_shift_is_its_own_distance(self, rng):
        x = rng.normal(3.0, 2.0, size=500)
        assert wasserstein(x, x + 1.5) == pytest.approx(1.5)
        assert wasserstein_sd(x, x + 1.5) == pytest.approx(1.5 / np.std(x))
        assert wasserstein_sd(100 * x, 100 * (x + 1.5)) == pytest.approx(wasserstein_sd(x, x + 1.5))

    def test_a_constant_reference_has_no_scale(self):
        assert wasserstein_sd([2.0, 2.0], [2.0]) == 0.0
        assert wasserstein_sd([2.0, 2.0], [3.0]) == math.inf

    @pytest.mark.parametrize("measure", [ks, wasserstein, wasserstein_sd])
    def test_refuse_nothing_to_compare(self, measure):
        with pytest.raises(errors.TooFewValues):
            measure([NAN], [1.0])


class TestReference:
    @laws
    @given(samples, samples)
    def test_gives_the_same_psi(self, x, y):
        assert Reference.fit(x).psi(y) == psi(x, y)

    @laws
    @given(samples)
    def test_survives_json(self, x):
        reference = Reference.fit(x, quantiles=11)
        again = Reference.from_dict(json.loads(json.dumps(reference.to_dict())))
        assert again == reference or math.isnan(reference.mean)
        assert again.to_dict() == reference.to_dict()

    @laws
    @given(full_samples, full_samples)
    def test_ks_is_as_close_as_promised_and_cautious(self, x, y):
        exact, stored = ks(x, y), Reference.fit(x).ks(y)
        bound = 1 / 100 + 2 / x.size
        assert stored.statistic == pytest.approx(exact.statistic, abs=bound + 1e-12)
        proven = max(0.0, exact.statistic - 1e-12)
        effective = max(1, round(x.size * y.size / (x.size + y.size)))
        assert stored.p_value >= stats.kstwo.sf(proven, effective) - 1e-9

    @laws
    @given(full_samples, full_samples)
    def test_wasserstein_never_exaggerates(self, x, y):
        reference = Reference.fit(x)
        slack = 1e-9 * (1 + np.abs(x).max() + np.abs(y).max())
        assert reference.wasserstein(y) <= wasserstein(x, y) + slack
        assert reference.wasserstein(x) <= slack

    def test_wasserstein_is_close_on_real_sizes(self, rng):
        x, y = rng.lognormal(size=20_000), rng.lognormal(0.1, 1.1, size=5_000)
        reference = Reference.fit(x)
        assert reference.wasserstein(y) == pytest.approx(wasserstein(x, y), rel=0.02)
        assert reference.wasserstein_sd(y) == pytest.approx(wasserstein_sd(x, y), rel=0.02)

    def test_one_outlier_weighs_one_row(self, rng):
        x = rng.normal(size=10_000)
        x[0] = 1e6
        assert Reference.fit(x).wasserstein(np.delete(x, 0)) == pytest.approx(100.0, rel=0.01)

    def test_refuses_what_has_no_values(self):
        nothing = Reference.fit([NAN] * 20)
        assert nothing.psi([1.0] * 20) > 1.0
        for measure in (nothing.ks, nothing.wasserstein, nothing.wasserstein_sd):
            with pytest.raises(errors.TooFewValues):
                measure([1.0])
        with pytest.raises(errors.TooFewValues):
            Reference.fit(range(20)).ks([NAN])
        with pytest.raises(errors.BadSetting):
            Reference.fit(range(20), quantiles=1)


class TestLevels:
    def test_thresholds(self):
        got = [levels.level_of(v, levels.PSI_THRESHOLDS) for v in (0.0, 0.1, 0.2, 0.35, NAN)]
        assert got == ["none", "info", "warning", "critical", "none"]
        with pytest.raises(errors.BadSetting):
            levels.level_of(1.0, (3.0, 2.0, 1.0))

    def test_noise_is_what_samples_without_drift_give(self, rng):
        seen = [psi(rng.normal(size=800), rng.normal(size=600)) for _ in range(400)]
        assert np.mean(seen) == pytest.approx(levels.psi_noise(800, 600, 10), rel=0.08)

    @pytest.mark.parametrize(("n", "m"), [(60, 60), (200, 100), (2_000, 150)])
    def test_false_alerts_are_rare(self, rng, n, m):
        alerts = 0
        for _ in range(300):
            reference, current = Reference.fit(rng.normal(size=n)), rng.normal(size=m)
            level = levels.drift_level(
                reference.psi(current),
                n_reference=n,
                n_current=m,
                n_bins=reference.n_bins,
                ks_p_value=reference.ks(current).p_value,
            )
            alerts += level != "none"
        assert alerts <= 9  # 3 expected at most; more than 9 has a chance below 0.2 %

    def test_real_drift_is_found(self, rng):
        reference, current = Reference.fit(rng.normal(size=5_000)), rng.normal(0.7, 1.0, size=500)
        sizes = {"n_reference": 5_000, "n_current": 500, "n_bins": reference.n_bins}
        found = reference.ks(current).p_value
        assert levels.drift_level(reference.psi(current), ks_p_value=found, **sizes) == "critical"

    def test_missing_values_alert_although_ks_is_blind_to_them(self):
        sizes = {"n_reference": 5_000, "n_current": 2_000, "n_bins": 11}
        assert levels.drift_level(0.4, ks_p_value=1.0, **sizes) == "critical"

    def test_large_samples_need_size_and_many_tests_need_more_certainty(self):
        sizes = {"n_reference": 10**6, "n_current": 10**6, "n_bins": 10}
        assert levels.drift_level(0.02, ks_p_value=1e-300, **sizes) == "none"
        sizes = {"n_reference": 300, "n_current": 200, "n_bins": 10}
        assert levels.drift_level(0.3, **sizes) == "warning"
        assert levels.drift_level(0.3, n_tests=10_000, **sizes) == "none"

    def test_one_bin_has_nothing_to_tell(self):
        assert levels.psi_p_value(0.0, 10, 10, 1) == 1.0

    def test_refuses(self):
        with pytest.raises(errors.BadSetting):
            levels.psi_noise(0, 10, 10)
        with pytest.raises(errors.BadSetting):
            levels.drift_level(0.1, n_reference=10, n_current=10, n_bins=2, alpha=1.0)


def detectors():
    return [AdwinDetector(), AdwinDetector(clock=1, only_worse=False), SilentDetector()]


@pytest.mark.parametrize("detector", detectors(), ids=["adwin", "adwin_both", "silent"])
class TestEveryDetector:
    def test_is_one_and_starts_empty(self, detector):
        assert isinstance(detector, base.Detector)
        assert detector.update_many([]) == []

    def test_state_is_json_and_gives_the_same_detector(self, detector, rng):
        detector.update_many(rng.random(700) * 0.2)
        again = type(detector).from_state(json.loads(json.dumps(detector.to_state())))
        assert (again.width, again.estimation) == (detector.width, detector.estimation)
        more = np.concatenate([rng.random(300) * 0.2, 0.5 + rng.random(300) * 0.2])
        assert again.update_many(more) == detector.update_many(more)
        assert (again.width, again.estimation) == (detector.width, detector.estimation)

    def test_batches_do_not_matter(self, detector, rng):
        twin = type(detector).from_state(detector.to_state())
        stream = np.concatenate([rng.random(333) * 0.3, 0.6 + rng.random(333) * 0.3])
        whole = detector.update_many(stream)
        parts = [
            at + start
            for start in range(0, 666, 111)
            for at in twin.update_many(stream[start : start + 111])
        ]
        assert whole == parts


class TestAdwin:
    def test_finds_a_step_soon_and_only_once(self, rng):
        stream = np.concatenate([rng.random(2_000) * 0.2, rng.random(1_000) * 0.2 + 0.2])
        detector = AdwinDetector(clock=1)
        alarms = detector.update_many(stream)
        assert len(alarms) == 1
        assert 2_000 <= alarms[0] < 2_060
        assert detector.estimation == pytest.approx(0.3, abs=0.01)

    def test_an_improvement_is_followed_but_not_signalled(self, rng):
        stream = np.concatenate([rng.random(1_000) * 0.2 + 0.5, rng.random(1_000) * 0.2])
        quiet, both = AdwinDetector(), AdwinDetector(only_worse=False)
        assert quiet.update_many(stream) == []
        assert len(both.update_many(stream)) == 1
        assert quiet.estimation == both.estimation == pytest.approx(0.1, abs=0.01)

    def test_is_quiet_without_drift(self, rng):
        alarms = sum(len(AdwinDetector().update_many(rng.random(5_000))) for _ in range(20))
        assert base.alarm_rate(alarms, 100_000) <= 0.02

    def test_a_cap_makes_any_loss_fit(self, rng):
        losses = np.concatenate([rng.exponential(40, 3_000), rng.exponential(80, 1_000)])
        detector = AdwinDetector(cap=500.0)
        assert len(detector.update_many(losses)) == 1
        assert detector.estimation == pytest.approx(80, rel=0.15)

    def test_state_right_after_an_alarm(self):
        detector = AdwinDetector()
        position = detector.update_many([0.1] * 500 + [0.6] * 44)[0]
        assert position == 543
        again = AdwinDetector.from_state(detector.to_state())
        assert (again.width, again.estimation) == (detector.width, detector.estimation)
        assert again.width > 0

    def test_a_long_window_is_remembered_by_its_tail(self, rng):
        detector = AdwinDetector(keep=200)
        detector.update_many(rng.random(1_000))
        again = AdwinDetector.from_state(detector.to_state())
        assert (detector.width, again.width) == (1_000, 200)

    def test_replay_of_everything_is_the_live_detector(self, rng):
        stream = np.concatenate([rng.random(500) * 0.2, rng.random(500) * 0.2 + 0.5])
        live, replayed = AdwinDetector(), AdwinDetector()
        live.update_many(stream)
        replayed.replay(stream)
        assert live.to_state() == replayed.to_state()

    def test_refuses_missing_losses_whole(self):
        detector = AdwinDetector()
        with pytest.raises(errors.NotANumber):
            detector.update_many([0.1, NAN])
        assert detector.width == 0
        assert math.isnan(detector.estimation)

    @pytest.mark.parametrize("wrong", [{"delta": 0.0}, {"clock": 0}, {"cap": -1.0}, {"keep": 0}])
    def test_refuses_settings(self, wrong):
        with pytest.raises(errors.BadSetting):
            AdwinDetector(**wrong)


def test_alarm_rate():
    assert base.alarm_rate(0, 0) == 0.0
    assert base.alarm_rate(2, 1_000) == 2.0
    with pytest.raises(errors.BadSetting):
        base.alarm_rate(-1, 10)
