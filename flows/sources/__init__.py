"""One adapter a file: what a kind of source answers, turned into posts."""
