"""Axes of which only the plane is wanted: no ticks, and no limits that adapt to what is drawn.

matplotlib makes ticks of every axes, several objects each, although a figure writes its numbers
itself; they take longer than all that is drawn.
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike


class Panel(Axes):
    """Axes whose limits are set, and on which nothing stands but what is put there."""

    def _init_axis(self) -> None:
        self.xaxis, self.yaxis = _X(self, clear=False), _Y(self, clear=False)
        for axis, ends in ((self.xaxis, ("bottom", "top")), (self.yaxis, ("left", "right"))):
            for end in ends:
                self.spines[end].register_axis(axis)

    def line(self, x: ArrayLike, y: ArrayLike, **look: Any) -> None:  # noqa: ANN401
        """A line or markers in units of the data; as ``plot``, without a look at the limits."""
        self.add_artist(Line2D(np.asarray(x), np.asarray(y), **look))


class _Quiet:
    """An axis that is asked for nothing, and so makes no ticks."""

    def set_clip_path(self, *_: object, **__: object) -> None:
        pass

    def set_tick_params(self, *_: object, **__: object) -> None:
        pass


class _X(_Quiet, XAxis):
    pass


class _Y(_Quiet, YAxis):
    pass
