"""Generated documents: configuration, dictionary, key diagrams, data contract, dbt models, answers to questions."""
