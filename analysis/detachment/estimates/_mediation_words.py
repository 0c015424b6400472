"""What every mediation must say, wherever it is shown."""

NOT_CAUSAL = (
    "Cross-sectional mediation is not causal: all variables were measured at one time, so an "
    "indirect effect describes how they go together and can be large where nothing is mediated."
)
