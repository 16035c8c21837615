"""Tables of the registry."""

from everlearn.modules.registry.tables.custom import CustomModel
from everlearn.modules.registry.tables.deployments import ModelDeployment
from everlearn.modules.registry.tables.filling import AFTER, FUNCTIONS
from everlearn.modules.registry.tables.models import V_ML_MODELS, Model
from everlearn.modules.registry.tables.versions import (
    V_MODEL_VERSIONS,
    Artifact,
    ModelMetric,
    ModelVersion,
)

__all__ = [
    "AFTER",
    "FUNCTIONS",
    "V_ML_MODELS",
    "V_MODEL_VERSIONS",
    "Artifact",
    "CustomModel",
    "Model",
    "ModelDeployment",
    "ModelMetric",
    "ModelVersion",
]
