import { dataOf } from './verify-kit.ts';
import type { Check } from './check.ts';
import { fits, holds, memberOf, same } from './expectation.ts';
import { rejectedWith } from './rejections.ts';
import { hasText, stalling } from './rehearsed-runs.ts';

/** Section 3: messages over WebSocket. */
export const checksOfTheWire: readonly Check[] = [
  {
    rule: '§3',
    name: 'the reply to a query has its id and a result of type data',
    async run(kit) {
      const wire = await kit.wire();
      wire.send({ id: 'a name', method: 'query', params: { path: 'server.info' } });
      const frame = await wire.next('a name');
      same('the keys of the frame', Object.keys(frame).toSorted(), ['id', 'result']);
      same('the keys of the result', Object.keys(frame.result ?? {}).toSorted(), ['data', 'type']);
      holds(frame.result?.type === 'data', 'type data', frame.result?.type);
    },
  },
  {
    rule: '§3',
    name: 'each call of an array gets its own reply',
    async run(kit) {
      const wire = await kit.wire();
      const runId = kit.newRunId();
      wire.send([
        { id: 'one', method: 'query', params: { path: 'server.info' } },
        { id: 'two', method: 'query', params: { path: 'runs.get', input: { runId } } },
      ]);
      rejectedWith(await wire.next('two'), 'RUN_NOT_FOUND');
      fits('the other answer', dataOf(await wire.next('one')), { protocolVersion: kit.info.protocolVersion });
    },
  },
  {
    rule: '§3',
    name: 'a subscription sends started, then events with their cursor twice, then stopped',
    async run(kit) {
      const wire = await kit.wire();
      const { runId, events } = await kit.begin(wire, { roles: ['documenter'] });
      await events.ended();
      const { id, frames } = events;
      same('the first frame', frames[0], { id, result: { type: 'started' } });
      same('the last frame', frames.at(-1), { id, result: { type: 'stopped' } });
      for (const frame of frames.slice(1, -1)) {
        const { type, id: cursor, data } = frame.result ?? {};
        same('the keys of an event’s frame', Object.keys(frame.result ?? {}).toSorted(), [
          'data',
          'id',
          'type',
        ]);
        same('the type of an event’s frame', type, 'data');
        same('the cursor in the envelope', memberOf(data, 'id'), cursor);
        same('the keys of the envelope', Object.keys(data ?? {}).toSorted(), ['data', 'id']);
        fits('the event', memberOf(data, 'data'), { runId });
      }
    },
  },
  {
    rule: '§3',
    name: 'subscription.stop is answered by stopped, and nothing follows',
    async run(kit) {
      const wire = await kit.wire();
      const { events } = await kit.begin(wire, { shape: stalling });
      await hasText(events, { stage: 1, attempt: 1 });
      wire.send({ id: events.id, method: 'subscription.stop' });
      await events.ended();
      const count = events.frames.length;
      await wire.ask('query', 'server.info');
      holds(events.frames.length === count, 'no frame after stopped', events.frames.slice(count));
    },
  },
  {
    rule: '§3',
    name: 'a second subscription under an id in use is rejected with INVALID_INPUT',
    async run(kit) {
      const wire = await kit.wire();
      const { runId, events } = await kit.begin(wire, { shape: stalling });
      await hasText(events, { stage: 1, attempt: 1 });
      wire.send({ id: events.id, method: 'subscription', params: { path: 'runs.events', input: { runId } } });
      const error = await events.rejection();
      rejectedWith({ error }, 'INVALID_INPUT', 'the second subscription');
    },
  },
  {
    rule: '§3',
    name: 'params.lastEventId takes precedence over input.lastEventId',
    async run(kit) {
      const wire = await kit.wire();
      const { runId, events } = await kit.begin(wire, { roles: ['documenter'] });
      const entries = await events.ended();
      const [first, last] = [entries[0]?.cursor, entries.at(-1)?.cursor];
      const resumed = wire.subscribe('runs.events', { runId, lastEventId: last }, first);
      const again = await resumed.ended();
      same('the seq of the first event after the first cursor', again[0]?.event.seq, 2);
    },
  },
  {
    rule: '§3',
    name: 'a message that is not JSON gets a reply with id null, PARSE_ERROR and INVALID_INPUT, and the connection stays open',
    async run(kit) {
      const wire = await kit.wire();
      for (const message of ['{"id":', Buffer.from('{}')]) {
        wire.send(message);
        const { error } = await wire.next(null);
        same('its tRPC code', error?.data.code, 'PARSE_ERROR');
        same('its code', error?.data.stagewire.code, 'INVALID_INPUT');
      }
      dataOf(await wire.ask('query', 'server.info'));
    },
  },
  {
    rule: '§3',
    name: 'if one call of an array is invalid, none is executed',
    async run(kit) {
      const wire = await kit.wire();
      const runId = kit.newRunId();
      const start = { path: 'runs.start', input: { runId, task: 'Never', models: { default: 'rehearsal' } } };
      wire.send([
        { id: 'good', method: 'mutation', params: start },
        { id: 'bad', method: 'no such method' },
      ]);
      same('the tRPC code', (await wire.next(null)).error?.data.code, 'PARSE_ERROR');
      rejectedWith(
        await wire.ask('query', 'runs.get', { runId }),
        'RUN_NOT_FOUND',
        'the run of the good call',
      );
    },
  },
  {
    rule: '§14',
    name: 'an unknown procedure is rejected with UNKNOWN_PROCEDURE',
    async run(kit) {
      const wire = await kit.wire();
      rejectedWith(await wire.ask('query', 'runs.nothing'), 'UNKNOWN_PROCEDURE');
      rejectedWith(await wire.ask('mutation', 'agents.start', {}), 'UNKNOWN_PROCEDURE');
    },
  },
  {
    rule: 'W6',
    name: 'PING is answered by PONG',
    async run(kit) {
      const wire = await kit.wire();
      wire.send('PING');
      same('the answer', await wire.text(), 'PONG');
    },
  },
];
