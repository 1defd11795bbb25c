"""A SAML identity provider for the sandbox: it signs for real, and goes wrong on request."""
