"""The files people edit, and the one loader that reads them into frozen, checked structs."""
