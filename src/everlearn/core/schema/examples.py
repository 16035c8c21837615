"""Values that a declaration does not show, for the sample rows of every table and for `make`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from everlearn.core.ids import uuid7

if TYPE_CHECKING:
    from everlearn.core.tx import Tx


@dataclass(frozen=True, slots=True)
class SampleOf:
    """Stands for a column's value in the sample row of another table."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class SameAs:
    """Stands for the value of another column of the same sample row."""

    column: str


def _learning_event(tx: Tx) -> Any:
    if found := tx.scalar(
        "SELECT id FROM events.learning_events WHERE tenant_id = app.tenant_id()"
        " ORDER BY timestamp DESC, id DESC LIMIT 1"
    ):
        return found
    at = tx.now()
    # Before the statement that needs it: a table in use takes no new partition.
    tx.execute("SELECT app.ensure_partition('events.learning_events', :at)", {"at": at})
    return tx.scalar(
        "INSERT INTO events.learning_events (event_type, event_data, timestamp)"
        " VALUES ('data_ingestion', '{}', :at) RETURNING id",
        {"at": at},
    )


#: Values for columns whose rule stands in a trigger, in a check of the whole table or in the code
#: that reads them: table -> column -> value, or a function of the transaction.
EXAMPLES: dict[str, dict[str, Any]] = {
    "catalog.use_cases": {
        "industry_id": lambda tx: tx.scalar(
            "SELECT id FROM catalog.industries ORDER BY industry_id LIMIT 1"
        )
    },
    "ensembles.ensemble_configurations": {"model_ids": ["delays"]},
    "ensembles.ensemble_predictions": {"individual_predictions": {"delays": 0.5}},
    "events.git_operation_learning_events": {
        "learning_event_id": _learning_event,
        "learning_event_timestamp": None,
    },
    "features.feature_sets": {"definition": {"features": []}},
    "federated.federated_aggregations": {
        "participating_nodes": ["north"],
        "update_ids": lambda tx: [uuid7(tx.now())],
    },
    # Referred to by the nodes' own name: the tenant's first node, or one that is made for it.
    "federated.federated_updates": {
        "node_id": lambda tx: tx.scalar(
            "WITH made AS (INSERT INTO federated.federated_nodes"
            " (node_id, node_name, node_type, endpoint_url)"
            " SELECT 'north', 'North', 'client', 'https://north.example'"
            " WHERE NOT EXISTS (SELECT FROM federated.federated_nodes) RETURNING node_id)"
            " SELECT node_id FROM made UNION ALL SELECT node_id FROM federated.federated_nodes"
            " LIMIT 1"
        )
    },
    "operations.archive_manifests": {"period_end": lambda tx: tx.now() + timedelta(days=31)},
    "operations.data_retention_policies": {
        "table_name": lambda tx: tx.scalar(
            "SELECT parent FROM app.retention WHERE parent NOT IN"
            " (SELECT table_name FROM operations.data_retention_policies) ORDER BY 1 LIMIT 1"
        )
    },
    "operations.metric_samples": {
        "start_at": lambda tx: tx.now().replace(minute=30, second=0, microsecond=0),
        "end_at": lambda tx: tx.now().replace(minute=30, second=0, microsecond=0),
        "sample_count": 1,
        "offsets_us": [0],
        "sample_values": [0.5],
    },
    "predictions.ml_predictions": {"predicted_value": 0.5},
    "registry.custom_models": {
        "endpoint_url": "https://models.example/v1",
        "model_id": "custom:example",
    },
    "tenancy.enterprise_settings": {"setting_type": "string", "setting_value": "example"},
}

#: Values of sample rows alone: where what the type allows would be taken for work to do, and where
#: another sample row is meant though no reference says so.
SAMPLES: dict[str, dict[str, Any]] = {
    "events.git_operation_learning_events": {
        "learning_event_id": SampleOf("events.learning_events", "id"),
        "learning_event_timestamp": SampleOf("events.learning_events", "timestamp"),
    },
    "finetuning.incremental_updates": {"new_model_version": "v1.5.0"},
    "operations.job_runs": {"name": "training.fit", "status": "completed", "progress_ratio": 1.0},
    "operations.metric_samples": {"start_at": SameAs("end_at")},
}

#: Tables without a sample row, each with the reason.
LEFT_OUT: dict[str, str] = {
    "audit.audit_chain_heads": "kept by the audit trail itself",
    "audit.audit_logs": "the trail tells of the other sample rows, and nothing is taken out of it",
    "events.stale_learning_days": "noted by the stream of events itself",
    "operations.metric_arrivals": "noted by the samples themselves",
    "predictions.prediction_keys": "written with the predictions themselves",
    "predictions.stale_performance_days": "noted by the sums of predictions themselves",
    "patterns.stale_pattern_days": "noted by the occurrences themselves",
    "operations.archive_manifests": "written by retention alone, for files that are there",
}
