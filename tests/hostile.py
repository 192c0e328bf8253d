"""Texts that would do harm where they are taken for markup, and what reads a page for it."""

from html.parser import HTMLParser

HOSTILE = (
    '<img src=x onerror="window.hacked=1">',
    "</script><script>window.hacked=1</script>",
    "</style></title></pre><svg onload=window.hacked=1>",
    """" onmouseover="window.hacked=1' onfocus='window.hacked=1""",
    "a &lt;b&gt; &amp; c",
    "javascript:window.hacked=1",
    "<!-- <a href='javascript:window.hacked=1'>",
)
LINKS = ("src", "href", "action", "data", "formaction", "xlink:href", "srcdoc")


class Reader(HTMLParser):
    """What a browser would make of a page: its tags, its attributes and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self._text: list[str] = []
        self.feed(page)
        self.close()

    @property
    def text(self) -> str:
        """All text, and what the pictures are called."""
        return " ".join([*self._text, *(value for name, value in self.attributes if name == "alt")])

    @property
    def harm(self) -> list[str]:
        """Tags and attributes that could run something or fetch it from elsewhere."""
        tags = self.tags & {"script", "iframe", "object", "embed", "svg", "form", "link", "base"}
        return [
            *sorted(tags),
            *(name for name, _ in self.attributes if name.startswith("on")),
            *(
                f"{name}={value[:60]}"
                for name, value in self.attributes
                if name in LINKS and not value.startswith("data:image/png;base64,")
            ),
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self._text.append(data)
