"""Target networks of an endpoint: associate, disassociate, security groups; pause and resume the endpoint."""
