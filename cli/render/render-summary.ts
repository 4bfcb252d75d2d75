import { failureAdvice, type AdviceSettings } from '@stagewire/shared/failure-advice';
import { budgetText } from '@stagewire/shared/units/budget';
import { counted } from '@stagewire/shared/units/count';
import type { RunState, StageState } from '@stagewire/client';
import { failureTable } from '@stagewire/client';
import { duration } from '@stagewire/shared/units/duration';
import { tokens, totalCostText } from './units.ts';
import { cleanFileName, cleanLine } from './clean-text.ts';
import { commandName } from '../terminal/cli-problem.ts';
import type { Paint } from '../terminal/paint.ts';
import { createWrapWriter } from './wrap-writer.ts';
import { verdictText } from './render-review.ts';

const options: AdviceSettings = {
  model: ' (--model)',
  effort: ' (--effort ROLE=low)',
  outputLimit: ' (--max-output-tokens ROLE=N)',
  budget: ' (--max-tokens, --max-cost)',
};

/** The lines of `summaryLines`, broken at spaces where they are longer than the terminal has columns. */
export function summaryText(run: RunState, paint: Paint, columns: number | undefined): string {
  const lines = summaryLines(run, paint);
  if (columns === undefined) return lines.join('\n');
  const writer = createWrapWriter({ paint, columns: () => columns });
  // In a narrow window the indentation would take the place of the text.
  writer.setPrefix({ rest: ' '.repeat(columns < 40 ? 2 : labelColumns) });
  for (const line of lines) writer.push(`${line}\n`);
  return writer.take().trimEnd();
}

/** The summary of an ended run: status, stages, files, tokens and time. */
export function summaryLines(run: RunState, paint: Paint): string[] {
  const rows: [string, string][] = [
    ...failureRows(run),
    ...(run.status === 'cancelled' ? cancelledRows(run) : []),
    ...(run.stages.length === 0 ? [] : [['stages', stagesText(run.stages)] as [string, string]]),
    ...reviewRows(run),
    ...fileRows(run),
    ['tokens', tokens(run.usage)],
    ...(run.cost === undefined ? [] : [['cost', totalCostText(run.cost)] as [string, string]]),
    ...(budgetText(run) === '' ? [] : [['budget', cleanLine(budgetText(run))] as [string, string]]),
    ['time', duration(between(run.startedAt ?? run.queuedAt, run.endedAt))],
    ['run', cleanLine(run.runId)],
    ...rerunRows(run),
  ];
  return [
    headline(run, paint),
    ...rows.map(([name, value]) => `${paint('dim', name.padEnd(labelColumns - 1))} ${value}`),
  ];
}

/** The columns of the labels, and the space after them. */
const labelColumns = 8;

function headline(run: RunState, paint: Paint): string {
  switch (run.status) {
    case 'completed': {
      const verdict = run.verdict ?? 'none';
      const style = verdict === 'approved' || verdict === 'none' ? 'green' : 'yellow';
      return paint(style, `── completed · ${verdictText(verdict)} ──`);
    }
    case 'failed':
      return paint('red', `── failed · ${run.failure?.code ?? 'INTERNAL'} ──`);
    case 'cancelled':
      return paint('yellow', '── cancelled ──');
    case 'queued':
    case 'running':
      return `── ${run.status} ──`;
    default:
      return `── ${cleanLine(run.status satisfies never)} ──`;
  }
}

function failureRows({ failure, stages }: RunState): [string, string][] {
  if (failure === undefined) return [];
  const last = stages.at(-1);
  const where = last === undefined ? '' : `, in stage ${last.stage} (${cleanLine(last.role)})`;
  return [
    ['what', `${failureTable[failure.code]}${where}`],
    ['why', cleanLine(failure.message, 1000)],
    ['next', failureAdvice(failure, options)],
  ];
}

function cancelledRows({ commands }: RunState): [string, string][] {
  const command = commands.findLast(
    (it) =>
      it.kind === 'cancel' &&
      it.status === 'applied' &&
      it.command.kind === 'cancel' &&
      it.command.target === 'run',
  );
  if (command?.command.kind !== 'cancel') return [];
  const { reason } = command.command;
  const by = cleanLine(command.actor.name ?? command.actor.id, 80);
  return [['by', reason === undefined ? by : `${by}: “${cleanLine(reason)}”`]];
}

function reviewRows({ review, status, verdict }: RunState): [string, string][] {
  if (status !== 'completed' || verdict !== 'changes_requested' || review === null) return [];
  const counts = Map.groupBy(review.issues, (issue) => issue.severity);
  const each = [...counts].map(([severity, issues]) => `${issues.length} ${cleanLine(severity)}`).join(', ');
  return [['left', `${counted(review.issues.length, 'issue')} in the last review (${each}), see above`]];
}

/** How to run the stage again that ended the run, without those before it. */
function rerunRows({ status, runId }: RunState): [string, string][] {
  if (status !== 'failed' && status !== 'cancelled') return [];
  return [['rerun', `${commandName} run --from ${cleanLine(runId)}`]];
}

/** The files that the roles wrote, without the context files. */
function fileRows({ files }: RunState): [string, string][] {
  const written = files.filter(({ from }) => from === 'stage');
  if (written.length === 0) return [];
  const names = written.map(
    ({ path, elided }) => `${cleanFileName(path)}${elided === undefined ? '' : ' (parts omitted)'}`,
  );
  return [['files', names.join(' · ')]];
}

function stagesText(stages: readonly StageState[]): string {
  const own = stages.filter(({ attempts }) => attempts.at(-1)?.inheritedFrom === undefined);
  const inherited = stages.length - own.length;
  return [...(inherited === 0 ? [] : [`${inherited} inherited`]), ...own.map(stageText)].join(' · ');
}

function stageText({ role, status, finishReason, attempts }: StageState): string {
  const own = attempts.filter(({ inheritedFrom }) => inheritedFrom === undefined);
  const took = between(own[0]?.startedAt, own.at(-1)?.endedAt);
  const odd = [
    ...(attempts.length > 1 ? [`${attempts.length} attempts`] : []),
    ...(status === 'completed' ? [] : [status]),
    ...(finishReason === 'length' ? ['truncated'] : []),
  ];
  return `${cleanLine(role)} ${duration(took)}${odd.length === 0 ? '' : ` (${odd.join(', ')})`}`;
}

function between(from: string | undefined, to: string | undefined): number {
  return from === undefined || to === undefined ? 0 : Date.parse(to) - Date.parse(from);
}
