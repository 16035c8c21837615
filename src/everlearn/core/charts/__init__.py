"""Charts as SVG written by the server: pure functions of numbers, no drawing library.

Text and glyphs keep their size at every width: an outer SVG places them by percent, and only the
nested SVG that holds the lines is stretched. Colours are CSS classes, so both themes work. Every
chart says in words what it shows and carries its numbers as a table.
"""
