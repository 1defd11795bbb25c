"""AWS on loopback for any boto3 client: moto's server, plus Client VPN and its connection log, which moto lacks."""
