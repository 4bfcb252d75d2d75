import { counted, grouped } from '@stagewire/shared/units/count';
import type {
  ArtifactSkipped,
  CommandAccepted,
  FailureReason,
  Lineage,
  RunEvent,
  RunQueued,
  RunRecovered,
} from '@stagewire/client';
import { cleanFileName, cleanLine } from './clean-text.ts';
import type { Paint } from '../terminal/paint.ts';
import { acceptedLine, linkLine, outcomeLine } from './render-command.ts';
import { recordedLines, removedLine, skippedLines } from './render-files.ts';
import { issueLines, verdictLines } from './render-review.ts';
import {
  cancelledLine,
  completedLine,
  failedLine,
  interruptedLine,
  stageHeader,
  reasoningWarning,
} from './render-stage.ts';
import { waitingText } from './render-waiting.ts';
import { createTerminalTranscript } from './terminal-transcript.ts';
import { createTranscript } from './transcript.ts';

export interface RenderRunOptions {
  readonly paint: Paint;
  /** Whether the reviewer's raw JSON is shown in addition to its issues. @default false */
  readonly raw?: boolean;
  /**
   * The columns of the terminal now: rows are broken at spaces, and Markdown is formatted. @default the text as it is, as
   * for a pipe
   */
  readonly columns?: (() => number) | undefined;
}

export interface Rendered {
  /** Appended to the output; may be empty. */
  readonly text: string;
  /** What the run waits for now, in one line; `undefined` if it is not waiting. */
  readonly status: string | undefined;
}

/** Converts the events of a run, in order, to terminal output. It writes nothing itself. */
export interface RunRenderer {
  render(event: RunEvent): Rendered;
  /** A line that is not an event. @returns what is appended to the output. */
  addLine(text: string): string;
}

export function createRunRenderer({ paint, raw = false, columns }: RenderRunOptions): RunRenderer {
  const transcript =
    columns === undefined ? createTranscript(paint) : createTerminalTranscript({ paint, columns });
  const commands = new Map<string, CommandAccepted>();
  /** Stages whose text is JSON, which is not shown. */
  const jsonStages = new Set<number>();
  /** Skipped blocks of the current text: shown together, after its files. */
  const skipped: ArtifactSkipped[] = [];
  /** The text of the attempt so far, including the text that it continues. */
  let written = '';
  /** Messages of issues that were already shown while the attempt streamed. */
  const shownIssues = new Set<string>();
  /** Why the previous attempt was not usable, for the header of the next one. */
  let failed: FailureReason | undefined;

  /** What was inherited is named, and not shown again. */
  const addCopy = (event: RunEvent): void => {
    if (event.type === 'stage.started') written = written.slice(0, event.keptChars);
    if (event.type === 'stage.delta') written += event.text;
    if (event.type !== 'stage.started' || event.attempt > 1) return;
    const runId = cleanLine(event.inheritedFrom?.runId ?? '');
    transcript.line(
      paint('dim', `── stage ${event.stage} · ${cleanLine(event.role)} · inherited from ${runId} ──`),
    );
  };

  const add = (event: RunEvent): string | undefined => {
    const { line, gap } = transcript;
    if (event.inheritedFrom !== undefined && event.type !== 'input.recorded') {
      addCopy(event);
      return undefined;
    }
    switch (event.type) {
      case 'run.queued':
        for (const text of queuedLines(event, paint)) line(text, { hangColumns: labelColumns });
        return undefined;
      case 'input.recorded':
        line(
          `${paint('dim', 'file')}    ${cleanFileName(event.path)}, ${counted(event.text.length, 'character')}`,
        );
        return undefined;
      case 'run.started':
        return undefined;
      case 'run.planned':
        if (event.cause === 'start') return undefined;
        line(`${paint('dim', 'next')}: ${event.roles.length === 0 ? 'nothing' : rolesText(event.roles)}`);
        return undefined;
      case 'run.recovered':
        gap();
        line(paint('yellow', recoveredText(event)));
        return undefined;
      case 'stage.started':
        if (event.format === 'json' && !raw) jsonStages.add(event.stage);
        gap();
        line(stageHeader(event, paint, failed));
        failed = undefined;
        shownIssues.clear();
        written = written.slice(0, event.keptChars);
        transcript.startText(written, event.format === 'json' ? 'plain' : 'markdown');
        return undefined;
      case 'stage.reasoning':
        transcript.reasoning(event.text);
        return undefined;
      case 'stage.delta':
        if (jsonStages.has(event.stage)) {
          return `${cleanLine(event.role)} · ${grouped(event.offset + event.text.length)} characters written`;
        }
        written += event.text;
        transcript.text(event.text);
        if (transcript.heldRows === 0) return undefined;
        return `${cleanLine(event.role)} · writing a table, ${counted(transcript.heldRows, 'row')}`;
      case 'stage.completed':
        for (const text of reasoningWarning(written, paint)) line(text);
        line(completedLine(event, paint));
        return undefined;
      case 'stage.interrupted':
        line(interruptedLine(event, paint));
        return undefined;
      case 'stage.cancelled':
        line(cancelledLine(event, paint));
        return undefined;
      case 'stage.failed':
        for (const text of reasoningWarning(written, paint)) line(text);
        line(failedLine(event, paint));
        failed = event.failure.reason;
        return undefined;
      case 'review.noted':
        shownIssues.add(event.issue.message);
        for (const text of issueLines(event.issue, paint)) line(text);
        return undefined;
      case 'review.recorded':
        for (const issue of event.issues.filter(({ message }) => !shownIssues.has(message))) {
          for (const text of issueLines(issue, paint)) line(text);
        }
        for (const text of verdictLines(event, paint)) line(text);
        return undefined;
      case 'artifact.recorded':
        for (const text of recordedLines(event, paint)) line(text);
        return undefined;
      case 'artifact.removed':
        line(removedLine(event, paint));
        return undefined;
      case 'artifact.skipped':
        skipped.push(event);
        return undefined;
      case 'command.accepted':
        commands.set(event.commandId, event);
        line(acceptedLine(event, paint));
        return undefined;
      case 'command.applied':
      case 'command.dropped':
        line(outcomeLine(event, commands.get(event.commandId), paint));
        return undefined;
      case 'run.shared':
      case 'run.unshared':
        line(linkLine(event, paint));
        return undefined;
      case 'run.completed':
      case 'run.failed':
      case 'run.cancelled':
        // The summary describes the whole run.
        gap();
        return undefined;
      case 'run.waiting':
      case 'stage.waiting':
        return waitingText(event);
      default:
        event satisfies never;
        return undefined;
    }
  };

  return {
    render(event) {
      if (skipped.length > 0 && !isOfFiles(event)) {
        const hasRepair = event.type === 'stage.failed' && event.retryInMs !== undefined;
        for (const text of skippedLines(skipped.splice(0), paint, hasRepair)) transcript.line(text);
      }
      const status = add(event);
      return { text: transcript.take(), status };
    },
    addLine(text) {
      transcript.line(text);
      return transcript.take();
    },
  };
}

