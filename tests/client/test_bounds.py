"""What the server answers, but does not take: nothing of it is lost, and nothing waits for it."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise

import pytest

import everlearn
from everlearn.client import SpillDamaged, SpillInUse
from tests.client.kit import SOON_S, Server, client, until
from tests.modules.operations.test_archive_faults import small_disk

POISON = 13


def numbers(server):
    return [row["event_data"]["n"] for row in server.rows]


@pytest.fixture
def server():
    made = Server()
    yield made
    made.close()


@pytest.fixture
def picky(server):
    """A server that does not take a body with one certain event in it, until it is told to."""
    server.status, server.tries = 429, []
    takes = server.answer

    def answer(path, rows):
        if server.status and any(row["event_data"].get("n") == POISON for row in rows):
            server.tries.append((time.monotonic(), len(rows)))
            return server.status, {"detail": "too many"}, {"retry-after": "0"}
        return takes(path, rows)

    server.answer = answer
    return server


class TestSetAside:
    @pytest.mark.parametrize(
        ("status", "spill"), [(429, True), (429, False), (500, True), (409, True)]
    )
    def test_one_that_is_never_taken_keeps_nobody(self, picky, tmp_path, caplog, status, spill):
        """All others go on after `retry_s`; it is sent when the server takes it."""
        picky.status = status
        folder = tmp_path / "s" if spill else None
        with client(picky.url, spill=folder, max_age_s=60, retry_s=0.6, batch_items=20) as c:
            for i in range(40):
                c.event("experiment", {"n": i})
            c.flush(SOON_S)
            until(lambda: c.stats.aside)
            assert not c.flush(SOON_S), "one is not there yet"
            stats = c.stats
            assert (stats.accepted, stats.refused, stats.dropped) == (40 - stats.aside, 0, 0)
            assert stats.set_aside >= stats.aside >= 1
            assert bool(stats.disk_bytes) == spill
            c.event("experiment", {"n": 40})
            c.flush(SOON_S)
            assert 40 in numbers(picky)
            picky.status = None
            assert c.flush(SOON_S)
            assert (c.stats.accepted, c.stats.aside, c.stats.disk_bytes) == (41, 0, 0)
        assert sorted(numbers(picky)) == list(range(41))
        if status != 409:  # smaller batches fail alone
            assert min(size for _, size in picky.tries) == 1
        (warning,) = {each.message.partition(" in ")[0] for each in warned(caplog, "set aside")[:1]}
        assert warning.endswith("of events are set aside, and sent again")

    def test_what_is_aside_is_not_asked_for_all_the_time(self, picky):
        with client(picky.url, retry_s=0.4, max_wait_s=0.05, batch_items=1) as c:
            c.event("experiment", {"n": POISON})
            until(lambda: c.stats.set_aside == 4)
        first = next(i for i, (at, _) in enumerate(picky.tries) if at >= picky.tries[0][0] + 0.4)
        later = [at for at, _ in picky.tries[first:]][:3]  # the end sends it once more
        pauses = [b - a for a, b in pairwise(later)]
        assert min(pauses) >= 0.39

    def test_it_outlives_the_program(self, picky, tmp_path):
        with client(picky.url, spill=tmp_path, retry_s=0.1, batch_items=5) as c:
            for i in range(20):
                c.event("experiment", {"n": i})
            until(lambda: c.stats.aside and c.stats.accepted == 20 - c.stats.aside)
        assert c.stats.dropped == 0
        picky.status = None
        with client(picky.url, spill=tmp_path) as c:
            assert c.flush(SOON_S)
        assert sorted(numbers(picky)) == list(range(20))

    def test_it_counts_as_memory_and_is_told_as_lost_at_the_end(self, picky):
        with client(picky.url, retry_s=0.5, memory_bytes=500, patience_s=0.05) as c:
            c.event("experiment", {"n": POISON, "note": "x" * 400})
            until(lambda: c.stats.aside == 1)
            with pytest.raises(everlearn.client.BufferFull):
                c.event("experiment", {"n": 1})
        assert c.stats.dropped == 2

    @pytest.mark.parametrize("status", [401, 403, 404, 415, 502, 503])
    def test_an_outage_is_waited_for_in_order(self, server, tmp_path, status, caplog):
        """What has nothing to do with the items sets none of them aside, however long it takes."""
        server.answers.extend([(status, {"detail": "not now"}, {"retry-after": "0"})] * 12)
        with client(server.url, spill=tmp_path, retry_s=0.01, batch_items=5) as c:
            for i in range(20):
                c.event("experiment", {"n": i})
            assert c.flush(SOON_S)
            assert (c.stats.set_aside, c.stats.refused, c.stats.accepted) == (0, 0, 20)
        assert numbers(server) == list(range(20))
        (warning,) = warned(caplog, "kept and sent again")
        assert warning.args == (f"{status}: not now",)


class TestContent:
    @pytest.mark.parametrize("status", [413, 422])
    def test_the_wrong_one_is_found_and_the_others_are_written(self, picky, status, tmp_path):
        picky.status = status
        with client(picky.url, spill=tmp_path, max_age_s=60) as c:
            for i in range(50):
                c.event("experiment", {"n": i})
            assert c.flush(SOON_S)
            assert (c.stats.accepted, c.stats.refused, c.stats.set_aside) == (49, 1, 0)
        (refused,) = c.refused
        assert json.loads(refused.item)["event_data"]["n"] == POISON
        assert sorted(numbers(picky)) == [n for n in range(50) if n != POISON]

    @pytest.mark.parametrize("status", [400, 422])
    def test_a_page_of_a_proxy_is_no_word_on_the_items(self, server, status, monkeypatch):
        """Such as 400, 'a plain request was sent to the TLS port': everything would be lost."""
        server.answers.extend([(status, ["<html>"], {})] * 3)
        with client(server.url, max_age_s=60) as c:
            for i in range(10):
                c.event("experiment", {"n": i})
            assert c.flush(SOON_S)
            assert (c.stats.accepted, c.stats.refused) == (10, 0)


def warned(caplog, words):
    return [
        each
        for each in caplog.records
        if each.name == "everlearn.client" and each.levelno == logging.WARNING
        and words in each.message
    ]  # fmt: skip


OPENS = """
import os, sys, time, everlearn
client = everlearn.Client("http://127.0.0.1:9", "k", spill=sys.argv[1])
child = os.fork() if sys.argv[2] == "fork" else 1
if child:
    client.event("experiment", {"n": 1}); client.sync()
    print(child, flush=True)
