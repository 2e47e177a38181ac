"""Make cal_files.tar.xz: small `_cal` files as releases of roman_datamodels wrote them, in environments of their time.

python tests/data/make_cal_files.py (Python 3.11, ten minutes for the environments, which go again)
"""

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
OLDER = ["asdf==4.1.0", "asdf-astropy==0.11.0", "astropy==7.0.2", "gwcs==0.24.0", "numpy==2.2.6"]
NEWER = ["asdf-astropy==0.11.0", "astropy==8.0.2", "gwcs==1.0.3", "numpy==2.4.6"]
# asdf 5.3.0 was the first whose checksums of compressed blocks are those of the stored bytes.
RELEASES = {
    "0.23.1": ["rad==0.23.1", *OLDER],
    "0.25.0": ["rad==0.25.0", *OLDER],
    "0.26.0": ["rad==0.26.0", *OLDER],
    "0.28.1": ["rad==0.28.0", *OLDER],
    "1.0.0": ["rad==1.0.0", "asdf==5.2.0", *NEWER],
    "1.1.0": ["rad==1.1.0", "asdf==5.3.0", *NEWER],
    "1.2.0": ["rad==1.2.1", "asdf==6.0.0", *NEWER],
}


def main():
    """Write the files of each release, and pack them."""
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "files"
        files.mkdir()
        for release, packages in RELEASES.items():
            python = Path(folder) / release / "bin" / "python"
            run(sys.executable, "-m", "venv", python.parents[1])
            run(python, "-m", "pip", "install", "--quiet", f"roman_datamodels=={release}", "lz4==4.4.5", *packages)
            run(python, HERE / "write_cal_files.py", files, release)
        with tarfile.open(HERE / "cal_files.tar.xz", "w:xz") as archive:
            for path in sorted(files.iterdir()):
                archive.add(path, path.name)


def run(*words):
    """Run a command, and end with it if it fails."""
    subprocess.run([str(word) for word in words], check=True)


if __name__ == "__main__":
    main()
