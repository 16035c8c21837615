"""Which series a sample belongs to: asked of the database once, then known to the process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Any
from uuid import UUID

from everlearn.core.tx import Tx

#: What tells series apart: name, category, unit, tags (as JSON text) and component.
Key = tuple[str, str | None, str | None, str | None, str | None]

MOST_KNOWN = 100_000  # some 40 MB
_known: OrderedDict[tuple[Any, ...], UUID] = OrderedDict()
_lock = Lock()

_NOT_JSONB = """
SELECT position, (pg_input_error_info(value, 'jsonb')).message
FROM unnest(CAST(:tags AS text[])) WITH ORDINALITY AS given (value, position)
WHERE NOT pg_input_is_valid(value, 'jsonb')
"""

# In one order, so that two transactions with the same new series do not wait for each other.
_ADD = """
INSERT INTO operations.metric_series
  (metric_name, metric_category, unit, tags, source_component, created_at)
SELECT DISTINCT g.name, g.category, g.unit, nullif(CAST(g.tags AS jsonb), '{}'), g.component,
  CAST(:now AS timestamptz)
FROM unnest(CAST(:names AS text[]), CAST(:categories AS text[]), CAST(:units AS text[]),
  CAST(:tags AS text[]), CAST(:components AS text[])) AS g(name, category, unit, tags, component)
ORDER BY 1, 2, 3, 4, 5
ON CONFLICT DO NOTHING
"""

_FIND = """
SELECT g.position, s.id
FROM (SELECT metric_name, metric_category, unit, nullif(CAST(tags AS jsonb), '{}') AS tags,
    source_component, position
  FROM unnest(CAST(:names AS text[]), CAST(:categories AS text[]), CAST(:units AS text[]),
    CAST(:tags AS text[]), CAST(:components AS text[])) WITH ORDINALITY
    AS u(metric_name, metric_category, unit, tags, source_component, position)) g
JOIN operations.metric_series s ON s.tenant_id = app.tenant_id()
  AND s.identity_md5 = md5(quote_nullable(g.metric_name) || quote_nullable(g.metric_category) ||
    quote_nullable(g.unit) || quote_nullable(g.tags::text) || quote_nullable(g.source_component))
"""


def resolve(tx: Tx, keys: Sequence[Key]) -> tuple[list[UUID | None], dict[int, str]]:
    """Give the series of each key, making those that are new.

    Tags may be written in any way JSON allows: the same object is the same series.

    Returns:
        The ids, and place -> what is wrong with the tags of those that have none.
    """
    scope = _scope(tx)
    found: list[UUID | None] = []
    with _lock:
        for key in keys:
            each = (*scope, *key)
            known = _known.get(each)
            if known is not None:
                _known.move_to_end(each)
            found.append(known)
    new = [n for n, each in enumerate(found) if each is None]
    wrong: dict[int, str] = {}
    if new:
        tags = {"tags": [keys[n][3] for n in new]}
        wrong = {new[row.position - 1]: row.message for row in tx.execute(_NOT_JSONB, tags)}
        new = [n for n in new if n not in wrong]
    if new:
        names = ("names", "categories", "units", "tags", "components")
        given = {
            name: list(values)
            for name, values in zip(names, zip(*(keys[n] for n in new), strict=True), strict=True)
        }
        rows = tx.execute(_FIND, given).all()
        if len(rows) < len(new):
            tx.execute(_ADD, given | {"now": tx.now()})
            rows = tx.execute(_FIND, given).all()
        for row in rows:
            found[new[row.position - 1]] = row.id
        made = [((*scope, *keys[n]), found[n]) for n in new]
        # Not before: a series that this transaction made is gone when it is rolled back.
        tx.after_commit(lambda: _remember(made))
    return found, wrong


def forget(tx: Tx, keys: Iterable[Key]) -> None:
    """Forget what was known of these keys: the database was changed for an older one."""
    scope = _scope(tx)
    with _lock:
        for key in keys:
            _known.pop((*scope, *key), None)


def _scope(tx: Tx) -> tuple[Any, ...]:
    info = tx.driver.info
    return (info.host, info.port, info.dbname, tx.tenant_id)


def _remember(made: Iterable[tuple[tuple[Any, ...], UUID | None]]) -> None:
    with _lock:
        for key, id_ in made:
            if id_ is not None:
                _known[key] = id_
        while len(_known) > MOST_KNOWN:
            _known.popitem(last=False)
