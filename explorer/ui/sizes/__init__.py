"""Tab 2, Output sizes: `tab` puts it together, `stack` walks a stack of layers, `api` holds its endpoints."""
