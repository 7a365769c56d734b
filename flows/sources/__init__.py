"""One adapter a file: bytes of a source in, found entries out. Pure; no network, no store."""
