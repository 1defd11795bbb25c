"""The connection log: from AWS's lines to connections, kept, searched, summed up and exported."""
