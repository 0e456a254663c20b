"""The contents of an image: its configuration, and every file of every layer."""

from __future__ import annotations

import gzip
import subprocess
import tarfile
from collections.abc import Collection, Iterator
from typing import IO

from deployment import DOCKER, docker

PIECE = 1 << 22
OVERLAP = 512
GZIP = b"\x1f\x8b"


def description(image: str) -> str:
    """Return the configuration of an image: history of layers, environment, labels."""
    return docker("history", "--no-trunc", "--format", "{{json .}}", image) + docker("image", "inspect", image)


def found_in_layers(image: str, values: Collection[str]) -> tuple[int, set[str]]:
    """Return the number of files of the image, including its layers, and the values that occur in them."""
    wanted = {value: value.encode() for value in values}
    searched, found = 0, set[str]()
    with subprocess.Popen([DOCKER, "save", image], stdout=subprocess.PIPE) as saving:
        assert saving.stdout is not None
        with tarfile.open(fileobj=saving.stdout, mode="r|") as archive:
            for member in archive:
                if (file := archive.extractfile(member)) is None:
                    continue
                searched += 1
                for piece in _pieces(file):
                    found.update(value for value, text in wanted.items() if text in piece)
        saving.stdout.read()
    assert saving.returncode == 0
    return searched, found


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """The content, unpacked, in pieces that overlap, so that nothing is cut in two."""
    start = file.peek(2)[:2] if hasattr(file, "peek") else b""
    content = gzip.GzipFile(fileobj=file) if start == GZIP else file
    last = b""
    while piece := content.read(PIECE):
        yield last + piece
        last = piece[-OVERLAP:]
