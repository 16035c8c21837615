"""Words of federated learning that other modules may use."""

from __future__ import annotations

from enum import StrEnum


class NodeType(StrEnum):
    """What a node does."""

    CLIENT = "client"
    SERVER = "server"
    COORDINATOR = "coordinator"


class UpdateStatus(StrEnum):
    """Where a node's update stands."""

    PENDING = "pending"
    RECEIVED = "received"
    AGGREGATED = "aggregated"
    FAILED = "failed"


class AggregationMethod(StrEnum):
    """How the updates of a round become one model."""

    FEDAVG = "fedavg"
    FEDPROX = "fedprox"
    SCAFFOLD = "scaffold"
    FEDDYN = "feddyn"


class FederatedMetricName(StrEnum):
    """What is measured of a round, or of one node in it."""

    ACCURACY = "accuracy"
    LOSS = "loss"
    PRIVACY_BUDGET = "privacy_budget"
    COMMUNICATION_COST = "communication_cost"


class FederatedUnit(StrEnum):
    """Unit of a measured number."""

    PERCENTAGE = "percentage"
    COUNT = "count"
    BYTES = "bytes"
    SECONDS = "seconds"
