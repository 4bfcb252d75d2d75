import type { RunPage, RunSummary, ServerInfo } from '@stagewire/client';
import { cleanLine } from './clean-text.ts';
import type { Paint, Style } from '../terminal/paint.ts';

const styles = new Map<string, Style>(
  Object.entries({
    queued: 'cyan',
    running: 'cyan',
    completed: 'green',
    failed: 'red',
    cancelled: 'yellow',
    unreadable: 'red',
  } satisfies Record<RunSummary['status'], Style>),
);

/** Runs as a table, newest first: id, when it was queued, how it stands, and its task. */
export function listLines({ items }: Pick<RunPage, 'items'>, paint: Paint): string[] {
  if (items.length === 0) return ['There are no such runs.'];
  const rows = items.map((run) => ({ run, id: cleanLine(run.runId), standing: standingOf(run) }));
  const idWidth = Math.max(...rows.map(({ id }) => id.length));
  const standingWidth = Math.max(...rows.map(({ standing }) => standing.length));
  return rows.map(({ run, id, standing }) =>
    [
      id.padEnd(idWidth),
      paint('dim', cleanLine(run.queuedAt).slice(0, 19).replace('T', ' ')),
      // A status of a later version has no colour.
      paint(styles.get(run.status) ?? 'dim', standing.padEnd(standingWidth)),
      cleanLine(run.task, 100),
    ].join('  '),
  );
}

function standingOf({ status: told, current, verdict }: RunSummary): string {
  const status = cleanLine(told);
  if (current !== null) return `${status}, ${cleanLine(current.role)}`;
  if (verdict === undefined || verdict === 'none') return status;
  const words = new Map<string, string>([
    ['changes_requested', 'changes requested'],
    ['unknown', 'verdict unknown'],
  ]);
  return `${status}, ${words.get(verdict) ?? cleanLine(verdict)}`;
}

/** What a server is and which models its runs get. */
export function infoLines(info: ServerInfo, url: string, paint: Paint): string[] {
  const { default: model, ...perRole } = info.models;
  const kind = info.realModel ? '' : ' (offline: it calls no model)';
  const roles = info.roles.map(({ role }) => cleanLine(role)).join(', ');
  const rows: [string, string][] = [
    ['server', `Stagewire ${cleanLine(info.version)}, protocol ${info.protocolVersion}`],
    ['url', url],
    ['model', `${cleanLine(model ?? 'none')}${kind}`],
    ...Object.entries(perRole).map(([role, ref]): [string, string] => [
      '',
      `${cleanLine(ref)} for the ${cleanLine(role)}`,
    ]),
    ['roles', roles],
    ['can', info.features.map((feature) => cleanLine(feature)).join(', ')],
  ];
  return rows.map(([name, value]) => `${paint('dim', name.padEnd(7))} ${value}`);
}
