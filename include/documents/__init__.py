"""Generated documents: configuration, data dictionary, key diagrams, dbt sources, answers to questions."""
