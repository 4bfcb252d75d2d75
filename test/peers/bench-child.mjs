import { answerParent } from '../bench/process-messages.ts';

/** Where the bench has put its provider of tokens, and the port that a restarted process takes again. */
export const providerUrl = process.env.BENCH_PROVIDER ?? '';
export const givenPort = Number(process.env.BENCH_PORT ?? '0');

/** Reports to the bench, and ends with it. */
export function reportToBench(port, stop) {
  // A bench that was killed must not leave servers behind.
  process.once('disconnect', () => process.exit());
  answerParent(port, { stop: async () => stop() });
}
