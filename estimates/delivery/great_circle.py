"""How far apart two places are, as their coordinates tell."""

import numpy as np
import numpy.typing as npt

_RADIUS = 6371.0


def great_circle(here: npt.NDArray[np.float64], there: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the kilometres between places, by rows of latitude and longitude in degrees."""
    (latitude, longitude), (to_latitude, to_longitude) = np.radians(here[:, :2]).T, np.radians(there[:, :2]).T
    half = np.sin((latitude - to_latitude) / 2) ** 2
    half += np.cos(latitude) * np.cos(to_latitude) * np.sin((longitude - to_longitude) / 2) ** 2
    return np.asarray(2 * _RADIUS * np.arcsin(np.sqrt(half)))
