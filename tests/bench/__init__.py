"""The time of a load, compared with the least possible and with a common implementation."""
