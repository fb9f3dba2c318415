"""The texts in other languages; `python -m stockbt_web.translations` brings them up to date."""
