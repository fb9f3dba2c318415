"""Write every part that the code gives into the pages that ask for it; says which pages changed."""

from .pages import PAGES, ROOT, written

if __name__ == "__main__":
    for page in PAGES:
        before = page.read_text()
        after = written(before)
        if after != before:
            page.write_text(after)
            print(page.relative_to(ROOT))
