"""Who does the work: threads of this machine, or the workers of a cluster."""

from detachment.engines._adapters import from_ray, from_spark
from detachment.engines._dask import Cluster, cluster
from detachment.engines._executors import from_executor
from detachment.engines._local import Local
from detachment.engines._types import Engine, each_once

__all__ = [
    "Cluster",
    "Engine",
    "Local",
    "cluster",
    "each_once",
    "from_executor",
    "from_ray",
    "from_spark",
]
