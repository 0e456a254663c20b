"""The page *Inventory* inside Airflow's UI: a FastAPI app that reads the marts, and React components that show them.

Nothing here writes. The browser changes things by Airflow's own REST API, with the rights of its user.
"""
