"""Tab 4, Classifier: `tab` puts it together; `why`, `mistakes` and `many` are its panels, `api` is for programs."""
