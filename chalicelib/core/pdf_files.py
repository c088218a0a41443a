"""Files within a PDF: appended to a finished document as an update, the way the format provides (ISO 32000-1, 7.5.6 and 7.11.4). Pure.

They are stored as they are, without compression, so that whoever has the document can take them out with the simplest of programs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ROOT: Final = re.compile(rb"/Root (\d+) 0 R")
SIZE: Final = re.compile(rb"/Size (\d+)")
IDENTITY: Final = re.compile(rb"/ID\s*(\[<[0-9a-f]+><[0-9a-f]+>\])")
STARTED: Final = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
OBJECTS_PER_FILE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFile:
    """A file by name (letters, digits, dots and hyphens), its media type, what it is in a few words, and its bytes."""

    name: str
    media_type: str
    about: str
    body: bytes


def attached(pdf: bytes, files: Sequence[AttachedFile]) -> bytes:
    """The document of `core.pdf.document` with these files in it, in the order of their names; equal arguments give equal bytes."""
    began = int(_found(STARTED, pdf))
    trailer = pdf[pdf.rindex(b"trailer") :]
    root, size = int(_found(ROOT, trailer)), int(_found(SIZE, trailer))
    objects: dict[int, bytes] = {}
    names = []
    for place, file in enumerate(sorted(files, key=lambda each: each.name)):
        number = size + place * OBJECTS_PER_FILE
        objects[number] = _stream(file)
        objects[number + 1] = _specification(file, number)
        names.append(f"({file.name}) {number + 1} 0 R")
    objects[root] = _catalogue(pdf, root, " ".join(names))
    return _updated(pdf, objects, f"/Size {size + len(files) * OBJECTS_PER_FILE} /Root {root} 0 R /Prev {began}", _found(IDENTITY, trailer))


def _stream(file: AttachedFile) -> bytes:
    subtype = file.media_type.replace("/", "#2F")
    size = len(file.body)
    head = f"<< /Type /EmbeddedFile /Subtype /{subtype} /Length {size} /Params << /Size {size} >> >>\nstream\n"
    return head.encode() + file.body + b"\nendstream"


def _specification(file: AttachedFile, stream: int) -> bytes:
    names = f"/F ({file.name}) /UF ({file.name}) /Desc ({file.about}) /AFRelationship /Data"
    return f"<< /Type /Filespec {names} /EF << /F {stream} 0 R >> >>".encode()


def _catalogue(pdf: bytes, number: int, names: str) -> bytes:
    """The document's root as it was, with the files' names."""
    start = pdf.index(f"\n{number} 0 obj\n".encode()) + len(f"\n{number} 0 obj\n")
    before = pdf[start : pdf.index(b"endobj", start)].rstrip()
    references = " ".join(part for part in re.findall(r"\d+ 0 R", names))
    return before.removesuffix(b">>") + f"/Names << /EmbeddedFiles << /Names [ {names} ] >> >> /AF [ {references} ]\n>>".encode()


def _updated(pdf: bytes, objects: dict[int, bytes], trailer: str, identity: bytes) -> bytes:
    made = bytearray(pdf)
    table = [b"xref\n0 1\n0000000000 65535 f "]
    for number, body in sorted(objects.items()):
        table.append(f"{number} 1\n{len(made):010} 00000 n ".encode())
        made += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    began = len(made)
    made += b"\n".join(table) + b"\ntrailer\n<< " + trailer.encode() + b" /ID " + identity + b" >>\n"
    return bytes(made + f"startxref\n{began}\n%%EOF\n".encode())


def _found(pattern: re.Pattern[bytes], text: bytes) -> bytes:
    match = pattern.search(text)
    if match is None:
        message = f"This is no PDF of ours: it has no {pattern.pattern!r}."
        raise ValueError(message)
    return match[1]
