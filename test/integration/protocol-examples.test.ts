import { connect as connectClient, fold, type RunEvent, type RunState } from '@stagewire/client';
import { formatCursor } from '@stagewire/shared';
import { describe, expect, test, vi } from 'vitest';
import { startApiServer } from '../support/api-server.ts';
import { codeBlocksIn } from '../support/code-blocks.ts';
import { isMissing } from '../support/missing-program.ts';
import { createScratchProject } from '../support/scratch-project.ts';
import { startServerProcess } from '../support/server-process.ts';
import { textOf } from '../support/source-tree.ts';
import { startProgram } from '../support/started-program.ts';
import { openWire, type WireFrame } from '../support/text-wire.ts';
import { until, within } from '../support/until.ts';

vi.setConfig({ testTimeout: 60_000 });

const blocks = codeBlocksIn(textOf('PROTOCOL.md'));
const quick = 'rehearsal/ttft=0,tps=0,reasoning=0,chars=300,verdict=approved';
const stalling = 'rehearsal/ttft=0,tps=200,reasoning=0,fault=stall@400';

describe('PROTOCOL.md, its blocks', () => {
  test('are those below, and two of the grammar of models, which unit tests look at', () => {
    expect(blocks.map(({ heading, language }) => [heading, language].join(': '))).toEqual([
      '2 Quick start with curl: sh',
      '2 Quick start with curl: json',
      '2 Quick start with curl: sh',
      '2 Quick start with curl: sh',
      '2 Quick start with curl: sh',
      'Query and mutation: ',
      'Subscription: ',
      'Subscription: ',
      'Subscription: ',
      'Errors: ',
      'Handshake: ',
      '4 HTTP transport: ',
      'Subscriptions as server-sent events: ',
      'Offsets where strings are not UTF-16: python',
      '16 Models: ',
      '16 Models: ',
    ]);
  });
});

describe.skipIf(isMissing('curl'))('PROTOCOL.md, with curl', () => {
  const [start = '', follow = '', resume = '', cancel = ''] = codeOf('2 Quick start with curl', 'sh');
  const [started = ''] = codeOf('2 Quick start with curl', 'json');
  const shell = async (code: string, url: string) => {
    await using program = startProgram('bash', { args: ['-euc', code], env: { BASE: url } });
    expect(await program.exitCode).toBe(0);
    return program.stdout();
  };

  test('a run is started with the printed answer, followed to its end, and from a cursor on', async () => {
    await using server = await startServerProcess({ env: { STAGEWIRE_MODEL: quick } });
    expect(withoutHash(JSON.parse(await shell(start, server.url)))).toEqual(withoutHash(JSON.parse(started)));
    const all = await shell(follow, server.url);
    expect(all).toMatch(/\nevent: return\ndata:\s*$/);
    expect(seqsIn(all)[0]).toBe(1);
    expect(seqsIn(all).at(-1)).toBeGreaterThan(12);
    // How many deltas come as one may differ.
    const [cursor, seq] = [...all.matchAll(/^id: (1-(\d+)-[0-9a-f]{8})$/gm)]
      .map(([, id = '', at]) => [id, Number(at)] as const)
      .find(([, at]) => at >= 12) ?? ['', 0];
    expect(resume).toContain('Last-Event-ID: 1-12-');
    const rest = seqsIn(await shell(resume.replace(/1-12-[0-9a-f]{8}/, cursor), server.url));
    expect(rest[0]).toBeGreaterThan(seq);
    expect(rest.at(-1)).toBe(seqsIn(all).at(-1));
  });

  test('a run is cancelled', async () => {
    await using server = await startServerProcess({ env: { STAGEWIRE_MODEL: stalling } });
    const { result } = JSON.parse(await shell(start, server.url)) as { result: { data: { runId: string } } };
    await shell(cancel, server.url);
    await using stagewire = connectClient({ url: server.url });
    expect((await stagewire.run(result.data.runId).result()).status).toBe('cancelled');
  });
});

