import { mayCall, randomCommandId, type RunEvent, type RunState, type Stagewire } from '@stagewire/client';
import { defaultRoles } from '@stagewire/shared/default-roles';
import type { Clock } from '@stagewire/server/runtime/clock';
import { cleanLine, cleanText } from '../render/clean-text.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { sendDraft } from './draft-command.ts';
import { createRunControls } from './run-controls.ts';

export interface LiveControlsOptions {
  readonly client: Stagewire;
  /** What Ctrl-C does, for the list of keys. */
  readonly onInterruptText: string;
  /** Appends a line to the output. */
  readonly onLine: (text: string) => void;
}

/** The keys of a terminal that shows a run, and the rows below its text. */
export interface LiveControls {
  noteEvent(event: RunEvent, state: RunState): void;
  /** Shows what the run waits for, in the last row. */
  showStatus(line: string | undefined): void;
  /**
   * Stops reading keys and removes the rows. A text that was not sent is shown, so that it is not lost; while it is still
   * being typed, its keys are read for a moment longer, since the shell would take them for a command.
   */
  end(): Promise<void>;
}

/** @returns `undefined` if there is no keyboard. */
export function startLiveControls(
  context: CliContext,
  options: LiveControlsOptions,
): LiveControls | undefined {
  const { keys, screen, paint, clock } = context;
  const { client, onInterruptText, onLine } = options;
  if (keys === undefined) return undefined;
  let status: string | undefined;
  let shown = '';
  let roles: readonly string[] = defaultRoles;
  // The default roles are those of this version: without an answer they are the best guess.
  client.info().then(
    (info) => {
      roles = info.roles.map(({ role }) => role);
      show();
    },
    () => undefined,
  );
  /** Until the caller is known, the server decides. */
  const canControl = (runId: string) =>
    client.identity === undefined || mayCall(client.identity, 'runs.steer', runId);

  const show = () => {
    const maxRows = Math.max(1, Math.floor(screen.rows / 2));
    const rows = controls.rows({ status, columns: screen.columns - 1, maxRows });
    screen.showCursor(!controls.isTyping);
    if (rows.join('\n') === shown) return;
    shown = rows.join('\n');
    screen.showBelow(rows);
  };
  const controls = createRunControls({
    paint,
    roles: () => roles,
    canControl,
    onInterruptText,
    createCommandId: randomCommandId,
    send: (draft, state, commandId) => sendDraft(draft, { client, state, commandId }),
    onChange: show,
    onLine,
  });
  let lastKeyMs = -Infinity;
  const stopKeys = keys.start((key) => {
    lastKeyMs = clock.elapsed();
    controls.key(key);
  });
  const stopResize = screen.onResize(show);
  return {
    noteEvent(event, state) {
      controls.noteEvent(event, state);
      show();
    },
    showStatus(line) {
      if (line === status) return;
      status = line;
      show();
    },
    async end() {
      const wasTyping = controls.isTyping;
      stopResize();
      screen.showCursor(true);
      screen.showBelow([]);
      const endedMs = clock.elapsed();
      const isStillTyped = () =>
        clock.elapsed() - lastKeyMs < quietMs && clock.elapsed() - endedMs < longestMs;
      if (wasTyping) while (isStillTyped()) await pause(clock, quietMs / 4);
      stopKeys();
      for (const text of controls.unsentTexts()) screen.note(unsentNote(text));
    },
  };
}

/** Nothing was typed for so long: the user has seen that the run has ended, in milliseconds. */
const quietMs = 800;
/** The keys are not kept from the shell for longer, in milliseconds. */
const longestMs = 5000;

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

function unsentNote(text: string): string {
  return text.includes('\n') ? `Not sent:\n${cleanText(text)}` : `Not sent: ${cleanLine(text, text.length)}`;
}
