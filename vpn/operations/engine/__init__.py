"""Running operations: beat finds the ready ones, a worker claims one and does its steps."""
