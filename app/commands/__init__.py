"""The shell's commands, a module a room; ``app.cli`` puts them together."""
