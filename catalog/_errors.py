"""What goes wrong in a catalog: one error, one sentence, naming the file, the key and the fault."""

from __future__ import annotations


class CatalogError(ValueError):
    """A file of the catalog says something that cannot be true. A human must correct that file.

    `file` is relative to the catalog's folder, `key` the place in it (`metric stars: badge`, `row 12: date`),
    `fault` what is wrong there.
    """

    def __init__(self, file: str, key: str, fault: str) -> None:
        super().__init__(f"{file}: {key} {fault}")
        self.file = file
        self.key = key
        self.fault = fault

    def __reduce__(self) -> tuple[type[CatalogError], tuple[str, str, str]]:
        return type(self), (self.file, self.key, self.fault)
