"""The product: everything about the company's AWS Client VPN."""
