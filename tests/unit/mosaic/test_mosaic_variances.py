"""mosaic_variances: the definition, in any units."""

from types import SimpleNamespace

import numpy as np
import pytest
from wfimosaic.mosaic.mosaic_variances import MosaicVariances

AREA = (slice(0, 3), slice(0, 4))


@pytest.mark.parametrize("unit", [1e-15, 1e-11, 1e-6, 1.0, 1e6, 1e11, 1e15])
@pytest.mark.parametrize("weight_type", ["ivm-sky", "ivm", "exptime", "none"])
def test_mean_of_variances_in_units_far_from_romans(unit, weight_type):
    rng = np.random.default_rng(3)
    roots = rng.uniform(0.01, 0.03, (5, 2, 3, 4))
    times, summed = rng.uniform(50, 300, 5), rng.uniform(2000, 9000, (5, 3, 4))
    found = MosaicVariances((3, 4), ("var_rnoise", "var_poisson"), weight_type)
    for pair, time, weight in zip(roots, times, summed, strict=True):
        image = SimpleNamespace(meta={"exposure": {"exposure_time": time}})
        found.add(image, (unit * pair).astype(np.float32), (weight / unit**2).astype(np.float32), AREA)
    weights = {
        "ivm-sky": summed,
        "ivm": 1 / roots[:, 0] ** 2,
        "exptime": times[:, None, None],
        "none": np.ones((5, 1, 1)),
    }[weight_type]
    for k, mean in enumerate(found.mean(0.5).values()):
        expected = (weights**2 * roots[:, k] ** 2).sum(axis=0) / (weights + 0 * roots[:, 0]).sum(axis=0) ** 2 / 0.25
        np.testing.assert_allclose(mean / unit**2, expected, rtol=1e-4)
