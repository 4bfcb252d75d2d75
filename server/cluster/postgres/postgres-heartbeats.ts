import type { Database } from '../../log/postgres/database.ts';
import { formatMessage, maxMessageBytes } from '../../log/postgres/messages.ts';
import type { HeartbeatChannel, HeartbeatReport } from '../heartbeat-channel.ts';

/** Reports of one notification. */
const reportsPerMessage = 30;

/** Heartbeats as notifications: nothing is stored. */
export function createPostgresHeartbeats(
  database: Pick<Database, 'nodeId' | 'pool' | 'channel' | 'subscribe'>,
): HeartbeatChannel {
  const { nodeId, pool, channel } = database;
  return {
    publish(reports) {
      const messages = messagesOf(reports).map((body) => formatMessage({ kind: 'h', words: [nodeId], body }));
      // A report that is lost is followed by the next one.
      pool
        .query({
          text: 'SELECT pg_notify($1, message) FROM unnest($2::text[]) AS message',
          values: [channel, messages],
        })
        .catch(() => undefined);
    },
    subscribe: (listener) =>
      database.subscribe('h', ({ words: [node], body }) => {
        if (node !== nodeId) listener(JSON.parse(body) as HeartbeatReport[]);
      }),
  };
}

function messagesOf(reports: readonly HeartbeatReport[]): readonly string[] {
  const bodies: string[] = [];
  for (let from = 0; from < reports.length; from += reportsPerMessage) {
    const some = reports.slice(from, from + reportsPerMessage);
    const body = JSON.stringify(some);
    const fits = Buffer.byteLength(body) + nodeWordBytes <= maxMessageBytes;
    // One that does not fit alone is left out: the run's node is then reported as unreachable.
    bodies.push(...(fits ? [body] : some.map((one) => JSON.stringify([one]))));
  }
  return bodies.filter((body) => Buffer.byteLength(body) + nodeWordBytes <= maxMessageBytes);
}

const nodeWordBytes = 200;
