"""`hallway serve --database postgresql://...` and what the operator runs beside it, as processes and commands."""

from pathlib import Path

from tests.cli.terminal import Server, clean_environment, invoke
from tests.support.postgres import schema


def test_an_operator_runs_it_and_a_lead_founds(tmp_path: Path) -> None:
    with schema() as place:
        server = Server(tmp_path)
        password = "only-the-server-knows"
        url = place.url.replace("postgres:@", f"postgres:{password}@")
        server.options += ("--database", url)
        environment = clean_environment(tmp_path)
        server.start()
        try:
            assert server.said["database"] == "postgresql://postgres@/postgres"
            lead = server.founded()
            lead.does("phone", "sync")
            taken = invoke("restore", "begin", *server.options[:2], "--database", url, environment=environment)
            assert (taken.exit_code, password in taken.output) == (1, False)
        finally:
            server.stop()
        copied = invoke(
            "backup", str(tmp_path / "copy"), *server.options[:2], "--database", url, "--json", environment=environment
        )
        assert (copied.exit_code, "pg_dump" in copied.stderr, (tmp_path / "copy").exists()) == (1, True, False)
        begun = invoke("restore", "begin", *server.options[:2], "--database", url, environment=environment)
        assert "1 programme will heal" in begun.stdout
        assert not list((tmp_path / "server").glob("hallway.sqlite*"))
        assert password not in (tmp_path / "server.log").read_text()
