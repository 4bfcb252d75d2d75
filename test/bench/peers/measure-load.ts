import { runLoad } from '../load.ts';
import { quantile } from '../statistics.ts';
import { numbersIn } from './numbered-tokens.ts';
import type { Measure, MeasureOptions } from './measure.ts';
import type { PeerServers } from './peer.ts';

interface Shape {
  readonly streams: number;
  readonly followersPerStream: number;
  readonly tokensPerSecond: number;
}

/** One answer to many subscribers. */
export const measureFanOut: Measure = (servers, name, options) =>
  measureLoad(servers, ['fan', name], { streams: 1, followersPerStream: 500, tokensPerSecond: 10 }, options);

/** Many answers with one subscriber each. */
export const measureStreams: Measure = (servers, name, options) =>
  measureLoad(
    servers,
    ['streams', name],
    { streams: 20, followersPerStream: 1, tokensPerSecond: 20 },
    options,
  );

async function measureLoad(
  servers: PeerServers,
  [item, name]: readonly ['fan' | 'streams', string],
  shape: Shape,
  { quick, onLatencies }: MeasureOptions,
) {
  const side = { name: 'peer', process: servers, open: opener(servers) };
  const result = await runLoad(side, {
    ...shape,
    name: `${name}-${item}`,
    warmMs: 800,
    measureMs: quick ? 1000 : 2500,
    allLatencies: true,
    // What does not keep up has a figure for that.
    mustKeepUp: false,
    tries: 1,
    settleMs: 8000,
  });
  onLatencies?.(item, result.latenciesMs);
  return {
    cpuUsPerToken: result.cpuUsPerToken,
    p50Ms: quantile(result.latenciesMs, 0.5),
    p99Ms: quantile(result.latenciesMs, 0.99),
    bytesPerToken: result.bytesPerToken,
    onTime: result.onTime / result.due,
    loop: result.utilization,
  };
}

/** As the house's load drives its own servers. */
function opener(servers: PeerServers) {
  return async (model: string, onTokens: readonly ((first: number, count: number) => void)[]) => {
    const answer = await servers.begin(model);
    const followers = await Promise.all(
      onTokens.map((heard) =>
        answer.follow({
          text(text) {
            const numbers = numbersIn(text);
            let from = 0;
            for (let at = 1; at <= numbers.length; at += 1) {
              if (at < numbers.length && numbers[at] === (numbers[at - 1] ?? 0) + 1) continue;
              heard(numbers[from] ?? 0, at - from);
              from = at;
            }
          },
          // Nobody comes back here: a text is begun once.
          restart: () => undefined,
        }),
      ),
    );
    return {
      stream: answer.stream,
      followers,
      close() {
        for (const follower of followers) follower.disconnect();
        answer.close();
      },
    };
  };
}
