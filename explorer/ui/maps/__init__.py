"""Tab 3, Feature maps: `tab` puts it together; a file for each thing that opens from its sheet; `api` for programs."""
