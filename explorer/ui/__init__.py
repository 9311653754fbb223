"""The page: the only layer that knows gradio."""
