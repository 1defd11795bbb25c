"""The .ovpn: what AWS exported, handed to the people who may use it."""
