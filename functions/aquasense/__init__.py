"""The domain: files become versions, versions become figures, uploads become alerts.

Pure: nothing here knows of AWS, HTTP or Lambda.
"""
