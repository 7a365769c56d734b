"""All tables. Times are microseconds since 1970 UTC (types.UtcTime); *_json columns hold msgspec JSON.

A change here needs a new file in migrations/versions; tests/store/test_migrations.py compares the two.
"""

from sqlalchemy import Boolean, Column, Float, Index, Integer, MetaData, Table, Text, UniqueConstraint, false, text

from store.types import UtcTime

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)

posts = Table(
    "posts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("published_at", UtcTime, nullable=False),
    Column("collected_at", UtcTime, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("relevant", Boolean, nullable=False),
    Column("relevance", Float, nullable=False),
    Column("sentiment", Integer, nullable=False),
    Column("attitude", Integer),
    Column("category", Text),
    Column("intent", Text),
    Column("revision", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("rest_json", Text, nullable=False),  # the whole PostScored without title and text
    Column("text_key", Text),  # store.sameness: equal for equal texts; null: never joined
    Column("title_key", Text, nullable=False, server_default=""),
    Column("copy_of", Text),  # the post shown instead, null when it is shown itself: store.copies
    Index("ix_posts_time", "published_at", "id"),
    Index("ix_posts_jurisdiction_time", "jurisdiction", "published_at", "id"),
    Index("ix_posts_source_time", "source", "published_at", "id"),
    Index(
        "ix_posts_relevant_time",
        "published_at",
        "id",
        sqlite_where=text("relevant = 1"),
        postgresql_where=text("relevant"),
    ),
    Index(
        "ix_posts_text_key",
        "text_key",
        sqlite_where=text("text_key IS NOT NULL"),
        postgresql_where=text("text_key IS NOT NULL"),
    ),
    Index(
        "ix_posts_copy_of",
        "copy_of",
        "published_at",
        "id",
        sqlite_where=text("copy_of IS NOT NULL"),
        postgresql_where=text("copy_of IS NOT NULL"),
    ),
)

post_places = Table(
    "post_places",
    metadata,
    Column("place", Text, primary_key=True),
    Column("post", Text, primary_key=True),
    Index("ix_post_places_post", "post"),
)

withdrawn = Table(  # tombstones: a replay of the log does not bring these back
    "withdrawn",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("event", Text, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("level", Integer, nullable=False),  # 1 blue .. 4 red
    Column("category", Text),
    Column("place", Text, nullable=False),
    Column("raised_at", UtcTime, nullable=False),
    Column("cleared_at", UtcTime),
    Column("feedback", Text),
    Column("body_json", Text, nullable=False),
    Index("ix_alerts_time", "raised_at", "id"),
    Index("ix_alerts_jurisdiction_time", "jurisdiction", "raised_at", "id"),
    Index("ix_alerts_event", "event"),
)

alert_posts = Table(
    "alert_posts",
    metadata,
    Column("post", Text, primary_key=True),
    Column("alert", Text, primary_key=True),
    Index("ix_alert_posts_alert", "alert"),
)

all_clears = Table(
    "all_clears",
    metadata,
    Column("id", Text, primary_key=True),
    Column("event", Text, nullable=False),
    Column("cleared_at", UtcTime, nullable=False),
    Column("body_json", Text, nullable=False),
    Index("ix_all_clears_event", "event"),
)

step_downs = Table(  # an alerted event left the level it stood on; without words that quote a post
    "step_downs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("event", Text, nullable=False),
    Column("level", Integer, nullable=False),  # where it stands since
    Column("lowered_at", UtcTime, nullable=False),
    Column("body_json", Text, nullable=False),
    Index("ix_step_downs_event", "event", "lowered_at"),
)

events = Table(
    "events",
    metadata,
    Column("id", Text, primary_key=True),
    Column("jurisdiction", Text, nullable=False),
    Column("headline", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("category", Text),
    Column("phase", Text, nullable=False),
    Column("first_post", Text, nullable=False),
    Column("first_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("posts", Integer, nullable=False),
    Column("negative", Integer, nullable=False),
    Column("body_json", Text, nullable=False),
    Index("ix_events_time", "last_at", "id"),
    Index("ix_events_jurisdiction_time", "jurisdiction", "last_at", "id"),
    Index("ix_events_first_post", "first_post"),
)

members = Table(  # a post is in one event at most; members may be known before their post is archived
    "members",
    metadata,
    Column("post", Text, primary_key=True),
    Column("event", Text, nullable=False),
    Column("found", Text),  # the event detection found it in, where people decided otherwise
    Index("ix_members_event", "event", "post"),
    Index(
        "ix_members_found",
        "found",
        "post",
        sqlite_where=text("found IS NOT NULL"),
        postgresql_where=text("found IS NOT NULL"),
    ),
)

event_edits = Table(  # append-only: merges, splits and undoings by people; models/edits.py says what they mean
    "event_edits",
    metadata,
    Column("entry", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("posts_json", Text, nullable=False),
    Column("undoes", Text, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("logged", Boolean, nullable=False, server_default=false()),  # seen on the bus; detection hears of it there
    UniqueConstraint("id"),
)

edited_events = Table(  # events a standing decision names
    "edited_events",
    metadata,
    Column("event", Text, primary_key=True),
    Column("into", Text, nullable=False),  # the event it was merged into; empty: it stands itself
    Column("found_json", Text),  # its state as detection found it, without words; null: made by a split
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("event", Text, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("level", Integer, nullable=False),
    Column("headline", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("category", Text),
    Column("state", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("alert", Text, nullable=False),  # the newest that changed the incident
    Column("started_at", UtcTime, nullable=False),  # raised_at of the alert that opened it: where the clocks start
    Column("opened_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    UniqueConstraint("event"),
    Index("ix_incidents_time", "opened_at", "id"),
    Index("ix_incidents_state", "state", "opened_at", "id"),
)

incident_alerts = Table(
    "incident_alerts",
    metadata,
    Column("incident", Text, primary_key=True),
    Column("alert", Text, primary_key=True),
)

clocks = Table(
    "clocks",
    metadata,
    Column("incident", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("alert", Text, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("met_at", UtcTime),
    Column("met_by", Integer),  # the log entry that met it; undoing that entry un-meets it
    Column("reminded_at", UtcTime),
    Index("ix_clocks_due", "due_at"),
)

incident_log = Table(  # append-only
    "incident_log",
    metadata,
    Column("entry", Integer, primary_key=True, autoincrement=True),
    Column("incident", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("was", Text, nullable=False),
    Column("now", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("undoes", Integer),
    Index("ix_incident_log_incident", "incident", "entry"),
)

statements = Table(
    "statements",
    metadata,
    Column("id", Text, primary_key=True),
    Column("incident", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("published_at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("added_at", UtcTime, nullable=False),
    Index("ix_statements_incident", "incident", "published_at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("audience", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),  # held, claimed, waiting, delivered, failed
    Column("attempts", Integer, nullable=False),
    Column("first_at", UtcTime, nullable=False),
    Column("at", UtcTime, nullable=False),  # of the newest claim or settlement
    Column("retry_at", UtcTime),  # waiting: the next try; held: when it is looked at again
    Column("error", Text, nullable=False),  # held: why
    Column("event", Text, nullable=False, server_default=""),  # what the news is about; empty for reminders
    Column("place", Text, nullable=False, server_default=""),  # store.outbox.spot or nowhere: what is told together
    Column("level", Integer, nullable=False, server_default="0"),  # 1 blue .. 4 red
    UniqueConstraint("audience", "channel", "subject", "kind"),
    Index("ix_deliveries_state", "state", "retry_at"),
    Index("ix_deliveries_time", "first_at", "id"),
    Index("ix_deliveries_subject", "subject"),
    Index("ix_deliveries_event", "event"),
    Index("ix_deliveries_place", "place", "at"),
)

silences = Table(  # kept when they are over: who decided what not to hear
    "silences",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("jurisdiction", Text, nullable=False),
    Column("event", Text, nullable=False),  # empty: every event
    Column("place", Text, nullable=False),  # empty: everywhere
    Column("until", UtcTime, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ended_at", UtcTime),  # taken back before its end
    Column("ended_by", Text, nullable=False),
    Index("ix_silences_until", "until"),
)

sources = Table(
    "sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("active", Boolean, nullable=False),  # False: no longer in sources.yaml
    Column("state", Text, nullable=False),  # new, ok, quiet, blocked, broken
    Column("since", UtcTime),
    Column("reason", Text, nullable=False),
    Column("last_round", UtcTime),
    Column("last_success", UtcTime),
    Column("last_new", UtcTime),
    Column("next_try", UtcTime),
    Column("cursor_json", Text, nullable=False),
)

rounds = Table(
    "rounds",
    metadata,
    Column("source", Text, primary_key=True),
    Column("started_at", UtcTime, primary_key=True),
    Column("seconds", Float, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("new", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("next_try", UtcTime),
    Index("ix_rounds_time", "started_at"),
)

seen = Table(
    "seen",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("ix_seen_at", "at"),
)

operators = Table(
    "operators",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("password", Text, nullable=False),  # scrypt$n$r$p$salt$hash
    Column("active", Boolean, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", Text, primary_key=True),  # SHA-256 of the token, never the token
    Column("operator", Text, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Index("ix_sessions_operator", "operator"),
    Index("ix_sessions_expires", "expires_at"),
)

login_failures = Table(
    "login_failures",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("ix_login_failures_at", "at"),
)

notices = Table(
    "notices",
    metadata,
    Column("key", Text, primary_key=True),
    Column("words", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("dismissed_at", UtcTime),
    Column("dismissed_by", Text, nullable=False),
    Index("ix_notices_at", "at"),
)

labels = Table(
    "labels",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("post", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", Text, nullable=False, server_default="corrected"),
    Column("undone_by", Text, nullable=False, server_default=""),
    Column("undone_at", UtcTime),
    UniqueConstraint("post", "field", "by", "at"),
)

processes = Table(
    "processes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("pid", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("beat_at", UtcTime, nullable=False),
    Column("restarts", Integer, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("family", Text, primary_key=True),
    Column("n", Integer, nullable=False),
)
