import type { ServerResponse } from 'node:http';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

import { chatFrames } from './chat-frames.ts';
import { messagesFrames } from './messages-frames.ts';
import type { Frames, Framing, ProviderFault, ProviderScript, ProviderWire } from './provider-script.ts';
import { responsesFrames } from './responses-frames.ts';

export interface ScriptTarget {
  readonly wire: ProviderWire;
  readonly model: string;
  readonly response: ServerResponse;
  readonly onDelta: () => void;
}

const framesOf = { messages: messagesFrames, responses: responsesFrames, chat: chatFrames };

/** Writes a script to a response, to its end or to its fault. A client that has gone ends it early. */
export async function playScript(script: ProviderScript, target: ScriptTarget): Promise<void> {
  const { response } = target;
  const { fault, framing = {}, pace = {} } = script;
  if (fault?.kind === 'no-headers') return;
  await rest(pace.headersMs);
  if (fault?.kind === 'http') {
    const body = fault.body ?? { error: { message: `status ${fault.status}` } };
    response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
    return;
  }
  if (fault?.kind === 'document') {
    response.writeHead(200, { 'content-type': fault.contentType }).end(fault.body);
    return;
  }
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  response.flushHeaders();
  if (fault?.kind === 'raw') return writeRaw(fault, response);

  const frames = framesOf[target.wire](script, target.model);
  if (framing.oneWrite === true) return writeAtOnce(frames, target);
  const write = (frame: string) => writeFrame(frame, { framing, ping: frames.ping, response });
  for (const frame of frames.opening) await write(frame);
  await rest(pace.firstTokenMs);
  const deltas = [...frames.reasoning, ...frames.tokens];
  const until = fault === undefined ? deltas.length : Math.min(fault.afterDeltas, deltas.length);
  for (const delta of deltas.slice(0, until)) {
    if (response.destroyed) return;
    await write(delta);
    target.onDelta();
    await rest(pace.tokenMs);
  }
  if (fault !== undefined) return breakOff(fault, frames, response);
  for (const frame of frames.closing) await write(frame);
  response.end();
}

type StreamFault = Exclude<ProviderFault, { kind: 'http' | 'document' | 'no-headers' | 'raw' }>;

async function breakOff(fault: StreamFault, frames: Frames, response: ServerResponse): Promise<void> {
  switch (fault.kind) {
    case 'truncate':
      response.end();
      return;
    case 'cut-event': {
      const frame = frames.tokens[fault.afterDeltas] ?? frames.closing[0] ?? 'data: {"a":1}\n\n';
      response.end(frame.slice(0, frame.indexOf('{') + 12));
      return;
    }
    case 'drop':
      // What was written before must have left, or the client sees less than the script says.
      await turn();
      response.destroy();
      return;
    case 'stall':
      return;
    case 'error-field':
      response.end('error: {"code":500,"message":"context shift failed","type":"server_error"}\n\n');
      return;
    case 'error-event':
      response.end(frames.error(fault.error));
      return;
    case 'failed':
      response.end(frames.failed(fault.error));
      return;
    default:
      fault satisfies never;
  }
}

function writeAtOnce(frames: Frames, target: ScriptTarget): void {
  const deltas = [...frames.reasoning, ...frames.tokens];
  // The end comes later: whoever aborts meets a full buffer, not a finished stream.
  target.response.write([...frames.opening, ...deltas].join(''));
  for (const _ of deltas) target.onDelta();
  void sleep(50).then(() => target.response.end(frames.closing.join('')));
}

async function writeRaw(
  fault: Extract<ProviderFault, { kind: 'raw' }>,
  response: ServerResponse,
): Promise<void> {
  let from = 0;
  for (const cut of [...(fault.cuts ?? []), fault.body.length]) {
    if (cut <= from) continue;
    if (response.destroyed) return;
    response.write(fault.body.subarray(from, cut));
    from = cut;
    await turn();
  }
  if (fault.open !== true) response.end();
}

interface FrameSettings {
  readonly framing: Framing;
  readonly ping: string;
  readonly response: ServerResponse;
}

async function writeFrame(frame: string, { framing, ping, response }: FrameSettings): Promise<void> {
  const lines = framing.comments === true ? ping + frame : frame;
  const bytes = Buffer.from(framing.crlf === true ? lines.replaceAll('\n', '\r\n') : lines);
  const size = framing.pieceBytes ?? bytes.length;
  for (let from = 0; from < bytes.length; from += size) {
    if (response.destroyed) return;
    response.write(bytes.subarray(from, from + size));
    if (framing.pieceBytes !== undefined) await turn();
  }
}

async function rest(ms: number | undefined): Promise<void> {
  // A script's rests are part of it, in real time.
  if (ms !== undefined && ms > 0) await sleep(ms);
}
