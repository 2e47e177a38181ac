"""measure_skies: how the work on overlaps is shared out."""

import numpy as np
from wfimosaic.sky import measure_skies as module
from wfimosaic.sky.measure_skies import SkySettings, measure_skies


def test_members_of_a_wide_field_are_opened_for_few_tasks(monkeypatch):
    side = 20
    # Neighbours on the sky are anywhere in the order of members.
    numbers = np.random.default_rng(1).permutation(side**2).reshape(side, side)
    steps = [(0, 1), (1, 0), (1, 1), (1, -1)]
    places = [(y, x, y + dy, x + dx) for y in range(side) for x in range(side) for dy, dx in steps]
    inside = [place for place in places if max(place) < side and min(place) >= 0]
    pairs = sorted(tuple(sorted((int(numbers[y, x]), int(numbers[v, u])))) for y, x, v, u in inside)
    tasks = []

    def keep(function, given, workers, what):
        tasks.extend(given)
        return [([None] * len(work), {}) for _, work, _ in given]

    monkeypatch.setattr(module, "run_in_workers", keep)
    settings = SkySettings({"skystat": "difference"}, None, False, False, {})
    measure_skies(list(range(side**2)), [(i, j, None) for i, j in pairs], False, settings, 2)
    assert sorted((i, j) for _, work, _ in tasks for i, j, *_ in work) == pairs
    assert all(len(members) <= 2 * module.BLOCK for members, *_ in tasks)
    assert sum(len(members) for members, *_ in tasks) < 4 * side**2
