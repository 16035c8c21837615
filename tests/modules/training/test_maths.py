from __future__ import annotations

import lightgbm
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from everlearn.modules.training.errors import BadHalfLife, BadMatrix, BadParams
from everlearn.modules.training.maths import boosting
from everlearn.modules.training.maths.split import by_time, recency_weights

NAMES = ("speed", "crew", "delay")
DAY = 86_400_000_000


def rows(n=400, seed=3):
    """Give a matrix whose second column is a category and a label that depends on both."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, 3)).astype(np.float32)
    matrix[:, 1] = rng.integers(0, 6, n)
    matrix[rng.random(n) < 0.1, 2] = np.nan
    p = 1 / (1 + np.exp(-(matrix[:, 0] + np.isin(matrix[:, 1], (1, 4)) * 2 - 1)))
    return matrix, (rng.random(n) < p).astype(np.float64)


def fit(matrix, labels, **more):
    given = {"names": NAMES, "objective": "binary", "rounds": 20, "num_threads": 2}
    return boosting.fit(matrix, labels, **{"categorical": (1,), **given, **more})


class TestFit:
    def test_the_same_input_gives_the_same_text(self):
        matrix, labels = rows()
        assert fit(matrix, labels).text == fit(matrix.copy(), labels.copy()).text

    def test_another_seed_gives_another_text_when_something_is_random(self):
        matrix, labels = rows()
        some = {"bagging_fraction": 0.5, "bagging_freq": 1}
        texts = [fit(matrix, labels, seed=seed, params=some).text for seed in (1, 1, 2)]
        assert texts[0] == texts[1] != texts[2]

    def test_watching_does_not_change_the_fit_and_its_losses_are_those_of_the_text(self):
        matrix, labels = rows(600)
        watch = boosting.Measured(matrix[400:], labels[400:])
        plain = fit(matrix[:400], labels[:400])
        watched = fit(matrix[:400], labels[:400], watch=watch)
        assert watched.text == plain.text
        assert len(watched.losses) == 20
        p = 1 / (1 + np.exp(-boosting.margins(plain.text, watch.matrix)))
        loss = -np.mean(np.where(watch.labels == 1, np.log(p), np.log(1 - p)))
        assert watched.losses[-1] == pytest.approx(loss, rel=1e-6)
        assert plain.losses == []

    def test_it_learns(self):
        matrix, labels = rows(2000)
        found = boosting.margins(fit(matrix[:1500], labels[:1500]).text, matrix[1500:])
        assert np.mean((found > 0) == (labels[1500:] == 1)) > 0.7

    def test_an_unknown_and_a_missing_category_go_the_same_way(self):
        matrix, labels = rows()
        text = fit(matrix, labels).text
        one = np.repeat(matrix[:1], 3, axis=0)
        one[:, 1] = (-1.0, np.nan, 999.0)
        assert len(set(boosting.margins(text, one).tolist())) == 1

    def test_weights_count_as_so_many_rows(self):
        matrix, _ = rows()
        matrix[:, 0] = np.arange(400) < 200  # two groups of rows that look the same
        labels = np.arange(400) % 2.0
        weights = np.where((matrix[:, 0] == 1) & (labels == 1), 3.0, 1.0)
        some = {"learning_rate": 0.5}
        only = {"names": NAMES[:1], "categorical": (), "rounds": 60, "params": some}
        text = fit(matrix[:, :1], labels, weights=weights, **only).text
        log_odds = boosting.margins(text, np.array([[1.0], [0.0]]))
        np.testing.assert_allclose(log_odds, [np.log(3.0), 0.0], atol=1e-6)

    def test_rounds_are_told_and_may_stop_the_fit(self):
        matrix, labels = rows()
        seen: list[int] = []
        fit(matrix, labels, on_round=seen.append)
        assert seen == list(range(1, 21))

        def stop(done):
            if done == 5:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fit(matrix, labels, on_round=stop)

    def test_names_that_lightgbm_cannot_write_are_left_out_of_the_text(self):
        matrix, labels = rows()
        text = fit(matrix, labels, names=("a b", "ü", '"')).text
        assert "feature_names=Column_0 Column_1 Column_2\n" in text

    @pytest.mark.parametrize(
        ("change", "error", "field"),
        [
            ({"names": ("a", "b")}, BadMatrix, "names"),
            ({"names": ("a", "a", "b")}, BadMatrix, "names"),
            ({"weights": [1.0]}, BadMatrix, "weights"),
            ({"weights": np.zeros(400)}, BadMatrix, "weights"),
            ({"rounds": 0}, BadParams, "params.rounds"),
            ({"params": {"num_threads": 8}}, BadParams, "params.lightgbm.num_threads"),
            ({"params": {"deterministic": False}}, BadParams, "params.lightgbm.deterministic"),
            ({"params": {"learning_rate": np.inf}}, BadParams, "params.lightgbm.learning_rate"),
            ({"params": {"num_leaves": -4}}, BadParams, "params.lightgbm"),
        ],
    )
    def test_bad_input_names_its_field(self, change, error, field):
        matrix, labels = rows()
        with pytest.raises(error) as caught:
            fit(matrix, labels, **change)
        assert caught.value.field == field

    @pytest.mark.parametrize("bad", [2.0, np.nan, np.inf])
    def test_a_label_that_is_none_is_refused(self, bad):
        matrix, labels = rows()
        labels[7] = bad
        with pytest.raises(BadMatrix):
            fit(matrix, labels)

    def test_lengths_must_agree(self):
        matrix, labels = rows()
        with pytest.raises(BadMatrix):
            fit(matrix, labels[:-1])
        with pytest.raises(BadMatrix):
            fit(matrix[:0], labels[:0])


class TestReading:
    def test_margins_are_those_of_lightgbm_whatever_the_threads(self):
        matrix, labels = rows()
        text = fit(matrix, labels).text
        theirs = lightgbm.Booster(model_str=text).predict(matrix, raw_score=True, num_threads=1)
        for threads in (1, 2):
            np.testing.assert_array_equal(
                boosting.margins(text, matrix, num_threads=threads), theirs
            )

    def test_one_row_alone_has_the_margin_it_has_in_a_batch(self):
        matrix, labels = rows()
        text = fit(matrix, labels).text
        batch = boosting.margins(text, matrix)
        alone = [boosting.margins(text, matrix[i : i + 1])[0] for i in range(10)]
        assert alone == batch[:10].tolist()

    @pytest.mark.parametrize("objective", ["binary", "regression"])
    def test_contributions_sum_to_the_margin(self, objective):
        matrix, labels = rows()
        text = fit(matrix, labels, objective=objective).text
        found = boosting.contributions(text, matrix)
        assert found.shape == (400, 4)
        np.testing.assert_allclose(found.sum(axis=1), boosting.margins(text, matrix), atol=1e-9)

    def test_another_number_of_columns_is_refused(self):
        matrix, labels = rows()
        text = fit(matrix, labels).text
        with pytest.raises(BadMatrix):
            boosting.margins(text, matrix[:, :2])


times = hnp.arrays(np.int64, 30, elements=st.integers(0, 100))


class TestSplit:
    @given(as_of=times, delay=times, at=st.integers(0, 100))
    def test_no_row_of_the_fit_knows_anything_of_the_holdouts_time(self, as_of, delay, at):
        split = by_time(as_of, as_of + delay, at=at)
        assert not (split.fit & split.holdout).any()
        assert (as_of[split.holdout] >= at).all()
        assert ((as_of + delay)[split.fit] <= at).all()
        assert (as_of[split.fit] < at).all()

    @given(as_of=times, half_life=st.floats(0.5, 1000))
    def test_weights_fall_with_age_and_halve_each_half_life(self, as_of, half_life):
        made = np.sort(as_of) * DAY
        weights = recency_weights(made, until=100 * DAY, half_life_days=half_life)
        assert weights is not None
        assert (np.diff(weights) >= 0).all()
        assert ((weights > 0) & (weights <= 1)).all()

    def test_without_a_half_life_there_are_no_weights(self):
        assert recency_weights([1, 2], until=3, half_life_days=None) is None

    @pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
    def test_a_half_life_is_positive(self, bad):
        with pytest.raises(BadHalfLife):
            recency_weights([1], until=2, half_life_days=bad)
