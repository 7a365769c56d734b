"""What travels between the parts of minyi, and how: messages, topics, errors, the runner and three brokers."""
