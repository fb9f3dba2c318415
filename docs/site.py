"""MkDocs hook: the documents at the repository's root are pages too, and links between both places work."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

AT_THE_ROOT = ("README.md", "README.ko.md", "CONTRIBUTING.md", "CHANGELOG.md")
_TO_THE_ROOT = re.compile(r"\]\((?:\.\./)+(" + "|".join(map(re.escape, AT_THE_ROOT)) + r")(#[^)]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the root's documents."""
    root = Path(config.config_file_path).parent
    for name in AT_THE_ROOT:
        text = re.sub(r"(\]\(|src=\")docs/", r"\1", (root / name).read_text())
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let a page of docs/ reach the root's documents where this site has them."""
    up = "../" * page.file.src_uri.count("/")
    return _TO_THE_ROOT.sub(lambda found: f"]({up}{found[1]}{found[2] or ''})", markdown)
