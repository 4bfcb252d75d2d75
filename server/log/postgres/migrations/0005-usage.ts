/**
 * The counters of the days, and the starts of the last minute. `append_2` is `append_1` with the counters of the attempts
 * that end: they are a part of its transaction, and deletions and retention do not change them. Nodes of an earlier version
 * do not count.
 */
export const usageMigration = String.raw`CREATE TABLE usage_of_days (
  day text COLLATE "C" NOT NULL,
  owner text COLLATE "C" NOT NULL,
  -- Of the cost; empty where it is unknown.
  currency text COLLATE "C" NOT NULL,
  tokens bigint NOT NULL,
  cost numeric NOT NULL,
  PRIMARY KEY (day, owner, currency)
);

-- When the allowance of a key is complete again. Not in the WAL: after a crash of the database it is complete.
CREATE UNLOGGED TABLE start_rates (
  key text COLLATE "C" PRIMARY KEY,
  full_at_ms double precision NOT NULL
);

CREATE FUNCTION append_2(
  my_node text,
  flush integer,
  channel text,
  order_lock bigint,
  run_ids text[],
  run_seqs integer[],
  run_epochs integer[],
  changed_runs integer[],
  changed_claims boolean[],
  changed_statuses text[],
  changed_owners text[],
  changed_queued_ats text[],
  changed_labels text[],
  changed_summaries text[],
  changed_searched text[],
  changed_bytes bigint[],
  event_runs integer[],
  event_seqs integer[],
  event_epochs integer[],
  event_deltas boolean[],
  event_bytes bigint[],
  event_chunks integer[],
  event_texts text[],
  -- One element per run, day and currency.
  usage_runs integer[],
  usage_days text[],
  usage_owners text[],
  usage_currencies text[],
  usage_tokens bigint[],
  usage_costs numeric[]
) RETURNS TABLE (base bigint, accepted integer[]) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_variable
BEGIN
  SELECT a.base, a.accepted INTO base, accepted
  FROM append_1(my_node, flush, channel, order_lock, run_ids, run_seqs, run_epochs, changed_runs, changed_claims,
    changed_statuses, changed_owners, changed_queued_ats, changed_labels, changed_summaries, changed_searched,
    changed_bytes, event_runs, event_seqs, event_epochs, event_deltas, event_bytes, event_chunks, event_texts) AS a;
  -- append_1 holds the lock of the order until the commit, so that the appends change these rows one after the other.
  INSERT INTO usage_of_days AS d (day, owner, currency, tokens, cost)
  SELECT u.day, u.owner, u.currency, sum(u.tokens), sum(u.cost)
  FROM unnest(usage_runs, usage_days, usage_owners, usage_currencies, usage_tokens, usage_costs)
    AS u (run, day, owner, currency, tokens, cost)
  WHERE u.run = ANY (accepted)
  GROUP BY u.day, u.owner, u.currency
  ON CONFLICT (day, owner, currency)
  DO UPDATE SET tokens = d.tokens + excluded.tokens, cost = d.cost + excluded.cost;
  RETURN NEXT;
END
$$;

-- Takes one start from each allowance, or none and returns the number of the one that is used up, from 1, and how long
-- until it has one again. An allowance of n per minute permits n at once and gets one more each nth of a minute.
CREATE FUNCTION take_starts_1(start_keys text[], per_minute integer[])
RETURNS TABLE (refused integer, wait_ms double precision) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_variable
DECLARE
  now_ms double precision;
BEGIN
  INSERT INTO start_rates (key, full_at_ms) SELECT DISTINCT k, 0 FROM unnest(start_keys) AS k ORDER BY k
  ON CONFLICT (key) DO NOTHING;
  -- Always in the same order, so that two starts do not deadlock.
  PERFORM 1 FROM start_rates AS r WHERE r.key = ANY (start_keys) ORDER BY r.key FOR UPDATE;
  now_ms := extract(epoch FROM clock_timestamp()) * 1000;
  SELECT w.i::integer, greatest(r.full_at_ms, now_ms) + 60000.0 / w.rate - now_ms - 60000 INTO refused, wait_ms
  FROM unnest(start_keys, per_minute) WITH ORDINALITY AS w (key, rate, i) JOIN start_rates AS r ON r.key = w.key
  -- Tolerates the rounding of the sum.
  WHERE greatest(r.full_at_ms, now_ms) + 60000.0 / w.rate - now_ms - 60000 > 0.5
  ORDER BY 2 DESC LIMIT 1;
  IF refused IS NULL THEN
    UPDATE start_rates AS r SET full_at_ms = greatest(r.full_at_ms, now_ms) + 60000.0 / w.rate
    FROM unnest(start_keys, per_minute) AS w (key, rate) WHERE r.key = w.key;
  END IF;
  RETURN NEXT;
END
$$;
`;
