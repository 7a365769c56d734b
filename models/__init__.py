"""The pure core: text in, measurements out. No broker, no database, no clock."""
