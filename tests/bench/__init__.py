"""
The budgets of connlog, measured; nothing here runs with the tests.
"""
