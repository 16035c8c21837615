"""Every answer a model gave, with its bounds and its reasons, and what came of it.

A prediction is written once and never changed: what really happened is a row of its own beside it,
so a late outcome costs an append and not a rewrite of a wide row. Bounds come from a Venn-Abers
predictor over the latest outcomes (Vovk, Petej and Fedorova, 2015), reasons are exact TreeSHAP
values.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="predictions",
    tier="predictions",
    summary="Predictions with bounds, reasons and outcomes.",
    requires=("operations", "registry", "features", "events"),
    nav="Predictions",
)
