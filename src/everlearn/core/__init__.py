"""The kernel: it knows Postgres and HTTP, and no learning."""
