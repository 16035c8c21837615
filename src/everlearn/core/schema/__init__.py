"""The live schema: what was asked for, whether it is there, as SQL files, and with sample rows.

The package's parts: `manifest` (what was asked for), `live` (reads the catalog), `verify` (compares
the two), `steps` (back to an earlier revision), `sqlfiles` (the whole schema as SQL that may be run
twice), `samples` (one real-looking row in every table, and its removal) with `values`, `real`,
`real_words` and `examples` (where the values of such rows come from), `backup` and `tenant_backup`.
"""
