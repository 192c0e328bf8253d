"""Draws the rooms of ncviz from the contract in pyproject.toml: python tools/rooms.py"""

import tomllib
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "pictures" / "rooms.svg"

FLOORS = {
    "doors": ["__main__", "cli", "classroom", "pages", "bert"],
    "on the screen": ["widgets", "figures"],
    "many results": ["meaning", "regression", "mechanism", "sweeps"],
    "one experiment": ["experiment", "results", "inference", "bell", "engine"],
    "ground": ["setup", "fields", "tasks", "basics"],
}
"""The layers of the contract in their order, from the top down and from left to right."""

WIDTH, HEIGHT, MARGIN, GAP, LABEL = 760, 46, 16, 10, 110
STYLE = """
text { font: 14px system-ui, sans-serif; fill: #222; }
.floor { fill: #666; font-size: 12px; }
rect { fill: #eef3f8; stroke: #5b7a99; }
.page { fill: #fff; stroke: none; }
@media (prefers-color-scheme: dark) {
  text { fill: #eee; } .floor { fill: #bbb; }
  rect { fill: #22303d; stroke: #89a9c7; }
  .page { fill: #1a1c1e; }
}
"""


def layers() -> list[str]:
    """Return the rooms in the order of the contract: each imports only from those after it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    first: list[str] = project["tool"]["importlinter"]["contracts"][0]["layers"]
    return first


def drawn() -> str:
    """Return the picture: a floor a row, a box a room."""
    assert [room for floor in FLOORS.values() for room in floor] == layers()
    shapes = []
    for row, (floor, rooms) in enumerate(FLOORS.items()):
        y = MARGIN + row * (HEIGHT + GAP)
        shapes.append(f'<text class="floor" x="{MARGIN}" y="{y + 28}">{escape(floor)}</text>')
        wide = (WIDTH - LABEL - 2 * MARGIN + GAP) / len(rooms) - GAP
        for k, room in enumerate(rooms):
            x = MARGIN + LABEL + k * (wide + GAP)
            shapes += [
                f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{HEIGHT}" rx="5"/>',
                f'<text x="{x + wide / 2:.1f}" y="{y + 28}" text-anchor="middle">{room}</text>',
            ]
    height = 2 * MARGIN + len(FLOORS) * (HEIGHT + GAP) - GAP
    words = "The rooms of ncviz: each imports only from those below it and those to its right"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
            f' width="{WIDTH}" height="{height}">',
            f"<title>{words}</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="page" width="{WIDTH}" height="{height}"/>',
            *shapes,
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    PICTURE.write_text(drawn(), encoding="utf-8")
    print(PICTURE)
