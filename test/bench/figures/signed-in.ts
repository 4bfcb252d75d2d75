import { startBenchServers } from '../bench-servers.ts';
import type { Measurement } from '../figure.ts';
import { compareVariants } from './compare-variants.ts';

/** The same server twice: one whose callers have access keys, and as the baseline one without authentication. */
export const signedIn: Measurement = {
  id: 'P11',
  what: 'what access keys cost an idle subscriber and a token',
  measure: (options) =>
    compareVariants(options, {
      id: 'P11',
      names: ['none', 'keys'],
      with: 'access keys',
      note: 'the baseline is the same server without authentication',
      start: (auth, serverArguments) =>
        startBenchServers(serverArguments, { BENCH_HEARTBEAT: '60000', BENCH_AUTH: auth }),
    }),
};
