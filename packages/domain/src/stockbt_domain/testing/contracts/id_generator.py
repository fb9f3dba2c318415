"""What every generator of identifiers must do."""

from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122, UUID

from ...ports import IdGenerator


class IdGeneratorContract:
    """Subclass it with a fixture `ids`."""

    def test_an_id_is_a_version_4_uuid_in_canonical_text(self, ids: IdGenerator) -> None:
        """36 characters, lower case, of version 4 and the RFC's variant."""
        text = ids.new_id()

        assert str(UUID(text)) == text
        assert (UUID(text).version, UUID(text).variant) == (4, RFC_4122)

    def test_ids_never_repeat(self, ids: IdGenerator) -> None:
        """Every call gives another one, from threads too."""
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda _: ids.new_id(), range(1000)))

        assert len(set(made)) == 1000
