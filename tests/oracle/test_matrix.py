"""The matrix of settings is pairwise."""

import itertools

from .cases import read_matrix


def test_every_two_values_of_two_options_meet():
    rows = read_matrix()
    values = {option: {row[option] for row in rows} for option in rows[0]}
    missing = [
        (a, b, pair)
        for a, b in itertools.combinations(values, 2)
        for pair in itertools.product(values[a], values[b])
        if pair not in {(row[a], row[b]) for row in rows}
    ]
    assert missing == []


def test_the_matrix_is_small():
    assert len(read_matrix()) <= 25
