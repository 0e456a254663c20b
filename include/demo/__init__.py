"""The demo: a simulated account, seven weeks of its history, and Airflow that goes on from there."""
