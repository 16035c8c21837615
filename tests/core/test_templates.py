"""A run of the tests keeps its template database, whatever other runs on the machine make."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from everlearn.core.testing.plugin import forget_old_templates, hold_template

HOLDER = """
import sys, time, psycopg
from everlearn.core.testing.plugin import hold_template

class Server:
    def conninfo(self, role):
        return sys.argv[1]

with hold_template(Server(), sys.argv[2]):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def admin(server):
    with psycopg.connect(server.conninfo("admin"), autocommit=True) as made:
        yield made


@pytest.fixture
def names(admin):
    """Give five empty databases, named like templates of a kind of their own; oldest first."""
    kind = uuid4().hex[:8]
    made = [f"template_{kind}_{n}" for n in range(5)]
    for name in made:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 STRATEGY file_copy").format(
                sql.Identifier(name)
            )
        )
    yield made
    for name in made:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def left(admin, names):
    kind = names[0].split("_")[1]
    forget_old_templates(admin, kind)
    query = "SELECT datname FROM pg_database WHERE datname LIKE %s"
    return {name for (name,) in admin.execute(query, (f"template\\_{kind}\\_%",))}


@contextmanager
def another_run(server, name):
    """Hold a template in a process of its own, which is killed in the end."""
    words = [sys.executable, "-c", HOLDER, server.conninfo("admin"), name]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield
        process.kill()


def test_what_a_run_holds_stays_and_what_a_killed_one_held_goes(server, admin, names):
    with another_run(server, names[0]), hold_template(server, names[0]):
        assert left(admin, names) == {names[0], *names[2:]}
    deadline = time.monotonic() + 10
    while left(admin, names) != {*names[2:]}:  # until the server notices that it was killed
        assert time.monotonic() < deadline
        time.sleep(0.05)
