"""The layout of the database, step by step; steps are added, never changed."""
