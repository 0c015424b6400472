"""Results in, reproducible figures out; the only room that draws."""

from detachment.figures._apim import apim
from detachment.figures._drawing import Drawing, inline_svg
from detachment.figures._flow import flow
from detachment.figures._forest import forest
from detachment.figures._heatmap import heatmap
from detachment.figures._likert import likert
from detachment.figures._mediation import mediation
from detachment.figures._moderation import moderation
from detachment.figures._registry import draw, figures_of
from detachment.figures._reliability import reliability_plot
from detachment.figures._specification_curve import specification_curve

__all__ = [
    "Drawing",
    "apim",
    "draw",
    "figures_of",
    "flow",
    "forest",
    "heatmap",
    "inline_svg",
    "likert",
    "mediation",
    "moderation",
    "reliability_plot",
    "specification_curve",
]
