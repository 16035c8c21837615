"""The client by itself, against a small server that answers as it is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from uuid import UUID

import pytest

import everlearn
from everlearn.client import BufferFull, SpillInUse
from everlearn.client.spill import Item, Spill
from everlearn.core.errors import Conflict, Invalid
from everlearn.core.ids import time_of
from tests.client.kit import SOON_S, Server, client, until


@pytest.fixture
def server():
    made = Server()
    yield made
    made.close()


@pytest.fixture
def away():
    """An address where nobody listens."""
    made = Server()
    made.close()
    return made.url


class TestSending:
    def test_items_arrive_in_order_in_batches(self, server):
        with client(server.url, batch_items=40, max_age_s=60) as c:
            ids = [c.event("experiment", {"n": i}, entity_id="m") for i in range(100)]
            assert c.flush(SOON_S)
            assert c.stats.accepted == 100
        assert [row["id"] for row in server.rows] == ids
        assert [row["event_data"]["n"] for row in server.rows] == list(range(100))
        assert {path for path, _ in server.bodies} == {"/v1/events:batch"}
        assert all(len(rows) <= 40 for _, rows in server.bodies)

    def test_an_item_that_comes_alone_goes_when_it_is_old_enough(self, server):
        with client(server.url, max_age_s=0.1) as c:
            started = time.monotonic()
            c.event("experiment", {})
            until(lambda: server.rows)
            assert server.times[0] - started >= 0.09

    def test_kinds_go_to_their_routes(self, server):
        with client(server.url) as c:
            c.metric("latency", 1.5, unit="milliseconds")
            c.event("experiment", {})
            assert c.flush(SOON_S)
        assert {path: len(rows) for path, rows in server.bodies} == {
            "/v1/events:batch": 1,
            "/v1/metrics:batch": 1,
        }

    def test_what_is_left_is_sent_at_the_end(self, server):
        with client(server.url, max_age_s=60) as c:
            c.event("experiment", {})
        assert len(server.rows) == 1

    def test_what_makes_an_item_the_same_is_there_before_it_is_sent(self, server):
        at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        given = "019b77d0-1111-7000-8000-000000000001"
        with client(server.url) as c:
            c.event("experiment", {}, timestamp=at)
            c.event("experiment", {}, timestamp=at.isoformat())
            assert c.event("experiment", {}, id=UUID(given)) == given
            times = [c.metric("m", i) for i in range(50)]
            c.flush(SOON_S)
        first, second, third = [row for row in server.rows if "event_data" in row]
        assert time_of(UUID(first["id"])) == time_of(UUID(second["id"])) == at
        assert third["id"] == given
        assert len(set(times)) == 50

    def test_what_others_refer_to_goes_first(self, server):
        with client(server.url, max_age_s=60) as c:
            c.outcome(1.0, prediction_id="p1")
            c.feedback("user", prediction_id="p1")
            c.prediction(0.5, prediction_id="p1", model_id="mine")
            given = c.prediction(0.5, model_id="mine")
            c.flush(SOON_S)
        assert [path for path, _ in server.bodies] == [
            "/v1/predictions:batch",
            "/v1/outcomes:batch",
            "/v1/feedback:batch",
        ]
        own, other, outcome, verdict = server.rows
        assert "id" not in own, "one is known by its own id or by ours, not by both"
        assert "prediction_timestamp" in own
        assert other["id"] == given
        assert "known_at" in outcome
        assert {"feedback_id", "created_at"} <= set(verdict)

    def test_tables(self, server):
        pa = pytest.importorskip("pyarrow")
        pd = pytest.importorskip("pandas")
        pl = pytest.importorskip("polars")
        at = datetime(2026, 1, 1, tzinfo=UTC)
        columns = {
            "event_type": ["experiment", "experiment"],
            "event_data": [{"a": 1}, {"a": 2}],
            "entity_id": ["x", None],
            "processing_time_ms": [1.5, None],
            "timestamp": [at, at],
        }
        with client(server.url) as c:
            for table in (pa.table(columns), pd.DataFrame(columns), pl.DataFrame(columns)):
                assert c.events(table) == 2
            assert c.flush(SOON_S)
        assert len(server.rows) == 6
        for row in server.rows[1::2]:
            assert set(row) == {"id", "event_type", "event_data", "timestamp"}
            assert datetime.fromisoformat(row["timestamp"]) == at
            assert row["event_data"] == {"a": 2}

    @pytest.mark.parametrize(
        ("row", "field"),
        [
            ({"event_data": {"x": float("nan")}}, "event_data"),
            ({"event_data": object()}, "event_data"),
            ({"event_data": {}, "entity_id": "\ud800"}, "entity_id"),
            ([1], "events"),
        ],
    )
    def test_what_is_no_json_is_refused_at_once(self, server, row, field):
        with client(server.url) as c, pytest.raises(Invalid) as caught:
            c.add("events", row)
        assert caught.value.field == field
        assert not server.rows

    def test_wrong_words(self, server):
        with client(server.url) as c:
            with pytest.raises(Invalid):
                c.add("gossip", {})
            with pytest.raises(Invalid):
                c.event("experiment", {"x": "y" * (5 << 20)})
            with pytest.raises(Invalid):
                c.events("experiment")
        with pytest.raises(Conflict):
            c.event("experiment", {})
        with pytest.raises(Invalid):
            everlearn.Client("127.0.0.1:1", "k")


class TestRefusals:
    def test_one_that_the_server_refuses_is_told_and_not_sent_again(self, server):
        told = []
        refused = [{"index": 1, "field": "event_type", "reason": "odd"}]
        server.answers.append((200, {"accepted": 2, "duplicates": 0, "refused": refused}, {}))
        with client(server.url, max_age_s=60, on_refused=told.append) as c:
            for i in range(3):
                c.event("experiment", {"n": i})
            assert c.flush(SOON_S)
            assert (c.stats.accepted, c.stats.refused) == (2, 1)
        (one,) = told
        assert (one.field, one.reason, json.loads(one.item)["event_data"]) == (
            "event_type",
            "odd",
            {"n": 1},
        )
        assert len(server.bodies) == 1

    def test_a_body_that_is_refused_as_a_whole_is_parted(self, server):
        """Whichever item spoils it is found, and the others arrive once each."""

        def answer(path, rows):
            if any(row["event_data"].get("n") == 13 for row in rows):
                return 422, {"detail": "odd", "field": "body"}, {}
            server.bodies.append((path, rows))
            return 200, {"accepted": len(rows), "duplicates": 0, "refused": []}, {}

        server.answer = answer
        with client(server.url, max_age_s=60) as c:
            for i in range(20):
                c.event("experiment", {"n": i})
            assert c.flush(SOON_S)
            assert (c.stats.accepted, c.stats.refused) == (19, 1)
        assert [row["event_data"]["n"] for row in server.rows] == [*range(13), *range(14, 20)]

    def test_a_mistake_in_the_callback_ends_nothing(self, server):
        refused = [{"index": 0, "field": None, "reason": "odd"}]
        server.answers.append((200, {"accepted": 0, "duplicates": 0, "refused": refused}, {}))
        with client(server.url, on_refused=lambda _: 1 / 0) as c:
            c.event("experiment", {})
            assert c.flush(SOON_S)
            c.event("experiment", {})
            assert c.flush(SOON_S)
        assert c.stats.accepted == 1


class TestBackPressure:
    @pytest.mark.parametrize("status", [429, 503])
    def test_the_server_says_when_to_come_again(self, server, status):
        server.answers.append((status, {"detail": "busy"}, {"retry-after": "0.5"}))
        with client(server.url) as c:
            c.event("experiment", {})
            assert c.flush(SOON_S)
            assert c.stats.retries == 1
        assert server.times[1] - server.times[0] >= 0.5
        assert len(server.rows) == 1

    def test_pauses_grow(self, server):
        server.answers.extend((500, {}, {}) for _ in range(5))
        with client(server.url, max_wait_s=30) as c:
            c.event("experiment", {})
            assert c.flush(SOON_S)
        pauses = [b - a for a, b in zip(server.times, server.times[1:], strict=False)]
        assert pauses[0] >= 0.05
        assert pauses[4] >= 0.8 > pauses[1]

    def test_after_too_much_comes_less(self, server):
        server.answers.append((429, {}, {"retry-after": "0"}))
        with client(server.url, max_age_s=60, batch_items=20) as c:
            for i in range(20):
                c.event("experiment", {"n": i})
            assert c.flush(SOON_S)
        assert len(server.bodies[0][1]) == 10
        assert [row["event_data"]["n"] for row in server.rows] == list(range(20))

    @pytest.mark.parametrize("status", [401, 403, 404, 500, 302])
    def test_what_may_pass_is_waited_for(self, server, status):
        server.answers.extend([(status, {"detail": "not now"}, {})] * 3)
        with client(server.url) as c:
            c.event("experiment", {})
            until(lambda: c.stats.last_error)
            assert str(status) in c.stats.last_error
            assert c.flush(SOON_S)
            assert c.stats.last_error is None
        assert len(server.rows) == 1

    def test_an_answer_that_does_not_add_up_is_none(self, server):
        server.answers.append((200, {"accepted": 1, "duplicates": 0, "refused": []}, {}))
        with client(server.url, max_age_s=60) as c:
            c.event("experiment", {"n": 0})
            c.event("experiment", {"n": 1})
            assert c.flush(SOON_S)
        assert len(server.bodies) == 2
        assert c.stats.accepted == 2

    def test_memory_is_bounded(self, away):
        with client(away, memory_bytes=5_000, patience_s=0.1) as c:
            n = 0
            with pytest.raises(BufferFull) as caught:
                for n in range(1_000):
                    c.event("experiment", {"n": n, "note": "x" * 100})
            assert 5 < n < 60
            assert "does not answer" in caught.value.message
            assert c.stats.dropped == 1
            assert c.stats.waiting == n
        assert c.stats.dropped == n + 1, "what was not sent by the end is told as lost"

    def test_a_slow_server_slows_its_sender(self, server):
        server.gate.clear()
        with client(server.url, memory_bytes=2_000, batch_items=5, patience_s=SOON_S) as c:
            threading.Timer(0.3, server.gate.set).start()
            for i in range(100):
                c.event("experiment", {"n": i})
            assert c.flush(SOON_S)
        assert [row["event_data"]["n"] for row in server.rows] == list(range(100))
        assert c.stats.dropped == 0


class TestSpill:
    def test_what_waits_is_sent_when_the_server_is_back(self, away, tmp_path, server):
        with client(away, spill=tmp_path / "s", batch_items=7, memory_bytes=2_000) as c:
            ids = [c.event("experiment", {"n": i}) for i in range(50)]
            assert not c.flush(0.1)
            assert c.stats.disk_bytes > 0
        assert c.stats.dropped == 0
        with client(server.url, spill=tmp_path / "s", batch_items=7) as c:
            ids += [c.event("experiment", {"n": i}) for i in range(50, 60)]
            assert c.flush(SOON_S)
            assert c.stats.disk_bytes == 0
        assert [row["id"] for row in server.rows] == ids
        assert [row["event_data"]["n"] for row in server.rows] == list(range(60))

    def test_the_order_is_kept_through_an_outage(self, server, tmp_path):
        down = threading.Event()
        taking = server.answer

        def answer(path, rows):
            return (503, {}, {}) if down.is_set() else taking(path, rows)

        server.answer = answer
        with client(server.url, spill=tmp_path, batch_items=10, memory_bytes=3_000) as c:
            for i in range(300):
                if i in {50, 200}:
                    down.set()
                if i in {150, 250}:
                    time.sleep(0.1)
                    down.clear()
                c.event("experiment", {"n": i})
            assert c.flush(SOON_S)
            assert c.stats.spilled > 0
        assert [row["event_data"]["n"] for row in server.rows] == list(range(300))

    def test_files_are_private_and_gone_when_sent(self, away, server, tmp_path):
        folder = tmp_path / "s"
        with client(away, spill=folder) as c:
            c.event("experiment", {})
            assert c.sync() > 0
            (file,) = folder.glob("*.ndjson")
            assert file.stat().st_mode & 0o777 == 0o600
            assert folder.stat().st_mode & 0o777 == 0o700
        with client(server.url, spill=folder) as c:
            assert c.flush(SOON_S)
        assert not list(folder.glob("*.ndjson"))

    def test_one_writer_at_a_time(self, away, tmp_path):
        with client(away, spill=tmp_path), pytest.raises(SpillInUse):
            everlearn.Client(away, "k", spill=tmp_path)
        with client(away, spill=tmp_path):
            pass

    def test_the_disk_is_bounded_too(self, away, tmp_path):
        with client(away, spill=tmp_path, spill_bytes=20_000, memory_bytes=2_000) as c:
            n = 0
            with pytest.raises(BufferFull):
                for n in range(10_000):
                    c.event("experiment", {"n": n, "note": "x" * 100})
            assert n > 50
            assert c.stats.disk_bytes <= 20_000
            assert c.stats.dropped == 1

    def test_sync_needs_a_folder(self, away):
        with client(away) as c, pytest.raises(Conflict):
            c.sync()

    def test_a_cut_last_line_is_dropped_and_told(self, tmp_path, server):
        spill = Spill(tmp_path, most_bytes=1 << 20)
        spill.append(Item("events", b'{"n":%d}' % i) for i in range(5))
        spill.close()
        (file,) = tmp_path.glob("*.ndjson")
        with file.open("r+b") as f:
            f.truncate(file.stat().st_size - 4)
        with client(server.url, spill=tmp_path) as c:
            assert c.flush(SOON_S)
            assert (c.stats.cut, c.stats.damaged) == (1, 0)
        assert [row["n"] for row in server.rows] == [0, 1, 2, 3]

    def test_a_line_that_changed_is_passed_over_and_told(self, tmp_path, server):
        spill = Spill(tmp_path, most_bytes=1 << 20)
        spill.append(Item("events", b'{"n":%d}' % i) for i in range(5))
        spill.close()
        (file,) = tmp_path.glob("*.ndjson")
        file.write_bytes(file.read_bytes().replace(b'{"n":2}', b'{"n":7}'))
        with client(server.url, spill=tmp_path) as c:
            assert c.flush(SOON_S)
            assert (c.stats.cut, c.stats.damaged) == (0, 1)
        assert [row["n"] for row in server.rows] == [0, 1, 3, 4]

    def test_a_full_file_is_followed_by_another(self, tmp_path, monkeypatch):
        monkeypatch.setattr("everlearn.client.spill.SEGMENT_BYTES", 1_000)
        spill = Spill(tmp_path, most_bytes=1 << 20)
        spill.append(Item("events", b'{"n":%d}' % i) for i in range(200))
        spill.close()
        spill = Spill(tmp_path, most_bytes=1 << 20)
        found = []
        while (number := spill.first()) is not None:
            found += [json.loads(item.line)["n"] for item in spill.read(number)]
            spill.done(number)
        spill.close()
        assert found == list(range(200))


WRITER = """
import sys, everlearn
client = everlearn.Client(sys.argv[1], "k", spill=sys.argv[2], memory_bytes=20_000)
n = 0
while True:
    for _ in range(100):
        client.event("experiment", {"n": n}); n += 1
    client.sync()
    print(n, flush=True)
"""


def test_a_killed_program_leaves_what_it_was_told_is_kept(away, server, tmp_path):
    """Every item before the last `sync` that returned is sent by the next client, once."""
    words = [sys.executable, "-c", WRITER, away, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        kept = 0
        while kept < 3_000:
            kept = int(process.stdout.readline())
        process.kill()
        kept = int((process.stdout.read().split() or [kept])[-1])
    with client(server.url, spill=tmp_path) as c:
        assert c.flush(SOON_S)
        assert c.stats.damaged == 0
    sent = [row["event_data"]["n"] for row in server.rows]
    assert sent == list(range(len(sent))), "each once, in order, without a gap"
    assert len(sent) >= kept


def test_nothing_heavy_is_imported():
    code = (
        "import sys, everlearn; everlearn.Client;"
        "print([m for m in ('numpy', 'fastapi', 'sqlalchemy', 'pydantic', 'psycopg', 'pyarrow')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.strip() == "[]"
