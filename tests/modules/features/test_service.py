"""Sources, facts, sets, vectors: as of a moment, and the same for ever."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everlearn.core.errors import Invalid, NotFound
from everlearn.modules.features import errors, service
from everlearn.modules.features.types import (
    Categorical,
    Entities,
    Expression,
    Label,
    Latest,
    Numeric,
    Pending,
    Window,
)

T0 = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
H, M = timedelta(hours=1), timedelta(minutes=1)
BY = ("origin",)
FEATURES = (
    Numeric("distance"),
    Categorical("carrier"),
    Window("mean", "departures", "mean", by=BY, value="delay", over=2 * H),
    Window("std", "departures", "std", by=BY, value="delay", over=2 * H),
    Window("total", "departures", "sum", value="delay", over=5 * H),
    Window("top", "departures", "max", by=("origin", "carrier"), value="delay", over=9 * H),
    Window("known", "departures", "count", by=BY, value="delay", over=2 * H),
    Window("ahead", "schedules", "count", by=BY, ahead=H),
    Latest("last", "departures", by=BY, value="delay"),
    Latest("fresh", "departures", by=("carrier",), value="delay", max_age=H),
    Latest("rest", "departures", by=BY, age=True, until="at"),
    Pending("due", "schedules", "departures", "count", 2 * H, by=BY),
    Pending("share", "schedules", "departures", "share", 2 * H, by=BY),
    Pending("late", "schedules", "departures", "mean_minutes", 2 * H, by=BY),
    Expression("change", "sub", "last", "mean"),
    Expression("ratio", "ratio", "due", "ahead"),
)


def declare(tx, features=FEATURES):
    service.declare_source(tx, "departures", dims=["origin", "carrier"], values=["delay"])
    service.declare_source(tx, "schedules", dims=["origin"], values=[])
    return service.declare_set(tx, "flights", features)


def depart(tx, *facts):
    """Record (entity, event_at, known_at, origin, carrier, delay), times in minutes from T0."""
    entity, event, known, origin, carrier, delay = zip(*facts, strict=True)
    return service.record_facts(
        tx,
        "departures",
        entity_ids=entity,
        event_at=[T0 + m * M for m in event],
        known_at=[T0 + m * M for m in known],
        dims={"origin": origin, "carrier": carrier},
        values={"delay": delay},
    )


def schedule(tx, **minutes):
    return service.record_facts(
        tx,
        "schedules",
        entity_ids=list(minutes),
        event_at=[T0 + m * M for m in minutes.values()],
        known_at=[T0 - 24 * H] * len(minutes),
        dims={"origin": ["JFK"] * len(minutes)},
    )


def ask(*moments, origin="JFK", carrier="UA", distance=100.0):
    n = len(moments)
    return Entities(
        [f"flight {i}" for i in range(n)],
        [T0 + m * M for m in moments],
        {
            "distance": [distance] * n,
            "carrier": [carrier] * n,
            "origin": [origin] * n,
            "at": [T0 + 60 * M] * n,
        },
    )


def vector(tx, features, entities=None):
    made = declare(tx, features)
    return service.compute(tx, made, entities or ask(0))[0].tolist()


class TestCompute:
    def test_every_kind(self, tx):
        made = declare(tx)
        depart(
            tx,
            ("a", -60, -60, "JFK", "UA", 5.0),
            ("b", -10, -10, "JFK", None, 7.0),
            ("x", -10, -10, "LGA", "UA", 50.0),
        )
        schedule(tx, a=-60, b=-10, c=-30, d=30)
        got = dict(zip(made.names, service.compute(tx, made, ask(0))[0].tolist(), strict=True))
        assert got == {
            "distance": 100, "carrier": 0, "mean": 6, "std": 1, "total": 62, "top": 5, "known": 2,
            "ahead": 1, "last": 7, "fresh": 50, "rest": 70, "due": 1, "share": np.float32(1 / 3),
            "late": 30, "change": 1, "ratio": 1,
        }  # fmt: skip

    def test_late_knowledge_counts_from_when_it_was_known(self, tx):
        made = declare(tx, [Latest("last", "departures", by=BY, value="delay")])
        depart(tx, ("a", -60, -60, "JFK", "UA", 1.0), ("b", -30, -10, "JFK", "UA", 2.0))
        assert service.compute(tx, made, ask(-11, -10)).ravel().tolist() == [1, 2]

    def test_known_ahead_waits_until_it_happens(self, tx):
        features = [
            Window("ago", "schedules", "count", by=BY, over=H),
            Window("soon", "schedules", "count", by=BY, ahead=H),
        ]
        made = declare(tx, features)
        schedule(tx, a=0)
        got = service.compute(tx, made, ask(-61, -60, -1, 0, 59, 60)).tolist()
        assert got == [[0, 0], [0, 1], [0, 1], [1, 0], [1, 0], [0, 0]]

    def test_correction_replaces_from_then_on(self, tx):
        features = [
            Window("n", "departures", "count", by=BY, over=2 * H),
            Window("sum", "departures", "sum", by=BY, value="delay", over=2 * H),
            Latest("last", "departures", by=BY, value="delay"),
        ]
        made = declare(tx, features)
        depart(
            tx,
            ("z", -50, -50, "JFK", "UA", 3.0),
            ("a", -40, -40, "JFK", "UA", 1.0),
            ("a", -40, -20, "JFK", "UA", 9.0),
            ("a", -40, -10, "LGA", "UA", 9.0),
        )
        got = service.compute(tx, made, ask(-21, -20, -10)).tolist()
        assert got == [[2, 4, 1], [2, 12, 9], [1, 3, 3]]

    def test_closed_counts_from_when_it_was_known(self, tx):
        made = declare(tx, [Pending("due", "schedules", "departures", "count", 2 * H, by=BY)])
        schedule(tx, a=-60, b=-30)
        depart(tx, ("a", -40, -20, "JFK", "UA", 1.0), ("b", -35, -31, "JFK", "UA", 1.0))
        got = service.compute(tx, made, ask(-61, -60, -40, -21, -20, 0)).ravel().tolist()
        assert got == [0, 1, 1, 1, 0, 0]

    def test_unknown_key_and_empty_windows(self, tx):
        features = [
            Window("n", "departures", "count", by=BY, over=H),
            Window("mean", "departures", "mean", by=BY, value="delay", over=H),
            Pending("share", "schedules", "departures", "share", H, by=BY),
            Latest("last", "departures", by=BY, value="delay"),
        ]
        depart_nowhere = ("a", -10, -10, None, "UA", 1.0)
        made = declare(tx, features)
        depart(tx, depart_nowhere)
        nothing = service.compute(tx, made, ask(0))[0]
        assert nothing[0] == 0
        assert np.isnan(nothing[1:]).all()
        assert np.isnan(service.compute(tx, made, ask(0, origin=None))).all()

    def test_no_entities(self, tx):
        made = declare(tx)
        assert service.compute(tx, made, ask()).shape == (0, len(made.names))

    def test_arithmetic(self, tx):
        features = [Numeric("distance"), Numeric("hour")]
        ops = ("sub", "add", "mul", "ratio", "max", "min")
        features += [Expression(op, op, "distance", "hour") for op in ops]
        made = declare(tx, features)
        entities = Entities(
            ["a", "b", "c"], [T0] * 3, {"distance": [6, 6, 6], "hour": [4, 0, None]}
        )
        got = service.compute(tx, made, entities)
        assert got[0, 2:].tolist() == [2, 10, 24, 1.5, 6, 4]
        assert np.isnan(got[1, 5])
        assert np.isnan(got[2, 2:]).all()

    def test_other_tenant_sees_no_fact(self, tx, rival):
        declare(tx)
        depart(tx, ("a", -10, -10, "JFK", "UA", 1.0))
        with rival.tx() as other:
            made = declare(other, [Window("n", "departures", "count", over=H)])
            assert service.compute(other, made, ask(0)).tolist() == [[0]]
            assert service.source_states(other)[0].n_facts == 0


facts = st.lists(
    st.tuples(
        st.sampled_from("abcde"),
        st.integers(-400, 60),
        st.integers(-20, 90),  # known so much later, or ahead
        st.sampled_from(["JFK", "LGA"]),
        st.sampled_from(["UA", "B6", None]),
        st.one_of(st.none(), st.floats(-50, 500, allow_nan=False, width=32)),
    ),
    min_size=1,
    max_size=25,
)
moments = st.lists(st.integers(-300, 30), min_size=1, max_size=6)


class Undo(Exception):
    """Ends a savepoint whose rows are not wanted."""


class TestTheSameForEver:
    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(facts, moments, st.dictionaries(st.sampled_from("abcdefg"), st.integers(-200, 90)))
    def test_alone_in_a_batch_and_after_later_facts(self, tx, facts, moments, due):
        with suppress(Undo), tx.savepoint():
            self.check(tx, facts, moments, due)
            raise Undo

    def check(self, tx, facts, moments, due):
        made = declare(tx)
        rows = [(e, at, at + lag, o, c, v) for e, at, lag, o, c, v in facts]
        early = [row for row in rows if row[2] <= max(moments)]
        late = [row for row in rows if row[2] > max(moments)]
        if due:
            schedule(tx, **due)
        if early:
            depart(tx, *early)
        batch = service.compute(tx, made, ask(*moments))
        for moment, row in zip(moments, batch, strict=True):
            assert service.compute(tx, made, ask(moment)).tobytes() == row.tobytes()
        if late:
            depart(tx, *late)
        assert service.compute(tx, made, ask(*moments)).tobytes() == batch.tobytes()
        # Together with a moment that knows it all, the early ones are still the same.
        more = service.compute(tx, made, ask(*moments, 500))
        assert more[:-1].tobytes() == batch.tobytes()


class TestCategories:
    def test_code_stays(self, tx):
        made = declare(tx, [Categorical("carrier")])
        words = ["UA", "B6", "UA", None, "AA"]
        entities = Entities(list("abcde"), [T0] * 5, {"carrier": words})
        first = service.compute(tx, made, entities).ravel()
        assert [*first[:3].tolist(), first[4]] == [0, 1, 0, 2]
        assert np.isnan(first[3])
        newer = service.declare_set(tx, "flights", [Numeric("x"), Categorical("carrier")])
        later = Entities(["a", "b"], [T0] * 2, {"carrier": ["DL", "B6"], "x": [1, 2]})
        assert service.compute(tx, newer, later)[:, 1].tolist() == [3, 1]

    def test_allowed_words(self, tx):
        made = declare(tx, [Categorical("carrier", words=("UA",))])
        with pytest.raises(errors.UnknownWord) as caught:
            service.from_payload(tx, made, {"carrier": "B6"})
        assert caught.value.field == "features.carrier"

    def test_growth_by_two_at_once(self, db):
        database, tenant = db.database(), db.tenant()
        with database.tx(tenant) as tx:
            made = declare(tx, [Categorical("carrier")])
        seen, ready = {}, threading.Event()

        def second():
            with database.tx(tenant) as tx:
                entities = Entities(["a", "b"], [T0] * 2, {"carrier": ["new", "own"]})
                ready.set()
                seen["second"] = service.compute(tx, made, entities).ravel().tolist()

        with database.tx(tenant) as tx:
            entities = Entities(["a"], [T0], {"carrier": ["new"]})
            seen["first"] = service.compute(tx, made, entities).ravel().tolist()
            thread = threading.Thread(target=second)
            thread.start()
            ready.wait(10)
            thread.join(0.2)
            assert "second" not in seen  # it waits for the words of the first
        thread.join(10)
        assert seen == {"first": [0], "second": [0, 1]}


class TestDeclare:
    def test_same_definition_is_the_same_set(self, tx):
        made = declare(tx)
        assert service.declare_set(tx, "flights", [service.to_dict(f) for f in FEATURES]) == made
        other = service.declare_set(tx, "flights", [Numeric("distance")])
        assert (other.version, other.name) == (2, "flights")
        assert service.declare_set(tx, "flights", FEATURES).version == 1
        assert service.get_set(tx, "flights") == other
        assert service.get_set(tx, made.id) == made
        assert [s.version for s in service.list_sets(tx)] == [2, 1]

    def test_round_trip_of_declarations(self):
        for feature in FEATURES:
            assert service.from_dict(service.to_dict(feature)) == feature

    def test_source_twice(self, tx):
        first = service.declare_source(tx, "s", dims=["a"], values=["v"])
        assert service.declare_source(tx, "s", dims=["a"], values=["v"]) == first
        with pytest.raises(errors.SourceDiffers):
            service.declare_source(tx, "s", dims=["a"], values=["w"])

    @pytest.mark.parametrize(
        ("features", "field"),
        [
            ([], "features"),
            ([Numeric("a"), Numeric("a")], "features"),
            ([Numeric("a b")], "features"),
            ([Window("w", "departures", "mean", over=H)], "features.w"),
            ([Window("w", "departures", "mean", value="delay")], "features.w"),
            ([Window("w", "departures", "count", over=H, ahead=H)], "features.w"),
            ([Window("w", "departures", "count", over=-H)], "features.w"),
            ([Window("w", "departures", "median", value="delay", over=H)], "features.w"),
            ([Window("w", "departures", "mean", value="nope", over=H)], "features.w"),
            ([Window("w", "departures", "count", by=("dest",), over=H)], "features.w"),
            ([Latest("l", "departures")], "features.l"),
            ([Latest("l", "departures", value="delay", until="at")], "features.l"),
            ([Pending("p", "schedules", "departures", "sum", H)], "features.p"),
            ([Expression("e", "sub", "a", "a"), Numeric("a")], "features.e"),
            ([Numeric("a"), Expression("e", "pow", "a", "a")], "features.e"),
            ([{"kind": "numeric"}], "features.?"),
            ([{"kind": "guess", "name": "g"}], "features.g"),
            ([{"kind": "numeric", "name": "n", "by": []}], "features.n"),
        ],
    )
    def test_refuses(self, tx, features, field):
        with pytest.raises(errors.BadDeclaration) as caught:
            declare(tx, features)
        assert caught.value.field == field

    def test_unknown_source_and_set(self, tx):
        with pytest.raises(errors.NoSource):
            declare(tx, [Window("w", "nowhere", "count", over=H)])
        with pytest.raises(errors.NoFeatureSet):
            service.get_set(tx, "nothing")

    def test_sentence(self):
        assert FEATURES[2].sentence() == "mean of departures.delay over 2 h by origin"
        assert FEATURES[7].sentence() == "count of schedules within the next 1 h by origin"
        for feature in FEATURES:
            assert feature.sentence()


class TestRecordFacts:
    def test_twice_is_once(self, tx):
        declare(tx)
        fact = ("a", -10, -10, "JFK", "UA", 1.0)
        assert depart(tx, fact, fact) == 1
        assert depart(tx, fact) == 0
        assert service.source_states(tx)[0].n_facts == 1

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"dims": {"origin": ["JFK"]}}, "dims.carrier"),
            ({"dims": {"origin": ["a"], "carrier": ["b"], "dest": ["c"]}}, "dims.dest"),
            ({"values": {}}, "values.delay"),
            ({"values": {"delay": [float("inf")]}}, "values.delay"),
            ({"values": {"delay": ["late"]}}, "values.delay"),
            ({"values": {"delay": [1.0, 2.0]}}, "delay"),
            ({"event_at": [datetime(2026, 3, 2)]}, "event_at[0]"),
            ({"entity_ids": ["nul\0"]}, "entity_id[0]"),
            ({"dims": {"origin": ["JFK"], "carrier": ["\0"]}}, "dims_text[0]"),
        ],
    )
    def test_refuses(self, tx, change, field):
        declare(tx)
        good = {
            "entity_ids": ["a"],
            "event_at": [T0],
            "known_at": [T0],
            "dims": {"origin": ["JFK"], "carrier": ["UA"]},
            "values": {"delay": [1.0]},
        }
        with pytest.raises(Invalid) as caught, tx.savepoint():
            service.record_facts(tx, "departures", **(good | change))
        assert caught.value.field == field
        assert service.source_states(tx)[0].n_facts == 0


class TestStore:
    def test_twice_is_once_and_the_first_stays(self, tx):
        made = declare(tx)
        first = service.materialize(tx, made, ask(0, -5))
        depart(tx, ("a", -10, -10, "JFK", "UA", 3.0))  # claims to have been known before
        again = service.materialize(tx, made, ask(0, -5))
        assert again.ids == first.ids
        assert again.matrix.tobytes() == first.matrix.tobytes()
        assert tx.scalar("SELECT count(*) FROM features.ml_feature_store") == 2

    def test_read_back(self, tx):
        made = declare(tx)
        rows = service.materialize(tx, made, ask(0, -5, 7))
        read = service.read_rows(tx, [rows.ids[2], rows.ids[0]])
        assert read.entity_ids == ("flight 2", "flight 0")
        assert read.matrix.tobytes() == rows.matrix[[2, 0]].tobytes()
        window = service.read_window(tx, made, since=T0 - 5 * M, until=T0 + 7 * M)
        assert window.entity_ids == ("flight 1", "flight 0")
        assert len(service.read_window(tx, made, since=T0 + H, until=T0 + 2 * H)) == 0
        with pytest.raises(NotFound):
            service.read_rows(tx, [made.id])
        with pytest.raises(NotFound):
            service.read_rows(tx, [rows.ids[0], made.id])

    def test_rows_of_two_sets(self, tx):
        rows = service.materialize(tx, declare(tx), ask(0))
        other = service.materialize(tx, declare(tx, [Numeric("distance")]), ask(0))
        with pytest.raises(errors.MixedSets):
            service.read_rows(tx, [*rows.ids, *other.ids])

    def test_row_with_words(self, tx):
        rows = service.materialize(tx, declare(tx), ask(0, carrier="B6"))
        row = service.get_row(tx, rows.ids[0])
        assert row.values["carrier"] == "B6"
        assert row.values["distance"] == 100
        assert row.values["last"] is None
        assert row.as_of == T0

    def test_other_tenant_reads_nothing(self, tx, rival):
        made = declare(tx)
        rows = service.materialize(tx, made, ask(0))
        with rival.tx() as other:
            with pytest.raises(NotFound):
                service.read_rows(other, rows.ids)
            assert service.latest_rows(other) == []


class TestLabelled:
    def label(self, tx, made, until=0, **more):
        label = Label("departures", "delay")
        return service.labelled_matrix(tx, made, label=label, until=T0 + until * M, **more)

    def test_only_what_was_known(self, tx):
        made = declare(tx)
        service.materialize(tx, made, ask(-200, -100, -100))
        depart(
            tx,
            ("flight 0", -150, -150, "JFK", "UA", 4.0),
            ("flight 0", -150, -20, "JFK", "UA", 6.0),
            ("flight 1", -90, -10, "JFK", "UA", 8.0),
            ("flight 2", -90, -10, "JFK", "UA", None),
        )
        assert self.label(tx, made, -151).y.tolist() == []
        assert self.label(tx, made, -21).y.tolist() == [4]
        both = self.label(tx, made, -5)
        assert both.y.tolist() == [6, 8]
        assert (np.diff(both.as_of) > 0).all()
        assert both.matrix.shape == (2, len(made.names))
        assert self.label(tx, made, since=T0 - 150 * M).y.tolist() == [8]

    def test_hash_is_of_the_content(self, tx):
        made = declare(tx)
        service.materialize(tx, made, ask(-200, -100))
        depart(tx, ("flight 0", -150, -150, "JFK", "UA", 4.0))
        first = self.label(tx, made)
        assert self.label(tx, made, 5).sha256 == first.sha256
        depart(tx, ("flight 1", -90, -90, "JFK", "UA", 8.0))
        assert self.label(tx, made).sha256 != first.sha256

    def test_refuses_an_unknown_value(self, tx):
        with pytest.raises(errors.BadDeclaration):
            service.labelled_matrix(tx, declare(tx), label=Label("departures", "nope"), until=T0)


GOOD = {"distance": 1, "carrier": "UA", "origin": "JFK", "at": "2026-03-02T13:00:00Z"}


class TestPayload:
    def test_same_as_a_batch(self, tx):
        made = declare(tx)
        depart(tx, ("a", -60, -60, "JFK", "UA", 5.0))
        alone = service.from_payload(tx, made, GOOD, as_of=T0)
        assert alone.tobytes() == service.compute(tx, made, ask(0, distance=1)).tobytes()

    @pytest.mark.parametrize(
        ("change", "error", "name"),
        [
            ({"surprise": 1}, errors.UnknownFeature, "surprise"),
            ({"mean": 1}, errors.UnknownFeature, "mean"),
            ({"distance": "far"}, errors.WrongType, "distance"),
            ({"distance": True}, errors.WrongType, "distance"),
            ({"distance": float("nan")}, errors.NotFinite, "distance"),
            ({"distance": float("-inf")}, errors.NotFinite, "distance"),
            ({"distance": 1e39}, errors.NotFinite, "distance"),
            ({"carrier": 1.5}, errors.WrongType, "carrier"),
            ({"carrier": ["UA"]}, errors.WrongType, "carrier"),
            ({"at": "noon"}, errors.WrongType, "at"),
            ({"at": "2026-03-02T13:00:00"}, errors.WrongType, "at"),
        ],
    )
    def test_refuses(self, tx, change, error, name):
        made = declare(tx)
        with pytest.raises(error) as caught:
            service.store_payload(tx, made, entity_id="a", features=GOOD | change)
        assert caught.value.field == f"features.{name}"
        assert caught.value.hint
        assert tx.scalar("SELECT count(*) FROM features.ml_feature_store") == 0
        assert tx.scalar("SELECT count(*) FROM features.feature_categories") == 0

    def test_missing(self, tx):
        made = declare(tx)
        for name in GOOD:
            rest = {key: value for key, value in GOOD.items() if key != name}
            with pytest.raises(errors.MissingFeature) as caught:
                service.from_payload(tx, made, rest)
            assert caught.value.field == f"features.{name}"
        assert service.from_payload(tx, made, dict.fromkeys(GOOD)).shape == (len(made.names),)

    def test_another_vector_of_the_same_moment(self, tx):
        made = declare(tx)
        first = service.store_payload(tx, made, entity_id="a", features=GOOD, as_of=T0)
        same = service.store_payload(tx, made, entity_id="a", features=GOOD, as_of=T0)
        assert same.ids == first.ids
        with pytest.raises(errors.VectorDiffers) as caught:
            service.store_payload(
                tx, made, entity_id="a", features=GOOD | {"distance": 2}, as_of=T0
            )
        assert caught.value.field == "features.distance"
