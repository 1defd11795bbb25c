"""Settings of an endpoint that ModifyClientVpnEndpoint changes."""
