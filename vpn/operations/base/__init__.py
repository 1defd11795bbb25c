"""The base classes of every kind of operation: OperationKind (form, plan, steps), Step, and the form fields."""
