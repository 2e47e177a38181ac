"""Damaged `_cal` files: an error that names the file, never a crash, never pixels that fail their checksum.

WFIMOSAIC_FUZZ sets the number of cases (`make fuzz`).
"""

import os
import random
import signal

import numpy as np
import pytest
from wfimosaic.commands.verify_mosaic import verify_mosaic
from wfimosaic.errors import InputError
from wfimosaic.grid.member_header import read_member_header
from wfimosaic.images.image_file import OPTIONAL_ARRAYS, PIXEL_ARRAYS, mapped_pixels, open_image

from .chain import make_product
from .conftest import arrays_of, told

CASES = int(os.environ.get("WFIMOSAIC_FUZZ", "300"))
BATCHES = 10
PATIENCE = 60


def damage(content, dice, first, last):
    """Flip, cut out or repeat bytes of a file at random places between two: bytes."""
    content = bytearray(content)
    for _ in range(dice.randint(1, 3)):
        start = dice.randrange(first, min(last, len(content)))
        length = min(len(content) - start - 1, int(10 ** dice.uniform(0, 4)))
        kind = dice.choice(["flip", "cut", "repeat"])
        if kind == "flip":
            content[start] ^= 1 << dice.randrange(8)
        elif kind == "cut":
            del content[start : start + length]
        else:
            content[start:start] = content[start : start + length]
    return bytes(content)


def read_everything(path):
    """What the steps read of a member: dict of arrays."""
    read_member_header(path, "m")
    with open_image(path, validate_checksums=True) as model:
        return {
            name: np.array(mapped_pixels(path, model, name))
            for name in (*PIXEL_ARRAYS, *OPTIONAL_ARRAYS)
            if name in model
        }


class Hang(BaseException):
    """Nobody but the test catches it."""


@pytest.fixture
def alarm():
    """End a case that hangs."""

    def ring(*_):
        raise Hang("a damaged file keeps the reader busy")

    before = signal.signal(signal.SIGALRM, ring)
    yield signal.alarm
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("batch", range(BATCHES))
@pytest.mark.filterwarnings("default::RuntimeWarning")
def test_damaged_files_are_refused_or_read_right(batch, members, tmp_path, alarm):
    content = members[0].read_bytes()
    tree = content[: content.index(b"\n...\n")]
    truth = read_everything(str(members[0]))
    path = tmp_path / "a_cal.asdf"
    outcomes = []
    for seed in range(batch, CASES, BATCHES):
        dice = random.Random(seed)
        # Half of the damage to the tree, which is a hundredth of a real file.
        damaged = damage(content, dice, 0, len(tree) if dice.random() < 0.5 else len(content))
        path.write_bytes(damaged)
        alarm(PATIENCE)
        try:
            arrays = read_everything(str(path))
        except InputError as error:
            assert "a_cal.asdf: " in str(error) and "\n" not in str(error), seed
            outcomes.append("refused")
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
        else:
            outcomes.append("read")
            # A changed tree can say that the same bytes are another array; changed pixels must not come through.
            if damaged.startswith(tree):
                for name, array in truth.items():
                    np.testing.assert_array_equal(arrays[name], array, err_msg=f"seed {seed}")
        alarm(0)
    assert "refused" in outcomes


def test_damaged_mosaics_do_not_pass_for_whole(members, tmp_path):
    mosaic = make_product(tmp_path / "P", members[:2])
    assert verify_mosaic(mosaic) == ([], [])
    content, truth = mosaic.read_bytes(), arrays_of(mosaic)
    tree = content[: content.index(b"\n...\n")]
    for seed in range(100):
        dice = random.Random(seed)
        damaged = damage(content, dice, 0, len(tree) if seed % 2 else len(content))
        mosaic.write_bytes(damaged)
        try:
            errors, _ = verify_mosaic(mosaic)
        except InputError as error:
            assert str(error).startswith(f"{mosaic}: ") and "\n" not in str(error), seed
        else:
            # The words of the tree have no checksum of their own.
            assert errors or not damaged.startswith(tree) or arrays_of(mosaic) == truth, seed


def test_damaged_pixels_make_no_mosaic(run, members, tmp_path):
    content, products = members[1].read_bytes(), {}
    # Where the large arrays are.
    start = content.index(b"\n...\n") + 5000
    for seed in range(5):
        folder = tmp_path / f"d{seed}"
        folder.mkdir()
        bad = folder / members[1].name
        bad.write_bytes(damage(content, random.Random(seed), start, start + 80_000))
        products[f"d{seed}"] = [members[0], bad]
    run.associate(products)
    code, output = run.run("--keep-going")
    assert code == 1 and "Traceback" not in output
    for seed in range(5):
        name = f"d{seed}"
        assert not run.mosaic(name).exists()
        assert told(output, f"{name}/{members[1].name}: ") or told(output, "Error in ", members[1].name), name
