"""Results in, reproducible figures out; the only room that draws."""

from detachment.figures._apim import apim
from detachment.figures._change import raincloud, slopes
from detachment.figures._distributions import distributions
from detachment.figures._drawing import Drawing, inline_svg
from detachment.figures._flow import flow
from detachment.figures._forest import forest
from detachment.figures._heatmap import heatmap
from detachment.figures._information import category_curves, item_information, scale_information
from detachment.figures._ladder import item_ladder
from detachment.figures._likert import likert
from detachment.figures._loadings import loadings
from detachment.figures._mediation import mediation
from detachment.figures._missingness import missingness
from detachment.figures._moderation import moderation
from detachment.figures._network import network
from detachment.figures._partner_scatter import partner_scatter
from detachment.figures._prevalence import prevalence_bars
from detachment.figures._quiz import quiz_plot
from detachment.figures._registry import draw, figures_of
from detachment.figures._reliability import reliability_plot
from detachment.figures._roc import roc
from detachment.figures._scree import scree
from detachment.figures._specification_curve import specification_curve
from detachment.figures._theme import font_folder

__all__ = [
    "Drawing",
    "apim",
    "category_curves",
    "distributions",
    "draw",
    "figures_of",
    "flow",
    "font_folder",
    "forest",
    "heatmap",
    "inline_svg",
    "item_information",
    "item_ladder",
    "likert",
    "loadings",
    "mediation",
    "missingness",
    "moderation",
    "network",
    "partner_scatter",
    "prevalence_bars",
    "quiz_plot",
    "raincloud",
    "reliability_plot",
    "roc",
    "scale_information",
    "scree",
    "slopes",
    "specification_curve",
]
