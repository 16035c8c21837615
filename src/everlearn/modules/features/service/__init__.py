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
from everlearn.modules.features.service.payload import from_payload, store_payload
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
    "declare_set",
    "declare_source",
    "from_dict",
    "from_payload",
    "get_row",
    "get_set",
    "get_source",
    "labelled_matrix",
    "latest_rows",
    "list_sets",
    "list_sources",
    "materialize",
    "read_rows",
    "read_window",
    "record_facts",
    "source_states",
    "store_payload",
    "to_dict",
]
