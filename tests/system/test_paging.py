"""Every list over HTTP comes in pages: no gap and no double, though rows come in between."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from everlearn.core import resource
from everlearn.core.errors import Duplicate
from everlearn.core.ids import uuid7
from everlearn.core.migrate import load_tables
from everlearn.core.tables import rows
from everlearn.core.testing.make import make, table_of
from everlearn.core.testing.plugin import ACTOR, TEST_TIME
from everlearn.entry.api import create_app

load_tables()
#: Lists that are not of rows that pile up: bounded by what is asked for, not by a page.
BOUNDED = {
    "/v1/archive/holds": "the legal holds in force, which people place one by one",
    "/v1/events/days": "one row a day of the span asked for",
    "/v1/events/hours": "one row an hour of the span asked for",
    "/v1/events/quantiles": "one row a share asked for",
    "/v1/events:export": "a stream that takes the memory of one batch",
    "/v1/experiments/{experiment_id}/history": "the points of one chart",
    "/v1/feedback/days": "one row a day of the span asked for",
    "/v1/feedback/hours": "one row an hour of the span asked for",
    "/v1/feedback/quantiles": "one row a share asked for",
    "/v1/metrics:export": "a stream that takes the memory of one batch",
    "/v1/metrics/{series}/points": "one row a step of the span asked for",
    "/v1/models/{name}/performance": "one row a day or month",
    "/v1/models/{name}/predictions:export": "a stream that takes the memory of one batch",
    "/v1/models/{name}/quantiles": "one row a share asked for",
    "/v1/patterns/days": "one row a day of the span asked for",
    "/v1/predictions/hours": "one row an hour of the span asked for",
    "/v1/usage": "one row a period of the span asked for",
    "/v1/patterns/top": "the first few of a ranking",
}
#: Answers that are one thing, whatever their address looks like.
SINGLE = {
    "/v1/audit_chain",
    "/v1/can",
    "/v1/health",
    "/v1/me",
    "/v1/model_versions/{version_id}/artifact",
    "/v1/models/{name}/drift",
    "/v1/models/{name}/policy",
    "/v1/teams/{team_id}/sso",
}
N = 5


@dataclass(frozen=True)
class Listed:
    """A list to walk: where, of which table, and what its rows need to be found there."""

    path: str
    table: str
    values: dict[str, Any] = field(default_factory=dict)
    key: str = "id"
    vary: Callable[[int], dict[str, Any]] = lambda _: {}


def at(i: int) -> Any:
    return TEST_TIME + timedelta(seconds=i)


OWN = (
    Listed("/v1/models", "registry.ml_models", {"task": "binary"}),
    Listed(
        "/v1/models/{name}/versions",
        "registry.model_versions",
        vary=lambda i: {"number": i + 1, "version": f"v1.{i}.0", "status": "draft"},
    ),
    Listed(
        "/v1/models/{name}/deployments",
        "registry.model_deployments",
        {"environment": "prod"},
        vary=lambda i: {
            "number": i + 1,
            "deployment_status": "superseded",
            "deployed_at": at(i),
            "ended_at": at(i + 1),
        },
    ),
    Listed("/v1/models/{name}/training", "training.ml_training_jobs"),
    Listed(
        "/v1/models/{name}/drift/alerts",
        "drift.drift_alerts",
        vary=lambda i: {"feature": f"f{i}", "first_seen_at": at(i), "last_seen_at": at(-i)},
    ),
    Listed("/v1/feedback", "feedback.ml_feedback"),
    Listed("/v1/api_keys", "tenancy.api_keys", {"kind": "key"}),
    Listed("/v1/users", "tenancy.users"),
)


#: Address -> names of the parameters, of every GET that answers with rows.
LISTS = {
    path: {one["name"] for one in operations["get"].get("parameters", [])}
    for path, operations in create_app(None).openapi()["paths"].items()  # type: ignore[arg-type]  # asked nothing
    if "get" in operations and path.startswith("/v1/") and not path.endswith("}")
}


def test_every_list_has_a_page_or_says_why_not():
    without = [
        path
        for path, names in LISTS.items()
        if path not in BOUNDED.keys() | SINGLE
        and not ({"limit", "cursor"} <= names or {"limit", "before"} <= names)
    ]
    assert sorted(without) == []


def walked(client, path: str, limit: int, between: Callable[[], None]) -> list[Any]:
    """Read all pages; let rows come in after the first."""
    read: list[Any] = []
    url: str | None = f"{path}?limit={limit}"
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        page = body if isinstance(body, list) else body["items"]
        assert 0 < len(page) <= limit
        read += page
        if not isinstance(body, list) and "link" not in answer.headers:
            cursor = body.get("next_cursor")
            url = f"{path}?limit={limit}&cursor={cursor}" if cursor else None
        else:
            found = re.fullmatch(r'<(.+)>; rel="next"', answer.headers.get("link", ""))
            url = found[1] if found else None
        between()
    return read


@pytest.mark.parametrize("listed", OWN, ids=lambda one: one.path)
def test_own_lists(client, database, tenant, listed):
    row = rows()[listed.table]
    columns = table_of(row).c.keys()
    made: list[Any] = []
    with database.tx(tenant, actor=ACTOR) as tx:
        model = make(tx, rows()["registry.ml_models"], task="binary", name="delays")
    path = listed.path.replace("{name}", "delays")

    def add() -> None:
        with database.tx(tenant, actor=ACTOR) as tx:
            more = {"ml_model_id": model.id} if "ml_model_id" in columns else {}
            i = len(made)
            one = make(tx, row, **listed.values, **more, **listed.vary(i), id=uuid7(at(i)))
            made.append(str(one.id))

    for _ in range(N):
        add()
    before = {one["id"] for one in walked(client, path, 500, lambda: None)}
    assert before >= set(made)
    read = [one["id"] for one in walked(client, path, 2, add)]
    assert len(read) == len(set(read))
    assert before <= set(read)


WALKED = [
    name
    for name, row in resource.exposed().items()
    if "list" in row.expose and row.policy.rows == "tenant" and f"/v1/{name}" in LISTS
]


@pytest.mark.parametrize("name", WALKED)
def test_exposed_tables(database, tenant, request, name):
    row = resource.exposed()[name]
    if row.policy.maintained:  # by maintenance, in a database where it commits
        db = request.getfixturevalue("db")
        database, tenant = db.database("service"), db.tenant()
    with database.tx(tenant, actor=ACTOR) as tx:

        def add() -> bool:
            try:
                with tx.savepoint():
                    make(tx, row)
            except Duplicate:  # one row a day, a signature, ...: `make` knows no second value
                return False
            return True

        if not (add() and add() and add()):
            pytest.skip("make gives one row of this table only")
        before = {one["id"] for one in pages(tx, row, lambda: None)}
        read = [one["id"] for one in pages(tx, row, add)]
    assert len(before) >= 3
    assert len(read) == len(set(read))
    assert before <= set(read)


def pages(tx, row, between: Callable[[], Any]) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    for _ in range(50):
        page = resource.list_rows(tx, row, limit=2, cursor=cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return
        between()
    raise AssertionError("the pages have no end")
