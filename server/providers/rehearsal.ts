import { firstChars } from '@stagewire/shared/text/first-chars';
import type { Usage } from '@stagewire/shared';
import type { Clock } from '../runtime/clock.ts';
import { wait } from '../runtime/wait.ts';
import { ProviderFailure } from './provider.ts';
import type { Provider, ProviderCall, ProviderEvent, ProviderRequest, RehearsalContext } from './provider.ts';
import { createPace } from './rehearsal-pace.ts';
import type { Pace } from './rehearsal-pace.ts';
import { writeScript } from './rehearsal-script.ts';
import { parseRehearsalShape, RehearsalShapeError } from './rehearsal-shape.ts';
import type { RehearsalFault, RehearsalShape } from './rehearsal-shape.ts';

export interface RehearsalOptions {
  readonly clock: Clock;
}

/**
 * The built-in simulated model: generates plausible text for each role from the words of the task, at the pace and
 * with the faults that the request's model configures (see `parseRehearsalShape`). Needs no key and no network.
 */
export function createRehearsalProvider({ clock }: RehearsalOptions): Provider {
  return {
    stream: (request, call) => rehearse(request, call, clock),
  };
}

async function* rehearse(
  request: ProviderRequest,
  call: ProviderCall,
  clock: Clock,
): AsyncGenerator<ProviderEvent> {
  const { rehearsal } = request;
  const { signal } = call;
  const shape = readShape(request.model);
  const fault = faultFor(shape, rehearsal);
  if (signal.aborted) return;
  if (fault?.kind === 'auth') throw failureOf(fault.kind);

  call.onWire('headers');
  await wait(clock, shape.ttftMs, signal);
  if (fault?.kind === 'refuse' && !signal.aborted) throw failureOf(fault.kind);

  const script = writeScript(rehearsal, shape, { unparsable: fault?.kind === 'invalid' });
  const text = fault?.kind === 'empty' ? '' : script.text;
  const visibleText = cutAt(text, fault);
  const pace = createPace({ clock, signal, tokensPerSecond: shape.tokensPerSecond });
  yield* stream('reasoning', script.reasoning, { call, pace });
  yield* stream('text', visibleText, { call, pace });

  if (fault?.kind === 'stall') await aborted(signal);
  if (signal.aborted) return;
  if (fault?.kind === 'truncate' || fault?.kind === 'error' || fault?.kind === 'drop')
    throw failureOf(fault.kind);
  yield { type: 'usage', usage: usageOf(request, script.reasoning, text) };
  if (signal.aborted) return;
  yield { type: 'finish', finishReason: 'stop' };
}

async function* stream(
  type: 'text' | 'reasoning',
  text: string,
  { call, pace }: { readonly call: ProviderCall; readonly pace: Pace },
): AsyncGenerator<ProviderEvent> {
  for (const token of tokensOf(text)) {
    await pace.next();
    if (call.signal.aborted) return;
    call.onWire('bytes');
    yield { type, text: token };
  }
}

/** Pieces of about four chars, split at the start of words, never inside a surrogate pair. */
function* tokensOf(text: string): Generator<string> {
  const token = /\s?\S{1,5}|\s{1,5}/gu;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) yield match[0];
}

function readShape(model: string): RehearsalShape {
  try {
    return parseRehearsalShape(model);
  } catch (error) {
    if (!(error instanceof RehearsalShapeError)) throw error;
    throw new ProviderFailure('PROVIDER_REFUSED', error.message, { retryable: false, cause: error });
  }
}

function faultFor(shape: RehearsalShape, rehearsal: RehearsalContext): RehearsalFault | undefined {
  return shape.faults.find(
    ({ kind, role, attempts = Infinity }) =>
      (role === undefined || role === rehearsal.role) &&
      rehearsal.attempt <= attempts &&
      (kind !== 'invalid' || rehearsal.role === 'reviewer'),
  );
}

function cutAt(text: string, fault: RehearsalFault | undefined): string {
  switch (fault?.kind) {
    case 'stall':
    case 'truncate':
    case 'error':
    case 'drop':
      return firstChars(text, fault.afterChars);
    default:
      return text;
  }
}

function failureOf(kind: 'truncate' | 'error' | 'drop' | 'refuse' | 'auth'): ProviderFailure {
  switch (kind) {
    case 'truncate':
      return failure('PROVIDER_TRUNCATED', 'the stream ended before it was complete', true);
    case 'error':
      return failure(
        'PROVIDER_UNAVAILABLE',
        'the provider reported during the stream that it is overloaded',
        true,
      );
    case 'drop':
      return failure('PROVIDER_UNAVAILABLE', 'the connection was lost', true);
    case 'refuse':
      return failure('PROVIDER_REFUSED', 'the request was refused', false);
    case 'auth':
      return failure('PROVIDER_AUTH', 'the key was not accepted', false);
    default:
      return kind satisfies never;
  }
}

function failure(code: ProviderFailure['code'], what: string, retryable: boolean): ProviderFailure {
  return new ProviderFailure(code, `Simulated fault: ${what}.`, { retryable });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function usageOf(request: ProviderRequest, reasoning: string, text: string): Usage {
  const asked = request.messages.reduce((sum, message) => sum + message.text.length, request.system.length);
  const reasoningTokens = Math.ceil(reasoning.length / 4);
  return {
    inputTokens: Math.ceil(asked / 4),
    outputTokens: reasoningTokens + Math.ceil(text.length / 4),
    reasoningTokens,
    source: 'final',
  };
}
