"""One topic in, at most one out: score, detect, archive, notify."""
