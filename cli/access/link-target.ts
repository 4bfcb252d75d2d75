import { connect, type Stagewire } from '@stagewire/client';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem } from '../terminal/cli-problem.ts';
import { refusePlaintext } from '../terminal/refuse-plaintext.ts';

/** A run that is reached by a link. */
export interface LinkTarget {
  readonly runId: string;
  readonly client: Stagewire;
}

/**
 * Connects with a link, whose token is sent to the server of its URL only. `undefined` if the text is not a URL.
 *
 * @throws CliProblem if it is another URL, or the token would cross a network unencrypted.
 */
export function linkTarget({ env }: Pick<CliContext, 'env'>, given: string): LinkTarget | undefined {
  if (!/^https?:\/\//i.test(given)) return undefined;
  const url = URL.parse(given);
  const [, token] = /^#share=(swl_[\w-]+)$/.exec(url?.hash ?? '') ?? [];
  const [, base, runId] = /^(.*)\/runs\/(run_[\w-]+)$/.exec(url?.pathname ?? '') ?? [];
  if (url === null || token === undefined || base === undefined || runId === undefined) {
    // It may contain a part of a token, and is not repeated.
    throw new CliProblem(
      'This URL is not a link to a run. Expected <server>/runs/<runId>#share=<token>; put it in quotes, since # can begin a comment.',
      'NO_RUN',
    );
  }
  const server = url.origin + base;
  refusePlaintext(env, server);
  return { runId, client: connect({ url: server, token }) };
}
