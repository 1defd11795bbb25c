"""The world a laptop cannot reach: AWS, the company's SSO, its networks. Inert unless SANDBOX=true."""
