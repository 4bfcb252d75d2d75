import type { Usage } from '@stagewire/shared';
import type { CallInstruments } from '../../runtime/instruments.ts';

/** What is counted of a call that has ended. */
interface EndedCall {
  readonly status: 'completed' | 'failed' | 'aborted';
  readonly usage: Usage;
  /** Of a failed one. */
  readonly failure?: { readonly code: string };
}

/** Measures one call of a model. Instants are milliseconds of `clock.elapsed()`. */
export interface CallMeter {
  /** The first output has come this long after the request. */
  firstOutput(afterMs: number): void;
  /** A piece of output came with the bytes that arrived at this instant. */
  output(atMs: number): void;
  ended(call: EndedCall): void;
  /** The stream of a call that a command has interrupted has ended. */
  silent(afterMs: number): void;
}

/** Stands for every model that is not configured: the names that runs may use are not limited. */
const otherModel = 'other';

/**
 * Creates the meters of calls.
 *
 * @param models The ModelRefs that have metrics of their own.
 */
export function createCallMeters(
  calls: CallInstruments,
  models: ReadonlySet<string>,
): (modelRef: string) => CallMeter {
  return (modelRef) => {
    const slash = modelRef.indexOf('/');
    const provider = slash === -1 ? modelRef : modelRef.slice(0, slash);
    const model = models.has(modelRef) ? modelRef.slice(slash + 1) : otherModel;
    const gap = calls.gap.of(provider);
    let lastMs: number | undefined;

    function countTokens(usage: Usage): void {
      const { inputTokens, outputTokens, reasoningTokens } = usage;
      const kinds = {
        input: inputTokens,
        output: outputTokens,
        reasoning: reasoningTokens,
        cached_input: usage.cachedInputTokens ?? 0,
        cache_write_input: usage.cacheWriteInputTokens ?? 0,
      };
      for (const [kind, tokens] of Object.entries(kinds)) {
        if (tokens > 0) calls.tokens.add([provider, model, kind], tokens);
      }
    }

    return {
      firstOutput: (afterMs) => calls.firstOutput.of(provider).observe(afterMs / 1000),
      output(atMs) {
        // Pieces that arrive together are one.
        if (atMs === lastMs) return;
        if (lastMs !== undefined) gap.observe((atMs - lastMs) / 1000);
        lastMs = atMs;
      },
      ended({ status, usage, failure }) {
        calls.ended.add([provider, model, status]);
        // A budget is not an error of the provider.
        if (failure !== undefined && failure.code !== 'LIMIT_REACHED')
          calls.errors.add([provider, failure.code]);
        countTokens(usage);
      },
      silent: (afterMs) => calls.silence.observe(afterMs / 1000),
    };
  };
}
