import type { Stagewire } from '@stagewire/client';
import { duration } from '@stagewire/shared/units/duration';
import type { Clock } from '@stagewire/server/runtime/clock';
import { cleanText } from '../render/clean-text.ts';

export interface NoteConnectionOptions {
  readonly clock: Clock;
  readonly note: (line: string) => void;
}

/** A problem is reported again after this time, and then after twice as long each time, in milliseconds. */
const firstAgainMs = 10_000;

/** The longest time between two reports, in milliseconds. */
const longestAgainMs = 300_000;

/**
 * Reports a lost connection and why it does not come back, again and again while that lasts, and its return.
 *
 * @returns a function that ends the reports.
 */
export function noteConnection(client: Stagewire, { clock, note }: NoteConnectionOptions): () => void {
  let problem: { readonly text: string; readonly sinceMs: number } | undefined;
  let cancel = () => {};
  const repeatAfter = (againMs: number) => {
    cancel();
    cancel = clock.after(againMs, () => {
      if (problem === undefined) return;
      note(`${problem.text} (For ${duration(clock.elapsed() - problem.sinceMs)} now.)`);
      repeatAfter(Math.min(2 * againMs, longestAgainMs));
    });
  };
  const stopListening = client.onConnection(({ status, error }) => {
    const text =
      error !== undefined && status !== 'refused'
        ? `${cleanText(error.message)} Retrying.`
        : status === 'lost'
          ? 'Connection to the server lost; reconnecting.'
          : undefined;
    if (text !== undefined && text !== problem?.text) {
      note(text);
      // A problem whose explanation changes is the same one.
      problem = { text, sinceMs: problem?.sinceMs ?? clock.elapsed() };
      repeatAfter(firstAgainMs);
    }
    if (status !== 'open' || error !== undefined || problem === undefined) return;
    problem = undefined;
    cancel();
    note('Reconnected to the server.');
  });
  return () => {
    cancel();
    stopListening();
  };
}
