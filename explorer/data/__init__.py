"""Where training photographs come from: drawings, folders, an SQL catalogue; and how they are augmented."""
