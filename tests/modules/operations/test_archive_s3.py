"""The archive in S3: there and back, in parts, cut off in the middle, and without telling keys.

Against a small server of our own that checks signatures; with EVERLEARN_TEST_S3_URL, such as
s3://bucket/folder, and the usual AWS_* variables, the first tests run against any other S3.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import obstore
import psycopg
import pytest
from obstore.store import from_url
from psycopg import sql

from everlearn.core.errors import Invalid
from everlearn.core.ids import uuid7
from everlearn.modules.operations import service
from everlearn.modules.operations.errors import ArchiveUnavailable
from everlearn.modules.operations.service import retention, store
from everlearn.modules.operations.types import ArchiveStrategy
from tests.modules.operations.s3 import KEY, SECRET, Bucket
from tests.modules.operations.test_archive import COUNT, EVENTS, MAY, House
from tests.modules.operations.test_archive_faults import small_disk

NAME = "2023-05-01.parquet"


@pytest.fixture
def house(db, tmp_path):
    made = House(db, tmp_path)
    made.settings = made.settings.model_copy(update={"archive_url": "s3://bucket/folder"})
    return made


@pytest.fixture
def bucket(monkeypatch):
    made = Bucket()
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(store, "RETRIES", 1)
    yield made
    made.stop()


@pytest.fixture
def url(request, house):
    """Give the address of a folder that nobody else uses, and have the house archive there."""
    base = os.environ.get("EVERLEARN_TEST_S3_URL")
    if base is None:
        request.getfixturevalue("bucket")
    made = f"{base or 's3://bucket'}/{uuid7(house.db.clock.now())}"
    house.settings = house.settings.model_copy(update={"archive_url": made})
    return made


def names(url):
    return sorted(each["path"] for page in obstore.list(from_url(url)) for each in page)


def is_attached(house, month="2023m05"):
    query = (
        "SELECT count(*) FROM app.list_partitions()"
        " WHERE parent = :table AND partition = 'learning_events_y' || :month"
    )
    with house.service.tx(None) as tx:
        return tx.scalar(query, {"table": EVENTS, "month": month}) == 1


def archived_to(house, strategy=ArchiveStrategy.ARCHIVE_TO_S3):
    return store.open_store(house.settings, strategy)


class TestAnyS3:
    def test_there_and_back(self, house, url):
        house.events(house.acme, MAY)
        before = house.live()
        with house.app.tx(house.acme) as tx:
            service.hold(tx, [EVENTS], reason="case 12")
        assert (house.sweep(), names(url)) == (0, [])
        with house.app.tx(house.acme) as tx:
            service.release(tx)
        assert house.sweep() == 3
        assert names(url) == [f"{EVENTS}/{house.acme}/{NAME}"]
        (file,) = house.files()
        assert (file.url, file.row_count) == (f"{url}/{EVENTS}/{house.acme}/{NAME}", 3)
        assert not is_attached(house)
        assert (house.count(), house.ask(COUNT).files) == (3, 1)
        with house.app.tx(house.acme) as tx:
            assert [each.problem for each in service.verify_files(tx, house.settings)] == [None]
        house.restore(keep_days=1)
        assert house.live() == before
        assert house.sweep(at=house.db.clock.now() + timedelta(days=2)) == 3
        (name,) = names(url)
        assert name.endswith("/2023-05-01-2.parquet"), "the first one's rows came back"
        data = obstore.get(from_url(url), name).bytes().to_bytes()
        obstore.put(from_url(url), name, data[:-1] + b"x")
        with house.app.tx(house.acme) as tx:
            assert service.verify_files(tx, house.settings)[0].problem

    def test_a_large_file_in_parts(self, house, url, monkeypatch, tmp_path):
        monkeypatch.setattr(store, "PART_BYTES", 5 << 20)  # the least that S3 takes
        file = tmp_path / "large"
        file.write_bytes(os.urandom(12 << 20))
        place = archived_to(house)
        for _ in range(2):  # again in its place
            assert place.put(file, "a/large") == f"{url}/a/large"
        with place.local("a/large") as fetched:
            assert store.sha256_of(fetched) == store.sha256_of(file)
        place.delete("a/large")
        place.delete("a/large")
        assert names(url) == []
        with pytest.raises(ArchiveUnavailable), place.local("a/large"):
            pass


class TestOutage:
    """Whenever the store goes away, the rows are there, in the table or in the archive."""

    def test_in_the_middle_of_an_upload(self, house, bucket, monkeypatch):
        monkeypatch.setattr(store, "PART_BYTES", 2_000)
        house.events(house.acme, MAY, 300)
        before = house.live()
        bucket.stop_at = 1
        (problem,) = problems(house)
        assert "does not answer" in problem
        assert [len(parts) for parts in bucket.parts.values()] == [1], "it was in the middle"
        assert (house.live(), house.files(), bucket.files) == (before, [], {})
        assert is_attached(house)
        assert house.count() == 300
        bucket.stop()
        (problem,) = problems(house)
        assert "does not answer" in problem
        bucket.stop_at = None
        bucket.start()
        assert house.sweep() == 300
        assert not is_attached(house)
        assert (house.live(), house.count(), len(bucket.files)) == ([], 300, 1)
        house.restore()
        assert house.live() == before

    def test_after_the_upload_before_it_is_read_back(self, house, bucket, monkeypatch):
        house.events(house.acme, MAY)
        before = house.live()
        put = store.Remote.put

        def last(self, file, name):
            made = put(self, file, name)
            bucket.stop()
            return made

        with monkeypatch.context() as patch:
            patch.setattr(store.Remote, "put", last)
            assert "does not answer" in problems(house)[0]
        assert (house.live(), is_attached(house)) == (before, True)
        bucket.start()
        assert (house.sweep(), house.count(), len(bucket.files)) == (3, 3, 1)

    def test_while_it_is_asked_and_restored(self, house, bucket):
        house.events(house.acme, MAY)
        before = house.live()
        house.sweep()
        bucket.stop()
        for act in (house.count, house.restore):
            with pytest.raises(ArchiveUnavailable, match="does not answer"):
                act()
        assert (house.live(), is_attached(house)) == ([], False)
        bucket.start()
        assert house.count() == 3
        house.restore()
        assert house.live() == before


def problems(house):
    swept = retention.sweep(house.service, house.settings, only=[EVENTS])
    return [problem for each in swept for problem in each.problems]


class TestKeys:
    """What the environment keeps secret is in no message, log line, file or row."""

    @pytest.mark.parametrize("wrong", ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"])
    @pytest.mark.usefixtures("bucket")
    def test_nowhere(self, house, monkeypatch, wrong, caplog, cli):
        keys = [KEY, SECRET, "ANOTHERKEYOFATEST", "TOKENOFATEST"]
        house.events(house.acme, MAY)
        house.sweep()
        house.events(house.rival, MAY)
        monkeypatch.setenv(wrong, "ANOTHERKEYOFATEST")
        monkeypatch.setenv("AWS_SESSION_TOKEN", "TOKENOFATEST")
        (problem,) = problems(house)
        expected = "SignatureDoesNotMatch" if "SECRET" in wrong else "InvalidAccessKeyId"
        assert expected in problem
        seen = [problem]
        for act in (house.count, house.restore):
            with pytest.raises(ArchiveUnavailable, match=expected) as caught:
                act()
            chain, error = [], caught.value
            while error is not None:
                chain.append(repr(error) + str(error))
                error = error.__cause__
            seen += chain
        house.db.settings = house.settings  # the command line is of this house
        for words in (
            ("archive", "verify", "--tenant", "acme"),
            ("db", "retention", "--table", EVENTS),
        ):
            answer = cli(*words)
            seen += [answer.out, answer.err]
            assert expected in answer.out + answer.err, words
        seen.append(caplog.text)
        assert [(key, text) for key in keys for text in seen if key in text] == []
        for key in keys:
            assert tables_with(house, key) == []
        for file in house.settings.data_dir.rglob("*"):
            assert not file.is_file() or not any(k.encode() in file.read_bytes() for k in keys)

    @pytest.mark.parametrize(
        "url", [f"s3://{KEY}:{SECRET}@bucket/folder", "https://x.example/c?sig=SASOFATEST"]
    )
    def test_an_address_with_a_key_is_refused(self, house, url):
        house.settings = house.settings.model_copy(update={"archive_url": url})
        with pytest.raises(Invalid) as caught:
            archived_to(house)
        assert caught.value.field == "archive_url"
        assert not any(word in str(caught.value) for word in (KEY, SECRET, "SASOFATEST"))
        house.events(house.acme, MAY)
        (problem,) = problems(house)
        assert "environment" in problem
        assert len(house.live()) == 3


def tables_with(house, text):
    """Give the tables in which a row says something."""
    with psycopg.connect(house.db.server.conninfo("admin", house.db.name)) as admin:
        tables = admin.execute(
            "SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE relkind IN ('r', 'p') AND NOT relispartition"
            " AND nspname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        query = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} FROM {} t WHERE position({} in t::text) > 0").format(
                sql.Literal(f"{schema}.{name}"), sql.Identifier(schema, name), sql.Literal(text)
            )
            for schema, name in tables
        )
        assert len(tables) > 100
        return [name for (name,) in admin.execute(query)]


@pytest.mark.parametrize("step", ["archive", "query", "restore"])
def test_the_disk_of_temporary_files_is_full(house, bucket, monkeypatch, tmp_path, step):
    """It says which disk, and what to do; then it goes on."""
    house.events(house.acme, MAY, 400)
    before = house.live()
    if step != "archive":
        assert house.sweep() == 400

    def act():
        if step == "archive":
            return problems(house)
        return house.count() if step == "query" else house.restore()

    with small_disk(tmp_path / "small", "4k") as grow:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "small"))
        if step == "archive":
            told = act()[0]
        else:
            with pytest.raises(ArchiveUnavailable) as caught:
                act()
            told = f"{caught.value} {caught.value.hint}"
        assert f"{tmp_path / 'small'} is full: No space left on device" in told
        assert "TMPDIR" in told
        assert house.live() == (before if step == "archive" else [])
        assert not list(Path(tmp_path / "small").iterdir())
        grow("4m")
        act()
    monkeypatch.undo()
    assert house.live() == (before if step == "restore" else [])
