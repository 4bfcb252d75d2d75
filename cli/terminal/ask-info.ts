import { connect, StagewireClientError, type ServerInfo } from '@stagewire/client';
import { CliProblem } from './cli-problem.ts';
import { shownUrl, whyUnreached } from './why-unreached.ts';

/** How long a server may take to say what it is, in milliseconds. */
const answerWithinMs = 2000;

/** What the server at this address is. @throws CliProblem if there is none, or the address is none */
export async function askInfo(url: string): Promise<ServerInfo> {
  try {
    await using client = connect({ url, callTimeoutMs: answerWithinMs });
    return await client.info();
  } catch (error) {
    if (!(error instanceof StagewireClientError)) throw error;
    throw new CliProblem(
      `No Stagewire server can be asked at ${shownUrl(url)} (${whyUnreached(error)}). Check --url, or start it there.`,
    );
  }
}
