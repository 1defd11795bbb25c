"""Importing the connection log from CloudWatch Logs: windows, readers, cursors, retention, and the page about it."""
