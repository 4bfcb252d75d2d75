import type { FinishReason, Usage } from '@stagewire/shared';

import type { ProviderEvent, ProviderFailure } from './provider.ts';

/** Reads the events of one API. One reader per answer. */
export interface AnswerReader<E> {
  /**
   * Appends the content of an event to `output` and remembers the rest.
   *
   * @throws ProviderFailure if the event reports that the answer failed.
   */
  read(event: E, output: ProviderEvent[]): void;
  /**
   * Reads an answer that arrived as one JSON document. Returns false if it is not an answer of the API.
   *
   * @throws ProviderFailure as `read` does.
   */
  readWhole(document: Readonly<Record<string, unknown>>, output: ProviderEvent[]): boolean;
  /** Called when the stream has sent `[DONE]`. */
  done(): void;
  /** Set once the event has arrived that completes the answer. */
  readonly finishReason: FinishReason | undefined;
  /** The finish reason exactly as the API sent it. */
  readonly rawFinishReason: string | undefined;
  /** The last usage that was reported. */
  readonly usage: Usage | undefined;
  /** Set if the model or a filter refused: the answer is complete but unusable. */
  readonly refusal: ProviderFailure | undefined;
  /** The tool that the model called although it has none; empty if the call has no name. */
  readonly tool: string | undefined;
}
