"""Code that people try out: projects, files, runs, analyses, tests, findings and suggestions.

A run is a record of what was executed and under which limits, so it stays when its file goes; what
is only said about the code goes with its project.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="devlab",
    tier="packs",
    summary="Code projects, their runs, analyses and findings.",
    requires=("tenancy",),
)