time.sleep(60)
"""


class TestFolder:
    """A folder of one client at a time, whatever becomes of the process that has it."""

    def opened(self, folder, how):
        words = [sys.executable, "-c", OPENS, str(folder), how]
        return subprocess.Popen(words, stdout=subprocess.PIPE)

    def test_of_another_process_is_refused(self, server, tmp_path):
        with self.opened(tmp_path, "alone") as other:
            other.stdout.readline()
            with pytest.raises(SpillInUse, match=f"process {other.pid}") as caught:
                everlearn.Client(server.url, "k", spill=tmp_path)
            assert "folder of its own" in caught.value.hint
            other.kill()
        with client(server.url, spill=tmp_path) as c:
            assert c.flush(SOON_S)
        assert numbers(server) == [1]

    def test_a_fork_that_lives_on_does_not_keep_it(self, server, tmp_path):
        with self.opened(tmp_path, "fork") as other:
            child = int(other.stdout.readline())
            other.kill()
            other.wait()
            try:
                os.kill(child, 0)
                with client(server.url, spill=tmp_path) as c:
                    assert c.flush(SOON_S)
            finally:
                os.kill(child, signal.SIGKILL)
        assert numbers(server) == [1]


def test_the_disk_of_the_folder_is_full(server, tmp_path):
    """Whoever hands over is told; what was taken before is sent, and it goes on with room."""
    status, takes = [503], server.answer

    def answer(path, rows):
        return (status[0], {}, {}) if status[0] else takes(path, rows)

    server.answer = answer
    handed: list[int] = []

    def hand_over(c, n):
        c.event("experiment", {"n": n, "note": "x" * 500})
        handed.append(n)

    with small_disk(tmp_path / "small", "64k") as grow:
        with client(server.url, spill=tmp_path / "small" / "s", memory_bytes=5_000) as c:
            errors = []
            for n in range(300):
                try:
                    hand_over(c, n)
                except SpillDamaged as error:
                    errors.append(str(error))
            assert c.stats.dropped == len(errors) > 20, "each is told"
            assert all("No space left" in each for each in errors)
            assert len(list((tmp_path / "small" / "s").iterdir())) < 10
            grow("4m")
            for n in range(2_000, 2_100):
                hand_over(c, n)
            status[0] = None
            assert c.flush(SOON_S)
            assert (c.stats.cut, c.stats.damaged) == (0, 0)
        assert len(handed) == 400 - len(errors)
        assert numbers(server) == handed, "in order, each once"
