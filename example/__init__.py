"""澜汀市, a fictional city served from this machine, so that the first run shows a living desk with no network."""
