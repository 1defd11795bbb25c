"""Hearing of incidents by e-mail: people subscribe their own address, and stop it by a link in each mail."""
