import type { Environment } from '../environment.ts';
import { spread } from '../statistics.ts';
import type { Values } from './measure.ts';
import { peerItems, type PeerFigure } from './peer-figures.ts';

/** The place of what kept a system from starting, beside the items. */
export const startProblem = 'start';

/** What one system gave. */
export interface PeerResult {
  readonly name: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Why there is nothing at all. */
  readonly notMeasured?: string;
  /** By item: one for each round that gave a figure. */
  readonly rounds: Readonly<Record<string, readonly Values[]>>;
  /** By item: why a round gave none. */
  readonly problems: Readonly<Record<string, readonly string[]>>;
}

/** Everything that one comparison has to say: the content of its JSON file. */
export interface PeersReport {
  readonly environment: Environment;
  readonly rounds: number;
  readonly quick: boolean;
  readonly tookMs: number;
  readonly peers: readonly PeerResult[];
}

/** The table and what surrounds it, as Markdown that is not yet aligned. */
export function asMarkdown({ environment, rounds, quick, tookMs, peers }: PeersReport): string {
  const { at, cores, cpu, system, node, loadBefore, loadDuring = Number.NaN } = environment;
  const measured = peers.filter(({ notMeasured }) => notMeasured === undefined);
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const taken = peerItems.filter(({ id }) => measured.some(({ rounds: of }) => of[id] !== undefined));
  const lines = taken.flatMap(({ id, what, figures }) =>
    figures.map((figure, index) =>
      row([
        index === 0 ? `**${what}**<br>${figure.what}` : figure.what,
        ...measured.map((peer) => cellOf(peer, id, figure)),
      ]),
    ),
  );
  const versions = peers.map(
    ({ name, versions: of }) =>
      `${name}: ${Object.entries(of)
        .map(([packageName, version]) => `\`${packageName}\` ${version}`)
        .join(', ')}`,
  );
  const without = [
    ...peers.flatMap(({ name, notMeasured }) =>
      notMeasured === undefined ? [] : [`${name} was not measured: ${notMeasured}.`],
    ),
    ...measured.flatMap(({ name, problems }) =>
      (problems[startProblem] ?? []).map((why) => `${name} had a round without figures: ${why}.`),
    ),
    ...measured.flatMap(({ name, problems, rounds: ofSystem }) =>
      peerItems.flatMap(({ id, what }) => {
        const [why] = problems[id] ?? [];
        if (why === undefined) return [];
        const count = ofSystem[id]?.length ?? 0;
        return [
          `${name}, ${what}: ${count === 0 ? 'no figure' : `figures of ${count} ${count === 1 ? 'round' : 'rounds'} only`}: ${why}.`,
        ];
      }),
    ),
  ];
  return [
    `${rounds} ${rounds === 1 ? 'round' : 'rounds'}${quick ? ' (quick)' : ''} on ${at.slice(0, 16).replace('T', ' ')} UTC, ${Math.round(tookMs / 1000)} s; ${cores} cores of ${cpu}, ${system}, Node ${node}; load average ${loadBefore.toFixed(1)} before and ${loadDuring.toFixed(1)} at the end. Medians, in parentheses the minimum and the maximum; tokens lost, duplicated, out of order or not delivered are added up over the rounds.`,
    '',
    row([' ', ...measured.map(({ name }) => name)]),
    row(['---', ...measured.map(() => '---')]),
    ...lines,
    '',
    `Versions: ${versions.join('; ')}.`,
    ...(without.length === 0 ? [] : ['', ...without.map((line) => `- ${line}`)]),
    '',
  ].join('\n');
}

function cellOf({ rounds }: PeerResult, item: string, { key, as }: PeerFigure): string {
  const values = (rounds[item] ?? [])
    .map((round) => round[key] ?? Number.NaN)
    .filter((value) => !Number.isNaN(value));
  if (values.length === 0) return '–';
  if (as === 'count') return String(values.reduce((sum, value) => sum + value, 0));
  const { median, min, max } = spread(values);
  const write = (value: number) => (as === 'percent' ? short(value * 100) : short(value));
  const unit = as === 'percent' ? ' %' : as === 'tokens' ? '' : ` ${as}`;
  const range = write(min) === write(max) ? '' : ` (${write(min)}–${write(max)})`;
  return `${write(median)}${range}${unit}`;
}

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString('en');
  return Number(value.toPrecision(size >= 100 ? 3 : 2)).toString();
}
