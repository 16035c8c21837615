"""Where the product starts: api, cli, worker and sdk assemble modules and hold no logic."""
