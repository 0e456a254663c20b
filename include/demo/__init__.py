"""The demo: a simulated account, seven weeks of its history, and an Airflow that continues it."""
