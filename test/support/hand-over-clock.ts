import pg from 'pg';

/** Measures hand-overs by the clock of the database, with triggers: no node knows both of their ends. */
export interface HandOverClock {
  /** From the release of a run to the first event of its next node, in milliseconds, sorted. */
  durationsMs(): Promise<readonly number[]>;
}

/** @param where A schema whose tables exist. */
export async function startHandOverClock(where: {
  readonly url: string;
  readonly schema: string;
}): Promise<HandOverClock> {
  const { url, schema } = where;
  const query = async (text: string) => {
    const client = new pg.Client(url);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  };
  await query(`SET search_path = ${schema};
    CREATE TABLE hand_overs (run bigint, is_release boolean, at timestamptz DEFAULT clock_timestamp());
    CREATE FUNCTION note_release() RETURNS trigger LANGUAGE plpgsql SET search_path = ${schema} AS $$
      BEGIN INSERT INTO hand_overs (run, is_release) VALUES (NEW.number, true); RETURN NULL; END $$;
    CREATE FUNCTION note_recovery() RETURNS trigger LANGUAGE plpgsql SET search_path = ${schema} AS $$
      BEGIN INSERT INTO hand_overs (run, is_release) VALUES (NEW.run, false); RETURN NULL; END $$;
    CREATE TRIGGER release AFTER UPDATE OF node ON runs FOR EACH ROW
      WHEN (OLD.node IS NOT NULL AND NEW.node IS NULL AND NEW.status = 'running') EXECUTE FUNCTION note_release();
    CREATE TRIGGER recovery AFTER INSERT ON events FOR EACH ROW
      WHEN (NEW.epoch > 1 AND NEW.event LIKE '{"type":"run.recovered"%') EXECUTE FUNCTION note_recovery()`);
  return {
    async durationsMs() {
      const rows = await query(`SELECT extract(epoch FROM at - before) * 1000 AS ms FROM (
          SELECT is_release, at, lag(at) OVER past AS before, lag(is_release) OVER past AS was_release
          FROM ${schema}.hand_overs WINDOW past AS (PARTITION BY run ORDER BY at)
        ) AS pairs WHERE NOT is_release AND was_release ORDER BY 1`);
      return rows.map(({ ms }) => Number(ms));
    },
  };
}
