"""Draws what a terminal shows, cell by cell, as a PGM picture.

qr.py dark|light < OUTPUT > PICTURE

Knows what a phone card uses: half blocks, full blocks, '#', and two colours of the palette of 256.
Other characters are drawn as spaces: this is for QR codes.
"""

import re
import sys

WIDTH, HEIGHT = 8, 16
GROUNDS = {"dark": (220, 25), "light": (40, 235)}
PALETTE = {"16": 0, "231": 255}
# Which halves of a cell have the colour of letters.
HALVES = {"█": (True, True), "▀": (True, False), "▄": (False, True), "#": (True, True)}


def cells(line, ground):
    """Upper and lower shade of each cell of a line."""
    ink, paper = ground
    for sgr, character in re.findall(r"\x1b\[([0-9;]*)m|([^\x1b\r])", line):
        if character:
            upper, lower = HALVES.get(character, (False, False))
            yield (ink if upper else paper, ink if lower else paper)
        elif sgr in ("", "0"):
            ink, paper = ground
        else:
            match = re.fullmatch(r"38;5;(\d+);48;5;(\d+)", sgr)
            ink, paper = (PALETTE[colour] for colour in match.groups())


def main():
    ground = GROUNDS[sys.argv[1]]
    text = sys.stdin.buffer.read().decode("utf-8")
    lines = [list(cells(line, ground)) for line in text.split("\n")]
    columns = max(map(len, lines)) + 2
    blank = (ground[1], ground[1])
    rows = bytearray()
    for line in [[]] + lines:
        line = [blank] + line + [blank] * (columns - 1 - len(line))
        for half in (0, 1):
            row = b"".join(bytes([cell[half]]) * WIDTH for cell in line)
            rows += row * (HEIGHT // 2)
    size = f"P5 {columns * WIDTH} {(len(lines) + 1) * HEIGHT} 255\n"
    sys.stdout.buffer.write(size.encode() + rows)


main()
