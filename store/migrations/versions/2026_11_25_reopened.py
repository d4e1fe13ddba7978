"""When an episode was reopened, in the states kept from before it was a part of them. The events are only read."""

from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_reopened"
down_revision = "2026_11_25_queue"
branch_labels = None
depends_on = None

EPISODES = sa.table("episodes", sa.column("id", sa.Integer()), sa.column("state", sa.JSON()))
EVENTS = sa.table(
    "events",
    *(sa.column("episode_id", sa.Integer()), sa.column("seq", sa.Integer()), sa.column("at", sa.DateTime(timezone=True))),
    *(sa.column("kind", sa.Text()), sa.column("body", sa.JSON())),
)


def upgrade() -> None:
    connection = op.get_bind()
    reopened = sa.select(EVENTS.c.episode_id).where(EVENTS.c.kind == "episode_reopened")
    for episode_id, state in connection.execute(sa.select(EPISODES).where(EPISODES.c.id.in_(reopened))).all():
        rows = connection.execute(sa.select(EVENTS).where(EVENTS.c.episode_id == episode_id).order_by(EVENTS.c.seq)).all()
        taken_back = {seq for row in rows if row.kind == "retracted" for seq in row.body["seqs"]}
        moments = [row.at for row in rows if row.kind == "episode_reopened" and row.seq not in taken_back]
        if moments:
            at = moments[-1] if moments[-1].tzinfo else moments[-1].replace(tzinfo=UTC)  # SQLite keeps no zone; what is stored is UTC
            after = state | {"reopened_at": at.isoformat()}
            connection.execute(sa.update(EPISODES).where(EPISODES.c.id == episode_id).values(state=after))
