/** The entry `@stagewire/client/testing`: for tests of what is built on the client. Nothing here loads zod. */
export { createReplayClient } from './replay-client.ts';
export type {
  AddedEvent,
  ReplayAnswers,
  ReplayClient,
  ReplayedCall,
  ReplayOptions,
} from './replay-client.ts';
export { parseEvents } from './recorded-events.ts';
