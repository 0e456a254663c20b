"""``make plots``: the main trends of a demo as pictures."""
