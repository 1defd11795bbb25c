"""Where the parts of a drawing stand: pure. templates/portal/components/bars.html and heat_map.html draw them.

Across, everything is in percent of the drawing, so that it fits a telephone with letters that keep their size;
downwards it is in pixels.
"""
