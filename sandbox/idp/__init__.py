"""A SAML identity provider for the sandbox: real signatures, and purpose-made wrong answers on request."""
