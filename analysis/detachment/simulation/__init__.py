"""An instrument and a population in, sample data with known truth out."""

from detachment.simulation._sample import Sample as Sample
from detachment.simulation._sample import simulate as simulate
from detachment.simulation._write import write_sample as write_sample

__all__ = ["Sample", "simulate", "write_sample"]
