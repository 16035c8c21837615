"""What can go wrong in the registry.

NotFound
├── UnknownModel
└── UnknownVersion
Invalid
├── UnfittingFeatures
└── UnreadableArtifact
Conflict
├── NoLiveVersion
├── ShortHistory
├── OtherTask
└── SecondActiveVersion
EverlearnError
└── ArtifactCorrupt
"""

from __future__ import annotations

from everlearn.core.errors import (
    Conflict,
    Contradiction,
    Duplicate,
    EverlearnError,
    Invalid,
    NotFound,
)


class UnknownModel(NotFound):
    """There is no such model for this tenant; `everlearn registry models` lists them."""

    code = "registry.unknown_model"


class UnknownVersion(NotFound):
    """There is no such version for this tenant; `everlearn registry versions` lists them."""

    code = "registry.unknown_version"


class NoLiveVersion(Conflict):
    """The model has no active version; train one or activate a version that is there."""

    code = "registry.no_live_version"


class ShortHistory(Conflict):
    """There is no earlier version to roll back to; activate another version by its id."""

    code = "registry.short_history"


class OtherTask(Contradiction):
    """A model of this name predicts something else; choose another name."""

    code = "registry.other_task"


class SecondActiveVersion(Duplicate):
    """Another version became active at the same moment; read the model again and decide anew."""

    code = "registry.second_active_version"


class UnfittingFeatures(Invalid):
    """The feature names do not fit the artifact; give one name a column, in its order."""

    code = "registry.unfitting_features"


class UnreadableArtifact(Invalid):
    """The artifact is not of the format it is said to be; send the text the library wrote."""

    code = "registry.unreadable_artifact"


class ArtifactCorrupt(EverlearnError):
    """A stored artifact is not what was registered; restore it or activate another version."""

    code = "registry.artifact_corrupt"
