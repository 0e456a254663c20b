"""How long a load takes, beside the least it could take and beside the task that most people write."""
