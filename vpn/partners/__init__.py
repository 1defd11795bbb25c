"""Partners: who permits the fixed addresses in a firewall, and must know of a change before it is made."""
