from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import integrate

from everlearn.modules.experiments import errors
from everlearn.modules.experiments.maths.confidence import _boundary, mean_confidence_sequence
from everlearn.modules.experiments.maths.eprocess import (
    BETS,
    EProcess,
    better_than_champion,
    block_means,
    worse_than_promised,
)

laws = settings(max_examples=50, deadline=None)
differences = hnp.arrays(np.float64, st.integers(0, 40), elements=st.floats(-2, 2, width=32))
ALPHA = 0.05


@pytest.fixture
def rng():
    return np.random.default_rng(20240607)


def by_the_definition(values, clip):
    """Wealth after each row, straight from the product, one row at a time."""
    wealth, history = [1.0] * len(BETS), []
    for value in values:
        d = min(max(value, -clip), clip)
        wealth = [w * (1 + bet * d / clip) for w, bet in zip(wealth, BETS, strict=True)]
        history.append(sum(wealth) / len(wealth))
    return history


class TestEProcess:
    @laws
    @given(differences)
    def test_is_the_mean_wealth_of_the_bets(self, d):
        process = better_than_champion(1.0).update_many(d)
        history = by_the_definition(d, 1.0)
        assert process.log_e == pytest.approx(math.log(history[-1]) if history else 0.0, abs=1e-9)
        assert process.max_log_e == pytest.approx(math.log(max([1.0, *history])), abs=1e-9)

    @laws
    @given(differences, st.integers(0, 40))
    def test_batches_do_not_matter(self, d, cut):
        whole = better_than_champion(1.0).update_many(d)
        parts = better_than_champion(1.0).update_many(d[:cut]).update_many(d[cut:])
        assert parts.n == whole.n
        for name in ("log_e", "max_log_e", "total", "total_squares", "variation"):
            assert getattr(parts, name) == pytest.approx(getattr(whole, name), abs=1e-9)

    @laws
    @given(differences, st.floats(0.01, 100))
    def test_the_unit_of_the_loss_does_not_matter(self, d, unit):
        one = better_than_champion(1.0).update_many(d)
        other = better_than_champion(unit).update_many(d * unit)
        assert other.log_e == pytest.approx(one.log_e, abs=1e-6)

    @laws
    @given(differences.filter(lambda d: d.size > 0), st.integers(0, 39), st.floats(0, 1))
    def test_a_better_row_is_never_worse_evidence(self, d, row, gain):
        better = d.copy()
        better[row % d.size] += gain
        low, high = (better_than_champion(1.0).update_many(x).log_e for x in (d, better))
        assert high >= low - 1e-12

    @laws
    @given(differences)
    def test_survives_json(self, d):
        process = better_than_champion(1.0).update_many(d)
        assert EProcess.from_dict(json.loads(json.dumps(process.to_dict()))) == process

    def test_a_crossing_inside_a_batch_counts(self):
        d = [0.5] * 60 + [-0.9] * 60
        process = better_than_champion(1.0).update_many(d)
        assert process.log_e < 0 < math.log(1 / ALPHA) < process.max_log_e
        assert process.rejects(ALPHA)
        assert process.p_value <= ALPHA

    def test_sums(self):
        process = better_than_champion(1.0).update_many([0.5, -0.5, 3.0])
        assert (process.n, process.total, process.total_squares) == (3, 1.0, 1.5)
        # Deviations from the mean so far: 0.5 - 0, -0.5 - 0.5, 1 - 0.
        assert process.variation == pytest.approx(0.25 + 1.0 + 1.0)
        assert process.mean == pytest.approx(1 / 3)
        assert math.isnan(better_than_champion(1.0).mean)

    def test_long_batches_are_cut(self, rng):
        d = rng.normal(0.01, 0.3, 40_000)
        process = better_than_champion(1.0)
        for part in np.split(d, 8):
            process = process.update_many(part)
        assert process.log_e == pytest.approx(better_than_champion(1.0).update_many(d).log_e)

    @pytest.mark.parametrize(
        "draw",
        [
            lambda rng: rng.choice([-1.0, 1.0], 2_000),
            lambda rng: rng.normal(0.0, 0.3, 2_000),
            lambda rng: np.where(rng.random(2_000) < 0.9, 0.1, -0.9),  # rare, large losses
            lambda rng: rng.normal(0.0, np.linspace(0.05, 0.4, 2_000)),  # variance drifts
        ],
        ids=["coin", "normal", "skewed", "drifting"],
    )
    def test_looking_after_every_row_keeps_the_false_alarm_rate(self, rng, draw):
        wrong = sum(
            better_than_champion(1.0).update_many(draw(rng)).rejects(ALPHA) for _ in range(200)
        )
        # At a true rate of 5 % more than 19 of 200 has a chance below 0.5 %.
        assert wrong <= 19

    def test_has_power_without_knowing_the_effect(self, rng):
        found = [
            better_than_champion(1.0).update_many(rng.normal(0.05, 0.3, 900)).rejects(ALPHA)
            for _ in range(100)
        ]
        # A fixed-sample test of the same power needs about 310 rows and may look only once.
        assert np.mean(found) >= 0.9

    def test_rollback_is_the_same_test_the_other_way_round(self, rng):
        d = rng.normal(0.1, 0.3, 1_000)
        forward, backward = (better_than_champion(1.0).update_many(x) for x in (d, -d))
        assert forward.rejects(ALPHA)
        assert not backward.rejects(ALPHA)

    def test_refuses(self):
        with pytest.raises(errors.NotANumber):
            better_than_champion(1.0).update_many([math.nan])
        for clip in (0.0, -1.0, math.inf, math.nan):
            with pytest.raises(errors.BadSetting):
                better_than_champion(clip)
        with pytest.raises(errors.BadSetting):
            better_than_champion(1.0, bets=[1.0])
        for alpha in (0.0, 1.0):
            with pytest.raises(errors.BadSetting):
                better_than_champion(1.0).rejects(alpha)


