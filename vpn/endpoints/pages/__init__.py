"""`/endpoints/`: the pages that show the last snapshot of each endpoint."""
