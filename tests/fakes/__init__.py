"""DynamoDB, S3 and SNS in memory, with the limits and errors of AWS that this project can meet.

tests/faults/test_fakes.py compares them with an emulator.
"""
