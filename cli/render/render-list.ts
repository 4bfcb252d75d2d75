import type { RunPage, RunSummary, ServerInfo } from '@stagewire/client';
import { cleanLine } from './clean-text.ts';
import { costText } from '@stagewire/shared/units/cost';
import { isQuotaNear, quotaLabel, quotaText } from '@stagewire/shared/units/quota';
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

/**
 * Runs as a table, newest first: id, time of queueing (UTC), status, cost if one is known, how it started if a run started
 * from another one, and task.
 */
export function listLines({ items }: Pick<RunPage, 'items'>, paint: Paint): string[] {
  if (items.length === 0) return ['No runs found.'];
  const rows = items.map((run) => ({
    run,
    id: cleanLine(run.runId),
    status: statusOf(run),
    cost: run.cost === undefined ? '' : cleanLine(costText(run.cost)),
    lineage: lineageOf(run),
  }));
  const idWidth = Math.max(...rows.map(({ id }) => id.length));
  const statusWidth = Math.max(...rows.map(({ status }) => status.length));
  const costWidth = Math.max(...rows.map(({ cost }) => cost.length));
  const lineageWidth = Math.max(...rows.map(({ lineage }) => lineage.length));
  return rows.map(({ run, id, status, cost, lineage }) =>
    [
      id.padEnd(idWidth),
      paint('dim', utcTime(run.queuedAt)),
      // An unknown status of a later version has no colour.
      paint(styles.get(run.status) ?? 'dim', status.padEnd(statusWidth)),
      ...(costWidth === 0 ? [] : [paint('dim', cost.padStart(costWidth))]),
      ...(lineageWidth === 0 ? [] : [paint('dim', lineage.padEnd(lineageWidth))]),
      cleanLine(run.task, 100),
    ].join('  '),
  );
}

/** `2026-11-27 16:47:20Z`. */
function utcTime(at: string): string {
  return `${cleanLine(at).slice(0, 19).replace('T', ' ')}Z`;
}

function statusOf({ status: rawStatus, current, verdict }: RunSummary): string {
  const status = cleanLine(rawStatus);
  if (current !== null) return `${status}, ${cleanLine(current.role)}`;
  if (verdict === undefined || verdict === 'none') return status;
  const labels = new Map<string, string>([
    ['changes_requested', 'changes requested'],
    ['unknown', 'verdict unknown'],
  ]);
  return `${status}, ${labels.get(verdict) ?? cleanLine(verdict)}`;
}

/** The words of the console. */
function lineageOf({ from }: RunSummary): string {
  if (from === undefined) return '';
  if (from.stage === undefined) return 'follow-up';
  return from.attempt === undefined ? 'rerun' : 'fork';
}

function pricesText({ currency, date }: NonNullable<ServerInfo['prices']>): string {
  return cleanLine(`in ${currency}, of ${date}`);
}

/** The version of a server, the models of its runs, its roles and features. */
export function infoLines(info: ServerInfo, url: string, paint: Paint): string[] {
  const { you } = info;
  const { default: model, ...perRole } = info.models;
  const kind = info.realModel ? '' : ' (simulated: no model is called)';
  const roles = info.roles.map(({ role }) => cleanLine(role)).join(', ');
  const server: [string, string][] = [
    ['server', `Stagewire ${cleanLine(info.version)}, protocol ${info.protocolVersion}`],
    ['url', url],
    // Without authentication there is only one user.
    ...(info.auth.length === 0 ? [] : identityRows(info)),
  ];
  if (you === null) return lines(server, paint);
  const rows: [string, string][] = [
    ...server,
    ['model', `${cleanLine(model ?? 'none')}${kind}`],
    ...Object.entries(perRole).map(([role, ref]): [string, string] => [
      '',
      `${cleanLine(ref)} (${cleanLine(role)})`,
    ]),
    ...(info.prices === undefined ? [] : [['prices', pricesText(info.prices)] as [string, string]]),
    ...quotaRows(info),
    ['roles', roles],
    ['features', info.features.map((feature) => cleanLine(feature)).join(', ')],
  ];
  return lines(rows, paint);
}

/** The limits of the owner, and what is used of them. */
function quotaRows({ quotas = [], prices }: ServerInfo): [string, string][] {
  return quotas.map((quota, index) => {
    const reset = quota.resetAt === undefined ? '' : `, reset at ${utcTime(quota.resetAt)}`;
    const text = `${quotaLabel(quota)}: ${quotaText(quota, prices?.currency)}${reset}`;
    return [index === 0 ? 'limits' : '', cleanLine(text)];
  });
}

/** The limits of which four fifths are used, for a user who starts a run; empty if there is none. */
export function nearLimitsText({ quotas = [], prices }: ServerInfo): string {
  return quotas
    .filter(isQuotaNear)
    .map((quota) => cleanLine(`${quotaLabel(quota)}: ${quotaText(quota, prices?.currency)} used`))
    .join(', ');
}

function identityRows({ auth, you }: ServerInfo): [string, string][] {
  const ways: [string, string] = ['auth', auth.map((way) => cleanLine(way)).join(', ')];
  if (you === null) return [ways, ['you', 'not authenticated']];
  const { actor, owners, permissions } = you;
  const name = actor.name === undefined ? actor.id : `${actor.name} (${actor.id})`;
  return [
    ways,
    ['you', `${cleanLine(name)}, ${actor.kind}`],
    ['owner', owners.map((owner) => cleanLine(owner)).join(', ')],
    ['may', permissions.join(', ')],
  ];
}

function lines(rows: readonly [string, string][], paint: Paint): string[] {
  return rows.map(([name, value]) => `${paint('dim', name.padEnd(8))} ${value}`);
}