/** The columns of the labels that the first lines begin with. */
const labelColumns = 8;

function isOfFiles({ type }: RunEvent): boolean {
  return type === 'artifact.recorded' || type === 'artifact.removed' || type === 'artifact.skipped';
}

function queuedLines(event: RunQueued, paint: Paint): string[] {
  const { runId, task, pipeline, models, settings = {}, labels, from } = event;
  const refinements = pipeline.roles.includes('refiner')
    ? `, ${refinementsText(pipeline.maxRefinements)}`
    : '';
  const rows: [string, string][] = [
    ['run', paint('bold', cleanLine(runId))],
    ...(from === undefined ? [] : [['from', fromText(from)] as [string, string]]),
    ['task', cleanLine(task)],
    ['roles', `${rolesText(pipeline.roles)}${refinements}`],
  ];
  const labelled = Object.entries(labels);
  const { default: model, ...perRole } = models;
  const modelTexts = [...(model === undefined ? [] : [cleanLine(model)]), ...pairs(Object.entries(perRole))];
  if (modelTexts.length > 0) rows.push(['models', modelTexts.join(', ')]);
  const roleSettings = Object.entries(settings);
  const efforts = roleSettings.flatMap(([role, { effort }]) =>
    effort === undefined ? [] : [ofRole(role, effort)],
  );
  const outputs = roleSettings.flatMap(([role, { maxOutputTokens }]) =>
    maxOutputTokens === undefined ? [] : [ofRole(role, counted(maxOutputTokens, 'token'))],
  );
  if (efforts.length > 0) rows.push(['effort', efforts.join(', ')]);
  if (outputs.length > 0) rows.push(['output', `at most ${outputs.join(', ')}`]);
  if (labelled.length > 0) rows.push(['labels', pairs(labelled).join(', ')]);
  return rows.map(([name, value]) => `${paint('dim', name.padEnd(labelColumns - 1))} ${value}`);
}

function fromText({ runId, stage, attempt }: Lineage): string {
  if (stage === undefined) return `${cleanLine(runId)}, as a follow-up`;
  return `${cleanLine(runId)}, stage ${stage}${attempt === undefined ? '' : `, attempt ${attempt}`}`;
}

/** The limit of refinement stages; a limit of 0 disables them. */
function refinementsText(maxRefinements: number): string {
  return maxRefinements === 0 ? 'no refinements' : `at most ${counted(maxRefinements, 'refinement')}`;
}

function rolesText(roles: readonly string[]): string {
  return roles.map((role) => cleanLine(role)).join(' → ');
}

/** A setting for all roles has no prefix, as the default model has none. */
function ofRole(role: string, value: string): string {
  return role === 'default' ? cleanLine(value) : `${cleanLine(role)}=${cleanLine(value)}`;
}

function pairs(entries: readonly (readonly [string, string])[]): string[] {
  return entries.map(([name, value]) => `${cleanLine(name)}=${cleanLine(value)}`);
}

function recoveredText({ reason }: RunRecovered): string {
  const why = {
    restart: 'The server was restarted',
    takeover: 'Another server took over',
    log: 'The event log is writable again',
  }[reason];
  return `${why}: the run continues.`;
}
