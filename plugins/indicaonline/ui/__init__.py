"""The page *Inventory* in Airflow's UI."""
