"""Once an hour: is there any series that nobody brings readings of any more?"""
