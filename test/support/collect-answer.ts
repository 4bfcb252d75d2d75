import type { FinishReason, Usage } from '@stagewire/shared';

import { ProviderFailure } from '../../server/providers/provider.ts';
import type { Provider, ProviderEvent, ProviderRequest } from '../../server/providers/provider.ts';

/** Everything one call said, and how it ended. */
export interface CollectedAnswer {
  readonly text: string;
  readonly reasoning: string;
  /** The last one told. */
  readonly usage: Usage | undefined;
  readonly usages: readonly Usage[];
  /** `undefined`: the stream did not complete. */
  readonly finishReason: FinishReason | undefined;
  /** What was thrown; any other error than a ProviderFailure is thrown on. */
  readonly failure: ProviderFailure | undefined;
  readonly wire: readonly ('headers' | 'bytes')[];
}

export interface CollectOptions {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ProviderEvent) => void | Promise<void>;
  readonly onWire?: (kind: 'headers' | 'bytes') => void;
}

/** Reads one call to its end. */
export async function collectAnswer(
  provider: Provider,
  request: ProviderRequest,
  options: CollectOptions = {},
): Promise<CollectedAnswer> {
  const usages: Usage[] = [];
  const wire: ('headers' | 'bytes')[] = [];
  let text = '';
  let reasoning = '';
  let finishReason: FinishReason | undefined;
  let failure: ProviderFailure | undefined;
  const call = {
    signal: options.signal ?? new AbortController().signal,
    onWire(kind: 'headers' | 'bytes') {
      wire.push(kind);
      options.onWire?.(kind);
    },
  };
  try {
    for await (const event of provider.stream(request, call)) {
      if (finishReason !== undefined) throw new Error(`${event.type} came after finish`);
      if (event.type === 'text') text += event.text;
      else if (event.type === 'reasoning') reasoning += event.text;
      else if (event.type === 'usage') usages.push(event.usage);
      else finishReason = event.finishReason;
      await options.onEvent?.(event);
    }
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    failure = error;
  }
  return { text, reasoning, usage: usages.at(-1), usages, finishReason, failure, wire };
}

/** A request of one user message, without steering or history. */
export function requestFor(text: string, more: Partial<ProviderRequest> = {}): ProviderRequest {
  return {
    model: 'test-model',
    system: 'You are a test.',
    messages: [{ role: 'user', text }],
    rehearsal: {
      role: 'coder',
      task: text,
      visit: 1,
      attempt: 1,
      instructions: [],
      keptText: '',
      issues: [],
      runId: 'run_00000000test',
    },
    ...more,
  };
}
