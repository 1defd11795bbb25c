"""Asking for operations: forms, plans, approval, the pages and scripts that follow one."""
