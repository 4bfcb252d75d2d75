/**
 * Access keys, sessions, tickets, secrets and the audit records of all nodes. Secrets of callers are stored as their
 * SHA-256. Instants are milliseconds since the Unix epoch, as in `access.db`.
 */
export const accessMigration = String.raw`CREATE TABLE access_keys (
  id text COLLATE "C" PRIMARY KEY,
  hash text COLLATE "C" NOT NULL,
  name text NOT NULL,
  owner text NOT NULL,
  kind text NOT NULL,
  -- A JSON array.
  permissions text NOT NULL,
  created_at_ms double precision NOT NULL,
  expires_at_ms double precision,
  revoked_at_ms double precision
);

CREATE TABLE sessions (
  hash text COLLATE "C" PRIMARY KEY,
  -- JSON.
  principal text NOT NULL,
  -- Whose sessions are limited together: those of an owner, or of all links to its runs.
  owner text COLLATE "C" NOT NULL,
  is_link boolean NOT NULL,
  created_at_ms double precision NOT NULL,
  expires_at_ms double precision NOT NULL
);
CREATE INDEX sessions_of_holder ON sessions (owner, is_link, created_at_ms, hash DESC);
CREATE INDEX sessions_in_order ON sessions (created_at_ms, hash DESC);
CREATE INDEX sessions_by_expiry ON sessions (expires_at_ms);

-- Not in the WAL: a crash of the database invalidates all of them, so that none can be used twice.
CREATE UNLOGGED TABLE tickets (
  hash text COLLATE "C" PRIMARY KEY,
  holder text COLLATE "C" NOT NULL,
  number bigint GENERATED ALWAYS AS IDENTITY,
  expires_at_ms double precision NOT NULL
);
CREATE INDEX tickets_of_holder ON tickets (holder, number);
CREATE INDEX tickets_by_expiry ON tickets (expires_at_ms);

CREATE TABLE secrets (
  purpose text COLLATE "C" PRIMARY KEY,
  secret bytea NOT NULL
);

-- Raised in the transaction of each change that may end an identity.
CREATE TABLE access_versions (
  kind text COLLATE "C" PRIMARY KEY,
  version bigint NOT NULL DEFAULT 0
);
INSERT INTO access_versions (kind) VALUES ('keys'), ('sessions');

CREATE TABLE audit (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  node text NOT NULL,
  actor text NOT NULL,
  owner text NOT NULL,
  procedure text NOT NULL,
  run_id text,
  -- Equal accesses within a moment.
  times integer NOT NULL DEFAULT 1
);
CREATE INDEX audit_in_order ON audit (at);

-- For claims, which take the runs of each owner in their order.
CREATE INDEX runs_live_of_owner ON runs (owner, queued_at, run_id) WHERE status IN ('queued', 'running');

-- Its row lock makes the changes of one kind follow each other, so that their versions have the order of the commits.
CREATE FUNCTION access_changed_1(channel text, changed text) RETURNS void LANGUAGE sql VOLATILE AS $$
  UPDATE access_versions SET version = version + 1 WHERE kind = changed;
  SELECT pg_notify(channel, concat('i ', changed));
$$;

-- Stores a session. Removes those that have expired, and the oldest of its holder, or of all, above the limits.
CREATE FUNCTION add_session_1(
  channel text,
  new_hash text,
  new_principal text,
  new_owner text,
  new_is_link boolean,
  new_created_at_ms double precision,
  new_expires_at_ms double precision,
  max_of_holder integer,
  max_of_all integer
) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  excess bigint;
  removed bigint := 0;
  gone bigint;
BEGIN
  -- One at a time, also with removals, so that the counts are exact and nothing deadlocks.
  PERFORM 1 FROM access_versions WHERE kind = 'sessions' FOR UPDATE;
  -- A node whose clock is ahead must not end the sessions of the others.
  DELETE FROM sessions
  WHERE expires_at_ms <= least(new_created_at_ms, extract(epoch FROM clock_timestamp()) * 1000);
  INSERT INTO sessions (hash, principal, owner, is_link, created_at_ms, expires_at_ms)
  VALUES (new_hash, new_principal, new_owner, new_is_link, new_created_at_ms, new_expires_at_ms)
  ON CONFLICT (hash) DO NOTHING;
  SELECT count(*) - max_of_holder INTO excess FROM sessions WHERE owner = new_owner AND is_link = new_is_link;
  IF excess > 0 THEN
    DELETE FROM sessions WHERE hash IN (
      SELECT hash FROM sessions WHERE owner = new_owner AND is_link = new_is_link
      ORDER BY created_at_ms, hash DESC LIMIT excess
    );
    GET DIAGNOSTICS gone = ROW_COUNT;
    removed := removed + gone;
  END IF;
  SELECT count(*) - max_of_all INTO excess FROM sessions;
  IF excess > 0 THEN
    DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions ORDER BY created_at_ms, hash DESC LIMIT excess);
    GET DIAGNOSTICS gone = ROW_COUNT;
    removed := removed + gone;
  END IF;
  IF removed > 0 THEN
    PERFORM access_changed_1(channel, 'sessions');
  END IF;
END
$$;

CREATE FUNCTION remove_session_1(channel text, old_hash text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM sessions WHERE hash = old_hash) THEN RETURN; END IF;
  PERFORM 1 FROM access_versions WHERE kind = 'sessions' FOR UPDATE;
  DELETE FROM sessions WHERE hash = old_hash;
  IF FOUND THEN
    PERFORM access_changed_1(channel, 'sessions');
  END IF;
END
$$;

-- Stores a ticket. Removes those that have expired, the oldest of its holder above the limit, and, if there are too many
-- of all, the oldest of the holder that has the most. Rows that another transaction removes are skipped.
CREATE FUNCTION add_ticket_1(
  new_hash text,
  new_holder text,
  now_ms double precision,
  new_expires_at_ms double precision,
  max_of_holder integer,
  max_of_all integer
) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  largest text;
BEGIN
  DELETE FROM tickets WHERE hash IN (
    SELECT hash FROM tickets WHERE expires_at_ms <= least(now_ms, extract(epoch FROM clock_timestamp()) * 1000)
    FOR UPDATE SKIP LOCKED
  );
  INSERT INTO tickets (hash, holder, expires_at_ms) VALUES (new_hash, new_holder, new_expires_at_ms);
  DELETE FROM tickets WHERE hash IN (
    SELECT hash FROM tickets WHERE holder = new_holder AND number <= (
      SELECT number FROM tickets WHERE holder = new_holder ORDER BY number DESC OFFSET max_of_holder LIMIT 1
    )
    FOR UPDATE SKIP LOCKED
  );
  IF (SELECT count(*) FROM tickets) > max_of_all THEN
    SELECT holder INTO largest FROM tickets GROUP BY holder ORDER BY count(*) DESC, min(number) LIMIT 1;
    DELETE FROM tickets WHERE hash IN (
      SELECT hash FROM tickets WHERE holder = largest ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED
    );
  END IF;
END
$$;
`;
