"""What was found on real networks, to read without the extra ``[bert]``.

Training such networks takes an hour, and a lesson should not wait for it. To train them again, or
others, see `ncviz.bert`.
"""

from ncviz.bert.real_models.shipped import FILES, Kept, kept, shipped

__all__ = ["FILES", "Kept", "kept", "shipped"]
