"""Declares sources and feature sets, keeps facts, computes and stores vectors."""

from everlearn.modules.features.service.computing import compute
from everlearn.modules.features.service.declaring import (
    declare_set,
    declare_source,
    from_dict,
    get_set,
    get_source,
    list_sets,
    list_sources,
    to_dict,
)
from everlearn.modules.features.service.facts import by_column, record_facts, source_states
from everlearn.modules.features.service.joining import computed_asof, entity_table, stored_asof
from everlearn.modules.features.service.payload import from_payload, store_payload
from everlearn.modules.features.service.reading import fact_rows, labelled_rows, vector_rows
from everlearn.modules.features.service.storing import (
    get_row,
    labelled_matrix,
    latest_rows,
    materialize,
    read_rows,
    read_window,
)

__all__ = [
    "by_column",
    "compute",
    "computed_asof",
    "declare_set",
    "declare_source",
    "entity_table",
    "fact_rows",
    "from_dict",
    "from_payload",
    "get_row",
    "get_set",
    "get_source",
    "labelled_matrix",
    "labelled_rows",
    "latest_rows",
    "list_sets",
    "list_sources",
    "materialize",
    "read_rows",
    "read_window",
    "record_facts",
    "source_states",
    "store_payload",
    "stored_asof",
    "to_dict",
    "vector_rows",
]
