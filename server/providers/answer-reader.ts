import type { FinishReason, Usage } from '@stagewire/shared';

import type { ProviderEvent, ProviderFailure } from './provider.ts';

/** Reads the events of one API, one answer each. */
export interface AnswerReader<E> {
  /**
   * Puts what an event says into `said`; remembers the rest.
   *
   * @throws ProviderFailure if the event says that the answer has failed.
   */
  read(event: E, said: ProviderEvent[]): void;
  /**
   * Reads an answer that came whole, as one JSON document. False: this is no answer of the API.
   *
   * @throws ProviderFailure as `read` does.
   */
  readWhole(document: Readonly<Record<string, unknown>>, said: ProviderEvent[]): boolean;
  /** Told when the stream said `[DONE]`. */
  done(): void;
  /** There once the event came that completes the answer. */
  readonly finishReason: FinishReason | undefined;
  /** The API's own word for the end. */
  readonly finishWord: string | undefined;
  /** The last usage told. */
  readonly usage: Usage | undefined;
  /** There if the model, or a filter, refused: the answer is complete and yet none. */
  readonly refusal: ProviderFailure | undefined;
  /** The tool that the model called, although it has none; empty if it has no name. */
  readonly tool: string | undefined;
}
