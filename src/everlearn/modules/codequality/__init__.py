"""How good the code of a repository is, and what was done to make it better.

Files are scored at one content each, repositories in snapshots, so that a trend shows. Plans hold
what is to be improved, the files that were generated for them, and what each change brought.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="codequality",
    tier="methods",
    summary="Quality of files and repositories, and plans that lift it.",
    requires=("tenancy",),
)
