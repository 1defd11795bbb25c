"""When AWS replaces the ends of the tunnels to the office: what it announces, and until when it waits."""
