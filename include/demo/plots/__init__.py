"""``make plots``: draws the charts of the page from the warehouse of a demo."""
