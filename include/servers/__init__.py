"""PostgreSQL, the simulated API and Airflow as servers on one machine: for the demo, the documents and the tests."""
