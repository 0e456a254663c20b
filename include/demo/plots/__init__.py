"""``make plots``: charts of the main trends of a demo."""
