/**
 * The log, the index of runs, and what nodes share. The session's `search_path` names the schema. Ids and instants are
 * compared by their bytes, as clients and the other logs do: hence COLLATE "C". Events are text, since jsonb rejects
 * `\u0000` and unpaired surrogates.
 */
export const logMigration = String.raw`CREATE TABLE meta (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  version integer NOT NULL,
  -- The lowest schema version that a node must know to run on this database.
  oldest_reader integer NOT NULL,
  cluster_id text NOT NULL DEFAULT gen_random_uuid()::text,
  -- Raised when the log is found to have lost its tail: positions after that are assigned again.
  incarnation integer NOT NULL DEFAULT 0,
  place_floor bigint NOT NULL DEFAULT 0
);

CREATE TABLE runs (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id text COLLATE "C" NOT NULL UNIQUE,
  -- The fence: the node whose appends are accepted. NULL: any node may claim the run.
  node text COLLATE "C",
  status text COLLATE "C" NOT NULL,
  owner text COLLATE "C" NOT NULL,
  queued_at text COLLATE "C" NOT NULL,
  -- Each as a JSON array of name and value.
  labels text[] NOT NULL,
  summary text NOT NULL,
  searched text COLLATE "C" NOT NULL,
  -- Size of the events, once the run has ended.
  bytes bigint,
  problem text
);
CREATE INDEX runs_in_order ON runs (queued_at, run_id);
CREATE INDEX runs_of_owner ON runs (owner, queued_at, run_id);
CREATE INDEX runs_live ON runs (queued_at, run_id) INCLUDE (node) WHERE status IN ('queued', 'running');
CREATE INDEX runs_claimed ON runs (node) WHERE status IN ('queued', 'running');
CREATE INDEX runs_ended ON runs (queued_at, run_id) WHERE status IN ('completed', 'failed', 'cancelled');
CREATE INDEX runs_labels ON runs USING gin (labels);

CREATE TABLE events (
  -- The global position.
  place bigint PRIMARY KEY,
  run bigint NOT NULL,
  seq integer NOT NULL,
  epoch integer NOT NULL,
  is_delta boolean NOT NULL,
  -- Size of the run's events up to this one.
  bytes bigint NOT NULL,
  event text NOT NULL
);
CREATE UNIQUE INDEX events_of_run ON events (run, seq);
CREATE INDEX events_without_deltas ON events (place) WHERE NOT is_delta;

-- Tombstones. A deletion has a place of its own; retention keeps that of the run's last event.
CREATE TABLE removed (
  run_id text COLLATE "C" PRIMARY KEY,
  place bigint NOT NULL,
  seq integer,
  owner text COLLATE "C" NOT NULL,
  actor text,
  deleted_at text COLLATE "C"
);
CREATE INDEX removed_in_order ON removed (place);
CREATE INDEX deletions_in_order ON removed (place) WHERE deleted_at IS NOT NULL;

-- Runs whose events are still to be deleted.
CREATE TABLE purges (run bigint PRIMARY KEY);

CREATE TABLE nodes (
  node text COLLATE "C" PRIMARY KEY,
  name text NOT NULL,
  version text NOT NULL,
  backend_pid integer NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  lease_until timestamptz NOT NULL
);

CREATE TABLE commands (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id text COLLATE "C" NOT NULL,
  from_node text COLLATE "C" NOT NULL,
  taken_by text COLLATE "C",
  command text NOT NULL,
  principal text NOT NULL,
  answer text,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX commands_open ON commands (run_id) WHERE answer IS NULL;

-- The last position of the global order. Never a sequence: that moves before the commit.
CREATE FUNCTION last_place_1() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT greatest(
    coalesce((SELECT max(place) FROM events), 0),
    coalesce((SELECT max(place) FROM removed), 0),
    (SELECT place_floor FROM meta))
$$;

-- Hides a run that is not live, leaves a tombstone in the global order, and notifies the nodes. Returns nothing if
-- there is no such run.
CREATE FUNCTION delete_1(
  my_node text, channel text, order_lock bigint, deleted_run text, deleted_by text, deleted_when text
) RETURNS TABLE (place bigint, owner text, seq integer) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  gone runs%ROWTYPE;
  new_place bigint;
  next_seq integer;
BEGIN
  DELETE FROM runs WHERE run_id = deleted_run AND status NOT IN ('queued', 'running') RETURNING * INTO gone;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT CASE WHEN gone.status = 'unreadable' THEN 1 ELSE coalesce(max(e.seq), 0) + 1 END INTO next_seq
  FROM events AS e WHERE e.run = gone.number;
  INSERT INTO purges (run) VALUES (gone.number);
  PERFORM pg_advisory_xact_lock(order_lock);
  new_place := last_place_1() + 1;
  INSERT INTO removed (run_id, place, seq, owner, actor, deleted_at)
  VALUES (deleted_run, new_place, next_seq, gone.owner, deleted_by, deleted_when);
  PERFORM pg_notify(channel, concat('p ', my_node, ' ', new_place));
  RETURN QUERY SELECT new_place, gone.owner::text, next_seq;
END
$$;
`;
