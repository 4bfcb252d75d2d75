/**
 * The append function. Its flushes of many runs are cheap: the end of a run is found by one entry of its index, and what only
 * new and changed runs have is not sent for the others.
 */
export const appendMigration = String.raw`-- Appends to several runs in one transaction. A run whose fence, position or status is another is left out and not
-- returned. Arrays named run_* have one element per run, changed_* one per run whose row of the index is new or changes,
-- event_* one per event in the order of the commit.
CREATE FUNCTION append_1(
  my_node text,
  -- Distinguishes the flushes of a node: one whose response was lost may still be committed.
  flush integer,
  channel text,
  order_lock bigint,
  run_ids text[],
  run_seqs integer[],
  run_epochs integer[],
  -- The numbers of these runs, from 1.
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
  event_texts text[]
) RETURNS TABLE (base bigint, accepted integer[]) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_variable
DECLARE
  -- The runs that this node may append to: their numbers in the flush and in the table.
  held integer[];
  held_numbers bigint[];
  -- The same of the new runs.
  new_runs integer[];
  inserted bigint[];
  -- Of the runs, NULL where refused.
  numbers bigint[];
  added integer;
BEGIN
  -- Always in the same order, so that two nodes do not deadlock. A claim skips locked rows. The rows are seen as the
  -- previous holders of the locks have committed them.
  SELECT array_agg(l.i::integer), array_agg(l.number) INTO held, held_numbers
  FROM (
    SELECT w.i, r.number, r.node, r.status
    FROM unnest(run_ids) WITH ORDINALITY AS w (run_id, i) JOIN runs AS r ON r.run_id = w.run_id
    ORDER BY r.run_id FOR NO KEY UPDATE OF r
  ) AS l
  -- Any node creates and removes links to a run that has ended.
  WHERE (l.node = my_node OR l.status NOT IN ('queued', 'running')) AND l.status <> 'unreadable' AND run_seqs[l.i] > 0;

  IF 0 = ANY (run_seqs) THEN
    WITH new AS (
      INSERT INTO runs AS r (run_id, node, status, owner, queued_at, labels, summary, searched, bytes)
      SELECT run_ids[c.run], CASE WHEN c.claim THEN my_node END, c.status, c.owner, c.queued_at,
        ARRAY(SELECT jsonb_array_elements_text(c.labels::jsonb)), c.summary, c.searched, c.bytes
      FROM unnest(changed_runs, changed_claims, changed_statuses, changed_owners, changed_queued_ats, changed_labels,
        changed_summaries, changed_searched, changed_bytes)
        AS c (run, claim, status, owner, queued_at, labels, summary, searched, bytes)
      WHERE run_seqs[c.run] = 0 AND NOT EXISTS (SELECT FROM removed AS t WHERE t.run_id = run_ids[c.run])
      ORDER BY run_ids[c.run] COLLATE "C"
      ON CONFLICT (run_id) DO NOTHING
      RETURNING r.number
    )
    SELECT array_agg(number) INTO inserted FROM new;
    -- It may have waited for the transaction that removed the run.
    WITH reused AS (
      DELETE FROM runs AS r USING removed AS t WHERE r.number = ANY (inserted) AND t.run_id = r.run_id
      RETURNING r.number
    )
    SELECT array_agg(w.i::integer), array_agg(r.number) INTO new_runs, inserted
    FROM unnest(run_ids) WITH ORDINALITY AS w (run_id, i) JOIN runs AS r ON r.run_id = w.run_id
    WHERE r.number = ANY (inserted) AND r.number NOT IN (SELECT number FROM reused);
  END IF;

  -- A new statement has a new snapshot: it sees the events that the previous holders have committed.
  SELECT coalesce(array_agg(good.i ORDER BY good.i), '{}'), array_agg(good.number ORDER BY good.i)
  INTO accepted, numbers
  FROM (
    SELECT h.i, h.number FROM unnest(held, held_numbers) AS h (i, number)
    CROSS JOIN LATERAL (
      -- The lower limit spares the scan of all entries of the run on a page of the index.
      SELECT e.seq, e.epoch FROM events AS e WHERE e.run = h.number AND e.seq >= run_seqs[h.i] ORDER BY e.seq DESC LIMIT 1
    ) AS tail
    WHERE tail.seq = run_seqs[h.i] AND tail.epoch = run_epochs[h.i]
    UNION ALL
    SELECT n.i, n.number FROM unnest(new_runs, inserted) AS n (i, number)
  ) AS good;
  IF cardinality(accepted) < cardinality(run_ids) THEN
    SELECT array_agg(good.number ORDER BY w.i) INTO numbers
    FROM generate_subscripts(run_ids, 1) AS w (i) LEFT JOIN unnest(accepted, numbers) AS good (i, number) ON good.i = w.i;
  END IF;

  IF cardinality(changed_runs) > 0 THEN
    UPDATE runs AS r
    SET status = coalesce(c.status, r.status), summary = coalesce(c.summary, r.summary),
      bytes = coalesce(c.bytes, r.bytes)
    FROM unnest(changed_runs, changed_statuses, changed_summaries, changed_bytes) AS c (run, status, summary, bytes)
    WHERE r.number = numbers[c.run] AND run_seqs[c.run] > 0;
  END IF;

  -- From here to the commit one append at a time in all nodes, so that positions have the order of the commits.
  PERFORM pg_advisory_xact_lock(order_lock);
  base := last_place_1();

  IF cardinality(accepted) = cardinality(run_ids) THEN
    INSERT INTO events (place, run, seq, epoch, is_delta, bytes, event)
    SELECT base + v.k, numbers[v.run], v.seq, v.epoch, v.is_delta, v.bytes, v.text
    FROM unnest(event_runs, event_seqs, event_epochs, event_deltas, event_bytes, event_texts)
      WITH ORDINALITY AS v (run, seq, epoch, is_delta, bytes, text, k);
  ELSE
    INSERT INTO events (place, run, seq, epoch, is_delta, bytes, event)
    SELECT base + row_number() OVER (ORDER BY v.k), numbers[v.run], v.seq, v.epoch, v.is_delta, v.bytes, v.text
    FROM unnest(event_runs, event_seqs, event_epochs, event_deltas, event_bytes, event_texts)
      WITH ORDINALITY AS v (run, seq, epoch, is_delta, bytes, text, k)
    WHERE numbers[v.run] IS NOT NULL;
  END IF;
  GET DIAGNOSTICS added = ROW_COUNT;

  IF added > 0 THEN
    IF cardinality(accepted) = cardinality(run_ids) AND cardinality(event_chunks) > 0 THEN
      PERFORM pg_notify(channel, message) FROM (
        SELECT concat('e ', my_node, ' ', base + min(v.k) - 1, ' ', flush, E'\n',
          string_agg(concat(v.epoch, ' ', v.text), E'\n' ORDER BY v.k)) AS message
        FROM unnest(event_epochs, event_texts, event_chunks) WITH ORDINALITY AS v (epoch, text, chunk, k)
        GROUP BY v.chunk ORDER BY v.chunk
      ) AS messages;
    ELSE
      PERFORM pg_notify(channel, concat('p ', my_node, ' ', base + added));
    END IF;
  END IF;
  IF false = ANY (changed_claims) AND EXISTS (
    SELECT FROM unnest(changed_runs, changed_claims) AS c (run, claim)
    WHERE run_seqs[c.run] = 0 AND NOT c.claim AND c.run = ANY (accepted)
  ) THEN
    PERFORM pg_notify(channel, 'q');
  END IF;
  RETURN NEXT;
END
$$;
`;
