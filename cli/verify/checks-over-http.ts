import { untestable, type Check } from './check.ts';
import { fits, holds, memberOf, same } from './expectation.ts';
import { jsonOf, pathOf, type PlainAnswer } from './plain-http.ts';
import { matchesErrorTable } from './rejections.ts';
import { parseSse } from './sse-frames.ts';
import { startInput } from './verify-kit.ts';
import type { FrameError } from './bare-wire.ts';
import { wholeRun } from './rehearsed-runs.ts';

/** More than any server of this project reads of one body; with a larger one, the task would exceed its limit. */
const tooManyBytes = 9 * 1024 * 1024;

/** Section 4: plain HTTP and server-sent events. */
export const checksOverHttp: readonly Check[] = [
  {
    rule: '§4',
    name: 'a query is a GET with its input in the URL, a mutation a POST; both return {result: {data}}',
    async run(kit) {
      const runId = kit.newRunId();
      const started = await kit.http.post('runs.start', { ...startInput({ roles: ['documenter'] }), runId });
      same('the status of the POST', started.status, 200);
      fits('the receipt', memberOf(memberOf(jsonOf(started), 'result'), 'data'), { runId });
      const got = await kit.http.get('runs.get', { runId });
      same('the status of the GET', got.status, 200);
      holds(isOfType(got, 'application/json'), 'application/json', got.headers['content-type']);
      fits('the state', memberOf(memberOf(jsonOf(got), 'result'), 'data'), { runId });
    },
  },
  {
    rule: '§4',
    name: 'an error has the status and the shape of its row in the table',
    async run(kit) {
      const answer = await kit.http.get('runs.get', { runId: kit.newRunId() });
      same('the status', answer.status, 404);
      const error = errorOf(answer);
      same('the code', error.data.stagewire.code, 'RUN_NOT_FOUND');
      same('the path', error.data.path, 'runs.get');
      matchesErrorTable(error);
    },
  },
  {
    rule: '§4',
    name: 'the wrong method is 405 with allow, another content type 415, both INVALID_INPUT',
    async run(kit) {
      const wrong = await kit.http.get('runs.start', { task: 'Never' });
      same('the status of a GET of a mutation', wrong.status, 405);
      holds(wrong.headers.allow !== undefined, 'an allow header', wrong.headers);
      same('its code', errorOf(wrong).data.stagewire.code, 'INVALID_INPUT');
      const headers = { 'content-type': 'text/plain' };
      const plain = await kit.http.send({
        method: 'POST',
        path: '/trpc/runs.start',
        headers,
        body: '{"task":"Never"}',
      });
      same('the status of a body of text/plain', plain.status, 415);
      same('its code', errorOf(plain).data.stagewire.code, 'INVALID_INPUT');
    },
  },
  {
    rule: '§4',
    name: 'a body that is too large is rejected with TOO_LARGE',
    async run(kit) {
      const answer = await kit.http.post('runs.start', { task: 'x'.repeat(tooManyBytes) });
      same('the status', answer.status, 413);
      same('the code', errorOf(answer).data.stagewire.code, 'TOO_LARGE');
    },
  },
  {
    rule: '§4',
    name: 'the reply to a batch of queries is an array',
    async run(kit) {
      const input = encodeURIComponent(JSON.stringify({ 1: { runId: kit.newRunId() } }));
      const answer = jsonOf(
        await kit.http.send({ path: `/trpc/server.info,runs.get?batch=1&input=${input}` }),
      );
      holds(Array.isArray(answer) && answer.length === 2, 'an array of two', answer);
      fits('the first answer', memberOf(memberOf(answer[0], 'result'), 'data'), {
        version: kit.info.version,
      });
      same(
        'the code of the second',
        (memberOf(answer[1], 'error') as FrameError).data.stagewire.code,
        'RUN_NOT_FOUND',
      );
    },
  },
  {
    rule: '§4',
    name: 'a subscription is an event stream: connected, the bare events with data before id, return',
    async run(kit) {
      const entries = await wholeRun(kit);
      const { runId } = entries[0]?.event ?? {};
      const answer = await kit.http.get('runs.events', { runId });
      same('the status', answer.status, 200);
      holds(isOfType(answer, 'text/event-stream'), 'text/event-stream', answer.headers);
      const frames = parseSse(answer.text);
      same('the first event', frames[0]?.event, 'connected');
      same('the last event', frames.at(-1)?.event, 'return');
      const events = frames.filter(({ event }) => event === 'message');
      holds(events.length > 0, 'events in between', frames.length);
      for (const { data, id, order } of events) {
        fits('the bare event', JSON.parse(data), { runId });
        holds(id !== undefined && order.indexOf('data') < order.indexOf('id'), 'data, then id', order);
      }
      same('the cursor of the last event', events.at(-1)?.id, entries.at(-1)?.cursor);
    },
  },
  {
    rule: 'H1',
    name: 'a rejected subscription returns 200 with serialized-error, an unknown procedure 404',
    async run(kit) {
      const answer = await kit.http.get('runs.events', { runId: kit.newRunId() });
      same('the status', answer.status, 200);
      const last = parseSse(answer.text).at(-1);
      same('the last event', last?.event, 'serialized-error');
      const error: unknown = JSON.parse(last?.data ?? 'null');
      same('its code', memberOf(memberOf(memberOf(error, 'data'), 'stagewire'), 'code'), 'RUN_NOT_FOUND');
      const unknown = await kit.http.get('runs.nothing');
      same('the status of an unknown procedure', unknown.status, 404);
      same('its code', errorOf(unknown).data.stagewire.code, 'UNKNOWN_PROCEDURE');
    },
  },
  {
    rule: 'H2',
    name: 'the header Last-Event-ID takes precedence over the query parameter, and both over the input',
    async run(kit) {
      const entries = await wholeRun(kit);
      const { runId } = entries[0]?.event ?? {};
      const [early, later, last] = [entries[0], entries[2], entries.at(-1)].map(
        (entry) => entry?.cursor ?? '',
      );
      const firstSeqOf = (answer: PlainAnswer) => {
        const event: unknown = JSON.parse(
          parseSse(answer.text).find(({ id }) => id !== undefined)?.data ?? 'null',
        );
        return memberOf(event, 'firstSeq') ?? memberOf(event, 'seq');
      };
      const byInput = await kit.http.get('runs.events', { runId, lastEventId: early });
      same('the seq after the cursor in the input', firstSeqOf(byInput), 2);
      const path = `${pathOf('runs.events', { runId, lastEventId: last })}&lastEventId=${later}`;
      const seqAfterLater = (entries[2]?.event.seq ?? 0) + 1;
      same('the seq after the one in the query', firstSeqOf(await kit.http.send({ path })), seqAfterLater);
      const byHeader = await kit.http.send({ path, headers: { 'last-event-id': early ?? '' } });
      same('the seq after the one in the header', firstSeqOf(byHeader), 2);
    },
  },
  untestable('H5', 'a reader that takes nothing is cut off', 'needs half a minute and a full TCP buffer'),
];

function isOfType({ headers }: PlainAnswer, type: string): boolean {
  return headers['content-type']?.startsWith(type) === true;
}

function errorOf(answer: PlainAnswer): FrameError {
  const error = memberOf(jsonOf(answer), 'error');
  holds(error !== undefined, 'an error', answer.text.slice(0, 200));
  return error as FrameError;
}
