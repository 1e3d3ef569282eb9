"""
Bytes that nobody would write, for the scanner.
"""