class TestWorseThanPromised:
    def test_a_kept_promise_is_seldom_called_broken(self, rng):
        wrong = sum(
            worse_than_promised(0.1, 1.0).update_many(rng.random(2_000) < 0.1).rejects(ALPHA)
            for _ in range(200)
        )
        assert wrong <= 19

    def test_a_broken_promise_is_found(self, rng):
        found = sum(
            worse_than_promised(0.1, 1.0).update_many(rng.random(1_000) < 0.15).rejects(ALPHA)
            for _ in range(50)
        )
        assert found >= 45

    def test_better_than_promised_is_no_evidence(self):
        process = worse_than_promised(0.5, 1.0).update_many([0.0, 0.4] * 100)
        assert process.max_log_e == 0.0
        assert process.mean == pytest.approx(0.2)

    def test_losses_are_clipped_at_the_cap(self):
        huge, capped = (worse_than_promised(0.5, 2.0).update_many(x) for x in ([9.0], [2.0]))
        assert huge == capped

    @pytest.mark.parametrize(("promised", "cap"), [(0.0, 1.0), (1.0, 1.0), (2.0, 1.0)])
    def test_refuses(self, promised, cap):
        with pytest.raises(errors.BadSetting):
            worse_than_promised(promised, cap)


class TestConfidenceSequence:
    @pytest.mark.parametrize("variation", [0.0, 0.01, 1.0, 30.0])
    def test_boundary_is_where_the_mixture_reaches_the_threshold(self, variation):
        threshold = math.log(40)
        deviation = _boundary(variation, threshold)
        rho = 1 / (2 * threshold + math.log1p(2 * threshold))

        def wealth(y):  # one bet of the mixture, y = 1 - bet
            return math.exp((deviation + variation) * (1 - y)) * y**variation

        def weight(y):
            return y ** (rho - 1) * math.exp(-rho * y)

        mixed = integrate.quad(lambda y: wealth(y) * weight(y), 0, 1)[0]
        assert math.log(mixed / integrate.quad(weight, 0, 1)[0]) == pytest.approx(
            threshold, abs=1e-5
        )

    def test_holds_after_every_row_at_once(self, rng):
        missed = 0
        for _ in range(60):
            process, d = better_than_champion(1.0), rng.normal(0.1, 0.2, 600)
            for block in np.split(d, 60):
                process = process.update_many(block)
                low, high = mean_confidence_sequence(process, alpha=ALPHA)
                if not low <= 0.1 <= high:
                    missed += 1
                    break
        assert missed <= 9  # 3 expected at most

    def test_narrows_like_the_root_of_n(self, rng):
        d = rng.normal(0.02, 0.3, 100_000)
        widths = []
        for n in (100, 1_000, 10_000, 100_000):
            low, high = mean_confidence_sequence(better_than_champion(1.0).update_many(d[:n]))
            assert low < 0.02 < high
            widths.append((high - low) / 2)
        assert widths == sorted(widths, reverse=True)
        assert widths[-1] < 2.5 * 1.96 * 0.3 / math.sqrt(100_000)

    def test_stays_in_the_range_and_in_the_unit_of_the_loss(self):
        assert mean_confidence_sequence(better_than_champion(2.0)) == (-2.0, 2.0)
        assert mean_confidence_sequence(worse_than_promised(0.25, 1.0)) == (0.0, 1.0)
        watch = worse_than_promised(0.25, 1.0).update_many([0.5] * 5_000)
        low, high = mean_confidence_sequence(watch)
        assert 0.45 < low < 0.5 < high < 0.55

    def test_more_certainty_is_wider(self, rng):
        process = better_than_champion(1.0).update_many(rng.normal(0, 0.3, 500))
        wide, narrow = (mean_confidence_sequence(process, alpha=a) for a in (0.01, 0.1))
        assert wide[0] < narrow[0] < narrow[1] < wide[1]

    def test_refuses(self):
        with pytest.raises(errors.BadSetting):
            mean_confidence_sequence(better_than_champion(1.0), alpha=0.0)


class TestBlocks:
    def test_means_in_the_order_of_appearance(self):
        assert block_means([1, 2, 3, 5], [9, 4, 9, 4]).tolist() == [2.0, 3.5]
        assert block_means([], []).tolist() == []

    def test_make_a_correlated_stream_honest(self, rng):
        """One shock a day: rows look like plenty of evidence, days do not."""
        rows_wrong = days_wrong = 0
        for _ in range(60):
            day = np.repeat(np.arange(40), 50)
            d = np.clip(rng.normal(0, 0.3, 40)[day] + rng.normal(0, 0.1, day.size), -1, 1)
            rows_wrong += better_than_champion(1.0).update_many(d).rejects(ALPHA)
            days_wrong += better_than_champion(1.0).update_many(block_means(d, day)).rejects(ALPHA)
        assert rows_wrong > 20
        assert days_wrong <= 9

    def test_refuses(self):
        with pytest.raises(errors.LengthMismatch):
            block_means([1.0], [1, 2])
