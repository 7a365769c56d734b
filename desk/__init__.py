"""The web desk: alerts, incidents, posts, source health."""
