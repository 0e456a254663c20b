"""What is generated of the documents: the dictionary, dbt's sources, the map of marts, the answers to questions."""
