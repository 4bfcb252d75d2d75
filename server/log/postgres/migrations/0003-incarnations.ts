/**
 * The histories of the global order. A commit can be lost only by something that also ends the process of the engine
 * (a fail-over, a restore of its files, a crash with a disk that lies) or that creates the tables again (a restore of a dump):
 * so the first connection after either begins an incarnation, whether anything was lost or not.
 */
export const incarnationsMigration = String.raw`CREATE TABLE incarnations (
  -- The instant at which it began, in milliseconds since 1970.
  incarnation bigint PRIMARY KEY,
  -- Places after this one are committed in it.
  forked_after bigint NOT NULL,
  -- The process of the engine, the database and the tables in which it began.
  engine text
);
-- Cursors of earlier versions have no incarnation, which counts as 0.
INSERT INTO incarnations (incarnation, forked_after) SELECT 0, 0 WHERE last_place_1() > 0;

CREATE FUNCTION engine_1() RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT concat_ws('/', extract(epoch FROM pg_postmaster_start_time()), d.oid, to_regclass('incarnations')::oid)
  FROM pg_database AS d WHERE d.datname = current_database()
$$;

-- Is this the engine of the last incarnation, with everything that the caller has seen of it?
CREATE FUNCTION is_continued_1(seen_incarnation bigint, seen_place bigint) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
  SELECT coalesce((
    SELECT i.engine = engine_1() AND NOT (i.incarnation = seen_incarnation AND last_place_1() < seen_place)
    FROM incarnations AS i ORDER BY i.incarnation DESC LIMIT 1
  ), false)
$$;

-- Begins an incarnation where it must, once however many nodes notice. Places continue after what the caller has seen, and
-- nothing is committed between the check and that. Returns all incarnations.
CREATE FUNCTION begin_incarnation_1(
  order_lock bigint, channel text, seen_incarnation bigint, seen_place bigint, max_kept integer
) RETURNS SETOF incarnations LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  number bigint;
  kept bigint;
BEGIN
  IF NOT is_continued_1(seen_incarnation, seen_place) THEN
    PERFORM pg_advisory_xact_lock(order_lock);
    -- Another node may have begun it meanwhile.
    IF NOT is_continued_1(seen_incarnation, seen_place) THEN
      number := greatest(
        coalesce((SELECT max(i.incarnation) FROM incarnations AS i), 0) + 1, seen_incarnation + 1,
        floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
      );
      kept := last_place_1();
      -- Those without events, and the oldest if there are too many.
      DELETE FROM incarnations AS i WHERE i.forked_after >= kept OR i.incarnation <= (
        SELECT j.incarnation FROM incarnations AS j ORDER BY j.incarnation DESC LIMIT 1 OFFSET max_kept
      );
      INSERT INTO incarnations (incarnation, forked_after, engine) VALUES (number, kept, engine_1());
      UPDATE meta AS m SET incarnation = m.incarnation + 1, place_floor = greatest(m.place_floor, seen_place);
      PERFORM pg_notify(channel, 'f');
    END IF;
  END IF;
  RETURN QUERY SELECT i.* FROM incarnations AS i ORDER BY i.incarnation;
END
$$;
`;
