"""The clients, each provoked for real."""