describe('PROTOCOL.md, the WebSocket transport', () => {
  test('what is sent is answered as it says', async () => {
    // The architect thinks for a moment: what is asked before it is answered as if there were no files yet.
    await using server = await startServerProcess({
      env: { STAGEWIRE_MODEL: quick, STAGEWIRE_MODEL_ARCHITECT: quick.replace('ttft=0', 'ttft=1500') },
    });
    await using wire = await openWire(server.port);
    const [query = '', begin = ''] = transcript('Query and mutation');
    const [refusal = ''] = transcript('Errors');
    // Nobody has started the run: so its files are refused.
    wire.send(query.split('\n')[0] ?? '');
    expect(withoutMessage(await wire.next())).toEqual(withoutMessage(parsed(refusal)));
    for (const [sent, answer] of [begin, query].map((it) => it.split('\n'))) {
      wire.send(sent ?? '');
      expect(withoutHash(await wire.next())).toEqual(withoutHash(parsed(answer ?? '')));
    }

    const [subscribe = ''] = transcript('Subscription');
    const [sent = '', ...answers] = subscribe.split('\n');
    wire.send(sent);
    const frames = await wire.until(isStopped);
    const shapes = new Set(frames.map(shapeOf));
    for (const answer of answers) expect([...shapes]).toContain(shapeOf(parsed(answer)));
    expect(cursorIn(frames[1])).toMatch(/^1-1-/);
  });

  test('a subscription goes on behind a cursor, and is stopped', async () => {
    await using server = await startServerProcess({ env: { STAGEWIRE_MODEL: stalling } });
    await using wire = await openWire(server.port);
    const [, begin = ''] = transcript('Query and mutation');
    wire.send(begin.split('\n')[0] ?? '');
    await wire.next();
    await using stagewire = connectClient({ url: server.url });
    const run = stagewire.run('run_0mi6k2x4q7d1e5a9c3');
    const [, resume = '', stop = ''] = transcript('Subscription');
    expect(resume).toContain('"lastEventId":"1-6-');
    await expect.poll(async () => (await run.snapshot()).seq, { timeout: 20_000 }).toBeGreaterThan(6);
    // Its own hash depends on the instant of the event; this one is of the run alone.
    const cursor = formatCursor(run.id, { epoch: 1, seq: 6 });
    wire.send(resume.replace(/1-6-[0-9a-f]{8}/, cursor));
    const frames = await wire.until((frame) => cursorIn(frame) !== undefined);
    expect(cursorIn(frames.at(-1))).toMatch(/^1-(?:[7-9]|\d\d+)-[0-9a-f]{8}$/);
    const [sent = '', answer = ''] = stop.split('\n');
    wire.send(sent);
    expect((await wire.until(isStopped)).at(-1)).toEqual(parsed(answer));
  });

  test('the handshake is taken, and nothing answers it', async () => {
    await using server = await startServerProcess();
    await using wire = await openWire(server.port, '?connectionParams=1');
    wire.send(transcript('Handshake')[0] ?? '');
    wire.send('{"id":1,"method":"query","params":{"path":"server.info"}}');
    expect(await wire.next()).toMatchObject({ id: 1, result: { data: { protocolVersion: 2 } } });
  });
});

describe('PROTOCOL.md, the HTTP transport', () => {
  test('a query is answered as it says, with status and type', async () => {
    await using server = await startServerProcess({ env: { STAGEWIRE_MODEL: stalling } });
    await using stagewire = connectClient({ url: server.url });
    await stagewire.start({ task: 'A stack', runId: 'run_0mi6k2x4q7d1e5a9c3' });
    const examples = codeOf('4 HTTP transport', '').flatMap((code) => code.trim().split('\n\n'));
    expect(examples).toHaveLength(2);
    for (const example of examples) {
      const [request = '', head = '', body = ''] = example.split('\n');
      const [method = '', path = ''] = request.split(' ');
      const response = await fetch(`${server.url}${path}`, { method });
      expect(`${response.status} ${response.headers.get('content-type')?.split(';')[0]}`).toBe(head);
      expect(withoutMessage((await response.json()) as object)).toEqual(withoutMessage(parsed(body)));
    }
  });

  test('a stream of server-sent events has these bytes', async () => {
    await using server = await startApiServer({ ssePingMs: 50 });
    const runId = await server.runs.begin();
    const input = encodeURIComponent(JSON.stringify({ runId }));
    const response = await fetch(`http://127.0.0.1:${server.port}/trpc/runs.events?input=${input}`);
    const [example = ''] = codeOf('Subscriptions as server-sent events', '');
    const shapes = sseShapes(example);
    const unseenIn = (text: string) => {
      const seen = new Set(sseShapes(text));
      return shapes.filter((shape) => !seen.has(shape));
    };
    let text = '';
    const read = (async () => {
      for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += part;
    })();
    await until(() => unseenIn(text).length === 2, 'all but the end');
    await server.runs.finish(runId);
    await within(read, 'the end of the stream');
    expect(shapes).toHaveLength(5);
    expect(unseenIn(text)).toEqual([]);
  });
});

