"""Names as they are typed or pasted, and what they come to: ids, repositories, and packages of each registry."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

GITHUB = ("github.com", "api.github.com")
PAGES = (
    "project",
    "projects",
    "packages",
    "package",
    "p",
    "simple",
    "pypi",
    "dashboard",
    "gems",
)  # before a package's name
HOSTS = {"npmjs": "npm", "rubygems": "gem", "hex": "hex", "go": "go"}  # registries by their domain's name
GEM = "gem:"  # before a gem's name at a source that has packages of another registry too
LONGEST, LONGEST_LINE = 60, 100
NPM = r"(?:@[a-z0-9~-][a-z0-9._~-]*/)?[A-Za-z0-9~-][A-Za-z0-9._~-]{0,200}"
WORD = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,100}[A-Za-z0-9])?"


class AddError(Exception):
    """The framework cannot be added as requested; `str()` is one sentence with the reason and what would do."""


def identifier(name: str) -> str:
    """A name as an id: lower-case words of ASCII joined by hyphens. Raises AddError if nothing of it is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not re.match(r"[a-z]", key) or len(key) > LONGEST:
        raise AddError(
            f"A framework's name begins with a letter and has at most {LONGEST} characters, not {echo(name)}."
        )
    return key


def repository(text: str) -> str:
    """`owner/name` of a GitHub repository, from that or from the address of any of its pages. Raises AddError."""
    host, path = address(text)
    if host not in ("", *GITHUB) and path and path[0] in PAGES:
        raise AddError(f"{echo(text)} is a package's page, not a GitHub repository, which is written owner/name.")
    if host:
        path = path[1:] if host == "api.github.com" and path[:1] == ["repos"] else path
        path = path[:2] if host in GITHUB else []
    name = "/".join(path).removesuffix(".git")
    shape = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}"
    if not re.fullmatch(shape, name):
        raise AddError(f"A GitHub repository is written owner/name, not {echo(text)}.")
    return name


def package(text: str) -> str:
    """A Python package's name as PEP 503 compares it, from that or from its page's address. Raises AddError."""
    return re.sub(r"[-_.]+", "-", _packaged("pypi", text, WORD)).lower()


def npm_package(text: str) -> str:
    """An npm package's name, with its scope if it has one, from that or from its page's address. Raises AddError."""
    return _packaged("npm", text, NPM)


def gem(text: str) -> str:
    """A gem's name as sources with several registries have it, `gem:rails`. Raises AddError."""
    return f"{GEM}{_packaged('gem', text.strip().removeprefix(GEM), r'[A-Za-z0-9._-]{1,100}')}"


def hex_package(text: str) -> str:
    """The name of a package for Elixir or Erlang, from that or from its page's address. Raises AddError."""
    return _packaged("hex", text, r"[a-z][a-z0-9_]{0,100}")


def go_module(text: str) -> str:
    """A Go module's path, such as github.com/gin-gonic/gin, from that or from its page's address. Raises AddError."""
    path = re.sub(r"^(?:[a-z]+://)?(?:www\.)?(?:pkg\.go\.dev/)?|[?#@].*$|/$", "", text.strip(), flags=re.IGNORECASE)
    if not re.fullmatch(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[A-Za-z0-9._~-]+)+", path) or len(path) > LONGEST_LINE:
        raise AddError(f"A Go module is written as its path, such as github.com/owner/name, not {echo(text)}.")
    return path


def at_one_of_several(text: str) -> str:
    """A name at a source that has both Python packages and gems. Raises AddError."""
    return gem(text) if text.strip().startswith(GEM) else package(text)


@dataclass(frozen=True, slots=True)
class Registry:
    """A package registry: its title, the sources to which a package's name means something, and how that is written."""

    title: str
    sources: tuple[str, ...]
    name: Callable[[str], str]


REGISTRIES: Mapping[str, Registry] = {
    "pypi": Registry("PyPI", ("pypistats", "clickhouse"), package),
    "npm": Registry("npm", ("npm",), npm_package),
    "gem": Registry("RubyGems", ("clickhouse",), gem),
    "hex": Registry("hex.pm", ("hex",), hex_package),
    "go": Registry("Go modules", ("pkgsite",), go_module),
}
NAMES: Mapping[str, Callable[[str], str]] = {  # by source; what has no rule of its own is one line of text
    "github": repository, "pypistats": package, "clickhouse": at_one_of_several, "npm": npm_package, "hex": hex_package,
    "pkgsite": go_module,
}  # fmt: skip


def in_words(name: str) -> str:
    """A name at a source as a sentence has it: "gem rails", "me/mine"."""
    return f"gem {name.removeprefix(GEM)}" if name.startswith(GEM) else name


def registry_of(host: str) -> str:
    """The registry whose pages a host has; those of others than these are pages about Python packages."""
    return HOSTS.get(host.rpartition(".")[0].rpartition(".")[2], "pypi")


def plain(text: str) -> str:
    """A name at a source that has no rule of its own. Raises AddError."""
    return line("a name at a source", text)


def line(what: str, text: str) -> str:
    """One short line of text. Raises AddError."""
    words = " ".join(text.split())
    if not words or len(words) > LONGEST_LINE or not words.isprintable():
        raise AddError(f"{what.capitalize()} must be one line of at most {LONGEST_LINE} characters, not {echo(text)}.")
    return words


def echo(text: str) -> str:
    """What was written, as a message repeats it."""
    return repr(text if len(text) <= 40 else f"{text[:39]}…")


def _packaged(registry: str, text: str, shape: str) -> str:
    """A package's name, from that or from its page at the registry. Raises AddError."""
    host, path = address(text)
    if host in GITHUB:
        raise AddError(f"{echo(text)} is a GitHub repository, not a package's name.")
    if host and (other := registry_of(host)) != registry:
        raise AddError(f"{echo(text)} is a page of {REGISTRIES[other].title}, not of {REGISTRIES[registry].title}.")
    if host:
        path = path[1:3] if path[1:] and path[1].startswith("@") else path[1:2] if path[:1] and path[0] in PAGES else []
    name = "/".join(path)
    if not re.fullmatch(shape, name):
        raise AddError(f"A package's name has letters, digits, hyphens, dots and underscores, not {echo(text)}.")
    return name


def address(text: str) -> tuple[str, list[str]]:
    """The host ("": none is named) and the path of what was pasted, without the blanks around it and between."""
    pasted = re.sub(r"\s*/\s*", "/", text.strip())
    match = re.match(
        r"(?:[a-z+]+://)?(?:[\w.-]+@)?(?:www\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)[/:]([^?#]*)", pasted, re.IGNORECASE
    )
    if match is None and "://" not in pasted:
        return "", pasted.removesuffix("/").split("/")
    return (match[1].lower(), [part for part in match[2].split("/") if part]) if match else ("?", [])
