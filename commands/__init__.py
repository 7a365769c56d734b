"""The `minyi` commands, one file a group; only cli.py imports them."""
