"""Training runs: each its own process, kept in a store that outlives servers and trainers.

What a run is and was stands in the store (SQLite, or PostgreSQL by URL) and in its folder; nobody asks a
trainer's memory. The web process writes rows and starts trainers, a trainer writes what happens to it.
PyTorch is imported by the trainer alone.
"""
