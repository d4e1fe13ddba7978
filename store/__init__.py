"""The record: tables, migrations, the one write path, the queries. Rows inside, domain values outside."""
