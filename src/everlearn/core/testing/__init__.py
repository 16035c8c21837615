"""Public test kit: a server, a database from a template, two tenants always."""
