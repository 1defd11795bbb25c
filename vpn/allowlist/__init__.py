"""The allow list: the fixed addresses of all endpoints, published for the firewalls of other teams and companies."""
