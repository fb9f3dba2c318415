"""A real MySQL server in a container."""

from typing import TYPE_CHECKING

from sqlalchemy import URL

if TYPE_CHECKING:
    from testcontainers.community.mysql import MySqlContainer


def start_mysql() -> "MySqlContainer":
    """Start a server with a user and a password that is awkward in a URL."""
    from testcontainers.community.mysql import MySqlContainer

    return MySqlContainer("mysql:9.7", username="stockbt", password="p@ss:w/rd%", dbname="stockbt").start()


def url_of(server: "MySqlContainer") -> URL:
    """Return the URL of the server's database for the application's own user."""
    return URL.create(
        "mysql+pymysql",
        username=server.username,
        password=server.password,
        host=server.get_container_host_ip(),
        port=int(server.get_exposed_port(3306)),
        database=server.dbname,
    )
