"""The pages as a reader has them before the eyes: built, served on loopback, opened in Chromium."""
