"""The protocol's fixed order: two parties with two tasks each, and the four settings."""

TASK_NAMES = ("A1", "A2", "B1", "B2")
"""Alice's two tasks, then Bob's."""

SETTINGS = ("11", "12", "21", "22")
"""The four settings in their fixed order: Alice's task, then Bob's."""

N_SETTINGS = len(SETTINGS)

TASK_OF_SETTING = ((0, 2), (0, 3), (1, 2), (1, 3))
"""Which of the `TASK_NAMES` Alice and Bob have in each setting."""
