"""Everything that runs on one machine: the environment, the embedded PostgreSQL, the demo and the tests' Airflow."""
