"""Finds the models that a batch names, and gives lists of values their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from everlearn.core.ingest import Batch
    from everlearn.core.tx import Tx

#: Rows for each word: by the id outside first, then the one served here, then by its id.
_FOUND = """
SELECT w.word, m.id, m.model_id, m.name, m.version, m.task IS NOT NULL AS served,
       CASE WHEN m.model_id = w.word THEN 0 WHEN m.task IS NOT NULL AND m.name = w.word THEN 1
            WHEN m.name = w.word THEN 3 ELSE 2 END AS place
FROM unnest(CAST(:words AS text[])) AS w (word)
JOIN registry.ml_models AS m ON m.tenant_id = app.tenant_id()
 AND (m.model_id = w.word OR m.name = w.word
      OR m.id = CASE WHEN pg_input_is_valid(w.word, 'uuid') THEN CAST(w.word AS uuid) END)
ORDER BY w.word, place
"""


class Models:
    """The models of the registry that some words name."""

    def __init__(self, tx: Tx, words: Sequence[str]) -> None:
        """Look them up by one statement."""
        self._of: dict[str, list[Any]] = {}
        for row in tx.execute(_FOUND, {"words": sorted(words)}) if words else ():
            self._of.setdefault(row.word, []).append(row)

    def find(self, word: str, version: str | None) -> tuple[Any | None, str]:
        """Give the model that a word means, or why there is none.

        A client may have recorded several versions of a model as models of one name; then the
        version decides.
        """
        found = self._of.get(word, [])
        if not found:
            return None, "the tenant has no such model"
        if found[0].place < 3 or len(found) == 1:
            return found[0], ""
        of_version = [row for row in found if row.version == version]
        if len(of_version) == 1:
            return of_version[0], ""
        return None, "several models have this name: say model_version, or send the model's id"


def fill_models(tx: Tx, batch: Batch, *, service_name: str) -> None:
    """Turn `model` into the registry's `model_id`, and fill in what is said about whom."""
    n = len(batch)
    models, own, services = (batch.get(x) for x in ("model", "model_id", "service_name"))
    kinds, versions = batch.get("prediction_type"), batch.get("model_version")
    found = Models(tx, sorted({each for each in models if each is not None}))
    ids: list[str | None] = list(own)
    said: dict[tuple[str, str | None], tuple[Any | None, str]] = {}
    for row in range(n):
        model = models[row]
        if model is None:
            if own[row] is None and services[row] is None:
                batch.refuse([row], "model", "say which model or which service made it")
            kinds[row] = kinds[row] or own[row]
        elif own[row] is not None:
            batch.refuse([row], "model_id", "send the model or its model_id, not both")
        else:
            key = (model, versions[row])
            if key not in said:
                said[key] = found.find(*key)
            line, reason = said[key]
            if line is None:
                batch.refuse([row], "model", reason)
                continue
            ids[row] = line.model_id
            kinds[row] = kinds[row] or line.name
        if kinds[row] is None:
            batch.refuse([row], "prediction_type", "needed where no model is named")
    batch.put("model_id", "text", ids)
    batch.put("prediction_type", "text", kinds)
    batch.put("service_name", "text", [each or service_name for each in services])


def name_values(batch: Batch) -> None:
    """Turn lists of features and reasons into objects, by the names that came with them."""
    names: list[Any] | None = None
    for field in ("features", "reasons"):
        if field not in batch.columns:
            continue
        values = batch.get(field)
        lists = [i for i, value in enumerate(values) if value is not None and value[:1] != b"{"]
        if not lists:
            continue
        for row in lists:
            value = values[row]
            names = batch.get("feature_names") if names is None else names
            values[row] = _named(batch, row, field, value, names[row])
        batch.put(field, "json", values)


def _named(batch: Batch, row: int, field: str, value: bytes, names: Any) -> bytes | None:
    if value[:1] != b"[":
        batch.refuse([row], field, "not a JSON object, nor a list")
        return None
    if not names:
        batch.refuse([row], "feature_names", "needed with a list of values")
        return None
    try:
        items = msgspec.json.decode(value, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        batch.refuse([row], field, str(error)[:200])
        return None
    if len(items) != len(names) or len(set(names)) != len(names):
        batch.refuse([row], field, f"{len(items)} values, but {len(set(names))} distinct names")
        return None
    return msgspec.json.encode(dict(zip(names, items, strict=True)))
