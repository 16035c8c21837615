"""Models that go on from an earlier version: fine-tuning jobs and small updates between fits.

A whole fit belongs to training; here a base model of some version is carried further on new data.
The tables hold the jobs with their progress, the metrics of each epoch, and the updates that move a
model from one version to the next, with what they changed and whether they are in use. The versions
themselves live in the registry, with their lineage. All can be read over the API; the tuning itself
is made by whoever writes them.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="finetuning",
    tier="methods",
    summary="Fine-tuning: jobs, metrics by epoch and incremental updates.",
    requires=("tenancy", "registry", "training"),
)
