import { targetOf, type AttemptTarget, type RunState } from '@stagewire/client';
import { counted } from '@stagewire/shared/units/count';
import { cleanLine, cleanText } from '../render/clean-text.ts';
import { wrapRows } from '../render/wrap-rows.ts';
import type { Paint } from '../terminal/paint.ts';
import { graphemesOf, widthOf } from '../terminal/text-width.ts';
import { excessChars, isOutdated, modeOf, type Draft, type SteerMode } from './draft.ts';
import type { EditedText } from './line-editor.ts';

export interface RowsOptions {
  readonly paint: Paint;
  /** The columns that a row may fill. */
  readonly columns: number;
  readonly maxRows: number;
}

/** A window below this number of columns gets the short words. */
const wideColumns = 60;
/** A window below this number of rows for a draft has no empty row above it. */
const roomyRows = 8;

/** The rows of a command that is being typed: what it does and to which stage, the text, and the keys. */
export function draftRows(draft: Draft, state: RunState, options: RowsOptions): string[] {
  const { paint, columns, maxRows } = options;
  const isWide = columns >= wideColumns;
  const excess = excessChars(draft);
  const problems = [
    ...(isOutdated(draft, state) ? [movedText(draft, state, isWide)] : []),
    ...(excess === 0 ? [] : [`Too long by ${counted(excess, 'character')}.`]),
  ];
  const warned = problems.flatMap((text) => wrapRows(text, columns).map((row) => paint('yellow', row)));
  return [
    ...(maxRows < roomyRows ? [] : ['']),
    ...wrapRows(summaryText(draft, state, isWide), columns).map((row) => paint('magenta', row)),
    ...warned,
    ...inputRows(draft.line, { columns, maxRows: Math.max(1, Math.min(6, Math.floor(maxRows / 3))) }),
    paint('dim', keysText(draft, isWide)),
  ];
}

/** `Coder, stage 2`. */
function nameOf(target: AttemptTarget | null): string {
  if (target === null) return 'the first stage';
  const role = cleanLine(target.role, 40);
  return `${role.charAt(0).toUpperCase()}${role.slice(1)}, stage ${target.stage}`;
}

function summaryText(draft: Draft, state: RunState, isWide: boolean): string {
  const name = nameOf(draft.seen);
  switch (draft.kind) {
    case 'steer': {
      const mode = modeOf(draft, state);
      const subject = mode === 'next' ? 'the next stage' : 'this stage';
      const only = `${subject} only`;
      const scope = draft.scope === 'stage' ? only : `${subject} and later ones`;
      return isWide
        ? `Steer ${name}: ${modeTexts[mode].long}; ${scope}`
        : `Steer ${name}: ${modeTexts[mode].short}${draft.scope === 'stage' ? `, ${only}` : ''}`;
    }
    case 'redirect': {
      const roles = draft.roles.map((role) => (role === draft.to ? `[${cleanLine(role)}]` : cleanLine(role)));
      return isWide
        ? `Redirect from ${name} to ${roles.join(' ')}`
        : `Redirect ${name} to [${cleanLine(draft.to)}]`;
    }
    case 'cancel':
      if (draft.target === 'run')
        return isWide ? 'Cancel the run: it ends, and its text is kept' : 'Cancel the run';
      return isWide ? `Cancel ${name}: its text is kept, and the run continues` : `Cancel ${name}`;
    default:
      draft satisfies never;
      return '';
  }
}

const modeTexts: Readonly<Record<SteerMode, { readonly long: string; readonly short: string }>> = {
  continue: { long: 'continue its text with the instruction', short: 'continue' },
  restart: { long: 'restart it with the instruction and its draft', short: 'restart' },
  'restart-without-draft': { long: 'restart it without its draft', short: 'restart, no draft' },
  next: { long: 'for the next stage, without a stop', short: 'next stage' },
};

function movedText(draft: Draft, state: RunState, isWide: boolean): string {
  const now = nameOf(targetOf(state));
  const from = draft.seen === null ? 'before the first stage' : `in ${nameOf(draft.seen)}`;
  return isWide
    ? `You started typing ${from}. The run is now in ${now}. Ctrl-T targets ${now}; Esc leaves.`
    : `The run is now in ${now}. Ctrl-T: target it.`;
}

function keysText(draft: Draft, isWide: boolean): string {
  const choices = {
    steer: isWide ? 'Tab mode · Shift-Tab scope' : 'Tab mode',
    redirect: 'Tab role',
    cancel: 'Tab stage or run',
  }[draft.kind];
  const optional = { steer: '', redirect: ' (the text is optional)', cancel: ' (a reason is optional)' }[
    draft.kind
  ];
  return isWide ? `Enter sends${optional} · ${choices} · Esc leaves` : `Enter · ${choices} · Esc`;
}

const prompt = '› ';
const inverse = '\u001b[7m';
const notInverse = '\u001b[27m';

/** The text with its cursor, which is drawn: the terminal's own cursor stays at the end of the output. */
function inputRows(line: EditedText, { columns, maxRows }: { columns: number; maxRows: number }): string[] {
  const rows = [''];
  let left = Math.max(2, columns - prompt.length);
  let cursorRow = 0;
  const newRow = () => {
    rows.push('');
    left = Math.max(2, columns - prompt.length);
  };
  const add = (shown: string, isCursor: boolean) => {
    const width = widthOf(shown);
    if (width > left) newRow();
    left -= width;
    rows[rows.length - 1] += isCursor ? `${inverse}${shown}${notInverse}` : shown;
    if (isCursor) cursorRow = rows.length - 1;
  };
  let at = 0;
  for (const grapheme of graphemesOf(line.text)) {
    const isCursor = at === line.cursor;
    at += grapheme.length;
    if (grapheme === '\n') {
      if (isCursor) add(' ', true);
      newRow();
    } else add(grapheme === '\t' ? ' ' : cleanText(grapheme), isCursor);
  }
  if (line.cursor >= line.text.length) add(' ', true);
  const first = Math.max(0, Math.min(cursorRow - maxRows + 1, rows.length - maxRows));
  return rows.slice(first, first + maxRows).map((row, index) => (index + first === 0 ? prompt : '  ') + row);
}
