"""DynamoDB, S3 and SNS in memory, as strict as AWS where this project could trip.

tests/faults/test_fakes.py compares them with an emulator.
"""
