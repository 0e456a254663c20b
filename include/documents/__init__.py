"""Generated documents: the dictionary, the diagrams of keys, dbt's sources, the answers to questions."""
