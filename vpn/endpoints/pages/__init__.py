"""`/endpoints/`: the pages that show what AWS last said of an endpoint."""
