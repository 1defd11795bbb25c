"""Connections as a file: CSV or NDJSON, streamed from PostgreSQL's COPY however many there are."""
