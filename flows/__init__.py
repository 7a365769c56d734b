"""Scheduled jobs (Prefect): collection, digests, retention."""
