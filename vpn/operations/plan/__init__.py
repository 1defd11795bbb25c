"""What a change of an endpoint does to people, addresses, routes, profiles, quotas and costs, before it is made.

Two states of the endpoint are compared: the last snapshot, and the same with the change in it. All of it is pure but
``gather``, which reads what is needed from the database.
"""
