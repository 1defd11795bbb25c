"""AWS on loopback: moto's server plus AWS Client VPN, which moto lacks. Inert unless SANDBOX=true."""
