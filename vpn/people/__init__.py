"""The people that the portal knows, and whom of them a typed name, e-mail address or user name means."""
