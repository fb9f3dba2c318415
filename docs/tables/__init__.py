"""The parts of the documents that the code writes: `make contracts` puts them where a page asks for them."""
