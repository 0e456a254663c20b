"""PostgreSQL, the simulated API and Airflow on one machine, for the demo, the documents and the tests."""
