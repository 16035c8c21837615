"""What can go wrong with data sets.

NotFound
└── UnknownDataset
Conflict
└── Contradiction
    └── OtherContent
"""

from __future__ import annotations

from everlearn.core.errors import Contradiction, NotFound


class UnknownDataset(NotFound):
    """There is no such data set for this tenant; GET /v1/training_datasets lists them."""

    code = "datasets.unknown_dataset"


class OtherContent(Contradiction):
    """This version of the data set has other content; register it under another version."""

    code = "datasets.other_content"
