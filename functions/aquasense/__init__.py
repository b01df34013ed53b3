"""The domain, without AWS, HTTP or Lambda: readings, their quality, figures, receipts and alerts.

datasets    the configured datasets: names, units, thresholds and limits
csvfile     a file is decoded, and each line parsed into a row or a rejection
readings    rows become versions of their dates, and versions current readings
quality     readings are tested and flagged, after QARTOD
figures     current readings become monthly figures and series
uploads     the ids of uploads, their receipts and their impact
alerting    alerts are decided, recorded in a ledger and written as e-mail
formats     JSON and CSV output
"""

# Of the software and its API: everything else reads it, or a test compares it (docs/releasing.md).
__version__ = "1.0.0"
