"""`python -m everlearn` is the same as `everlearn`."""

from everlearn.entry.cli import main

main()
