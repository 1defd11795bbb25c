"""Drills as they are stored, and what their people are told: all that other features need of them."""
