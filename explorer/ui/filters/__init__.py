"""Tab 1, Filters: `tab` puts it together, `picture` computes a whole result, `api` is its endpoint."""
