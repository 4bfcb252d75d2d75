import type { LogEntry } from '../../server/log/event-log.ts';
import type { CommandedRun } from './commanded-run.ts';
import type { FaultyCluster, NodeKill, Outage } from './faulty-cluster.ts';
import { Refusal } from './follow-socket.ts';

/** What an endurance run has seen, added up run by run. */
export interface EnduranceFigures {
  add(run: CommandedRun, entries: readonly LogEntry[]): void;
  /** Name and value of each figure. */
  rows(cluster: FaultyCluster, seconds: number): readonly (readonly [string, string])[];
}

export function createEnduranceFigures(): EnduranceFigures {
  const counts = new Map<string, number>();
  const outcomes = new Map<string, number>();
  /** When each run was recovered, by `Date.now()`. */
  const recoveries = new Map<string, readonly number[]>();
  let silenceMs = 0;
  const count = (of: Map<string, number>, name: string, by = 1) =>
    void of.set(name, (of.get(name) ?? 0) + by);

  return {
    add({ runId, crowd, commands }, entries) {
      const events = entries.map(({ event }) => event);
      count(counts, 'runs');
      count(counts, events.at(-1)?.type ?? 'without an end');
      count(counts, 'events', events.length);
      for (const { ledger, resumes } of crowd) {
        count(counts, 'subscribers');
        count(counts, 'delivered', ledger.seq);
        count(counts, 'messages', ledger.messages);
        count(counts, 'resumes', resumes);
        silenceMs = Math.max(silenceMs, ledger.largestGapMs);
      }
      const recovered = events.flatMap((event) => (event.type === 'run.recovered' ? [event] : []));
      for (const { reason } of recovered) count(counts, `recovered: ${reason}`);
      recoveries.set(
        runId,
        recovered.map(({ at }) => Date.parse(at)),
      );
      for (const { commandId, answers } of commands) {
        count(counts, 'commands');
        const outcome = events.find(
          (event) =>
            (event.type === 'command.applied' || event.type === 'command.dropped') &&
            event.commandId === commandId,
        );
        const [answer] = answers;
        if (outcome !== undefined) count(outcomes, outcome.type.slice('command.'.length));
        else count(outcomes, answer instanceof Refusal ? `rejected ${answer.code}` : 'without an outcome');
      }
    },
    rows(cluster, seconds) {
      const of = (name: string) => String(counts.get(name) ?? 0);
      const list = (of: Iterable<readonly [string, number]>) =>
        [...of].map(([name, number]) => `${number} ${name}`).join(', ');
      const took = cluster.nodeKills.flatMap((kill) => takeOvers(kill, recoveries));
      const isDelayed = ({ fromMs, toMs }: Outage) =>
        cluster.engineOutages.some((outage) => outage.fromMs < toMs && outage.toMs > fromMs);
      const endings = [...counts].filter(([name]) => name.startsWith('run.'));
      return [
        ['seconds', seconds.toFixed(0)],
        ['runs', `${of('runs')} (${list(endings)})`],
        ['events', of('events')],
        ['subscribers', of('subscribers')],
        ['delivered', `${of('delivered')} events in ${of('messages')} messages`],
        ['resumes', of('resumes')],
        ['nodes killed', String(cluster.nodeKills.length)],
        [
          'engine killed',
          cluster.engineOutages
            .map(({ fromMs, toMs }) => `${((toMs - fromMs) / 1000).toFixed(1)} s`)
            .join(', '),
        ],
        ['connections cut', list(Object.entries(cluster.resets))],
        ['recovered', list([...counts].filter(([name]) => name.startsWith('recovered')))],
        ['taken over after a kill', percentiles(took.filter((it) => !isDelayed(it)))],
        ['… while the engine was away', percentiles(took.filter(isDelayed))],
        ['commands, each at both nodes', `${of('commands')}: ${list(outcomes)}`],
        ['longest silence of a connection', `${silenceMs.toFixed(0)} ms`],
      ];
    },
  };
}

/** When each run of the killed node was without an executor. */
function takeOvers(kill: NodeKill, recoveries: ReadonlyMap<string, readonly number[]>): readonly Outage[] {
  return kill.runIds.flatMap((runId) => {
    const at = recoveries.get(runId)?.find((one) => one >= kill.atMs);
    return at === undefined ? [] : [{ fromMs: kill.atMs, toMs: at }];
  });
}

function percentiles(outages: readonly Outage[]): string {
  if (outages.length === 0) return '0 runs';
  const sorted = outages.map(({ fromMs, toMs }) => toMs - fromMs).toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return `${sorted.length} runs, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`;
}
