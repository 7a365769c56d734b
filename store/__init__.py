"""The register: tables, queries and migrations for SQLite and PostgreSQL."""
