"""The three numbers that S is compared with, and how exactly."""

from math import sqrt

CLASSICAL_BOUND = 2.0
"""Largest S of a local model without signalling (Clauser, Horne, Shimony & Holt 1969)."""

TSIRELSON_BOUND = 2 * sqrt(2)
"""Largest S of quantum theory (Cirel'son 1980). It limits nothing that signals."""

ALGEBRAIC_BOUND = 4.0
"""Largest S at all: no-signalling boxes (Popescu & Rohrlich 1994) and any signalling reach it."""

TOLERANCE = 1e-9
"""How far probabilities, correlators and what is summed of them may be off through rounding."""
