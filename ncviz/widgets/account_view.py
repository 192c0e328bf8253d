"""What accounts for S: the excess over 2, and what it is made of."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from ncviz.meaning import Account, account_lines, account_sentence
from ncviz.result import Moment
from ncviz.verdict import missing
from ncviz.widgets._assets import css, esm
from ncviz.widgets.view import Frame, View, figure_of, triple

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class AccountView(View):
    """Show how much of an excess over 2 the change of the mean outcomes can account for.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.widgets.account_view import AccountView
    >>> view = AccountView(Experiment(runs=4, steps=2).run())
    >>> view.describe()
    'No CHSH form passes 2: there is nothing to account for.'
    >>> view.close()
    """

    _esm = esm("base", "account_view")
    _css = css("base", "account_view")

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        summary = numbers.summary
        frame: Frame = {"caption": account_sentence(summary)}
        if missing(summary):
            return frame
        lines = [{**asdict(line), "number": triple(line.number)} for line in account_lines(summary)]
        return {**frame, **asdict(Account.of(summary)), "lines": lines}

    def _drawn(self, moment: Moment) -> "Figure":
        from ncviz.figures.account import account

        return figure_of(account(moment))
