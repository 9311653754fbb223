"""The networks on offer: `menu` lists and loads them for the page, `own` keeps a visitor's own weights."""
