"""What a change of an endpoint would do to people, addresses, routes, profiles, quotas and cost.

``report`` compares two configurations of the endpoint: the last snapshot, and the same after the change. Only
``context`` and ``plan`` read the database; everything else is pure.
"""