describe.skipIf(isMissing('python3'))('PROTOCOL.md, in Python', () => {
  test('the fold gives the texts that the server has, with half a character at the end of a delta', async () => {
    await using server = await startApiServer();
    const runId = await server.runs.begin();
    await server.runs.say(runId, 'a\ud83d', '\ude00b');
    const attempt = { stage: 1, role: 'coder', attempt: 2 } as const;
    const usage = { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'final' } as const;
    await server.runs.append(
      runId,
      {
        type: 'stage.interrupted',
        ...attempt,
        attempt: 1,
        cause: 'crash',
        commandIds: [],
        chars: 4,
        usage,
      },
      {
        type: 'stage.started',
        ...attempt,
        model: 'rehearsal',
        format: 'code',
        cause: 'resume',
        commandIds: [],
        keptChars: 2,
      },
      { type: 'stage.delta', ...attempt, offset: 2, text: '\ude01 c' },
      // A delta overwrites from its offset.
      { type: 'stage.delta', ...attempt, offset: 3, text: ' d' },
    );
    await using stagewire = connectClient({ url: `http://127.0.0.1:${server.port}` });
    const { seq, stages } = await stagewire.run(runId).snapshot();
    const events: RunEvent[] = [];
    for await (const event of stagewire.run(runId).events()) {
      events.push(event);
      if (event.seq === seq) break;
    }
    await using project = await createScratchProject();
    const [code = ''] = codeOf('Offsets where strings are not UTF-16', 'python');
    await project.write('fold.py', `${code}\n${driver}`);
    await project.write('events.json', JSON.stringify(events));
    await using python = startProgram('python3', { args: ['fold.py'], cwd: project.path });
    expect(await python.exitCode).toBe(0);
    const texts = stages[0]?.attempts.map(({ text }) => text);
    expect(texts).toEqual(['a😀b', 'a😁 d']);
    expect(JSON.parse(python.stdout())).toEqual({ texts, seen: seq });
    expect(events.reduce<RunState | undefined>((state, event) => fold(state, event), undefined)?.seq).toBe(
      seq,
    );
  });
});

/** Each event twice: an event that was seen changes nothing. */
const driver = `import json

texts, seen = {}, 0
for event in json.load(open("events.json")):
    seen = fold(texts, seen, event)
    seen = fold(texts, seen, event)
print(json.dumps({"texts": [str(texts[key]) for key in sorted(texts)], "seen": seen}))
`;

function codeOf(heading: string, language: string): string[] {
  return blocks
    .filter((block) => block.heading === heading && block.language === language)
    .map(({ code }) => code);
}

/** What is sent and the answers to it, a text each with one message a line; answers alone if nothing is sent. */
function transcript(heading: string): string[] {
  return codeOf(heading, '')
    .flatMap((code) => code.trim().split(/\n(?=→)/))
    .map((exchange) => exchange.replaceAll(/^[→←] /gm, ''));
}

function parsed(line: string): object {
  return JSON.parse(line) as object;
}

/** The hash of a cursor depends on the instant of its event. */
function withoutHash(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll(/"(1-\d+)-[0-9a-f]{8}"/g, '"$1-…"'));
}

/** The sentence for a person may change. */
function withoutMessage(frame: object): object {
  return JSON.parse(
    JSON.stringify(frame, (key, value: unknown) => (key === 'message' ? undefined : value)),
  ) as object;
}

/** The names of all fields, and the types of events and results; not whether deltas were merged. */
function shapeOf(value: unknown): string {
  return JSON.stringify(value, (key, it: unknown) => {
    if (key === 'firstSeq') return undefined;
    if (typeof it !== 'object' || it === null) return key === 'type' ? it : typeof it;
    return Array.isArray(it)
      ? it
      : Object.fromEntries(Object.entries(it).toSorted(([one], [other]) => one.localeCompare(other)));
  });
}

function sseShapes(stream: string): string[] {
  return stream
    .split(/\n{2,}/)
    .filter((event) => event.trim() !== '')
    .map((event) =>
      event
        .trim()
        .split('\n')
        .map((line) =>
          line.replace(
            /^(data: )(\{.*\})$/,
            (_line, head: string, json: string) => head + shapeOf(parsed(json)),
          ),
        )
        .map((line) => line.replace(/^id: .*/, 'id:').trimEnd())
        .join('\n'),
    );
}

function seqsIn(stream: string): number[] {
  return [...stream.matchAll(/^id: 1-(\d+)-[0-9a-f]{8}$/gm)].map(([, seq]) => Number(seq));
}

function isStopped({ result }: WireFrame): boolean {
  return result?.type === 'stopped';
}

function cursorIn(frame: WireFrame | undefined): string | undefined {
  return frame?.result?.id;
}
