import { fold, type Run, type RunState, type Stagewire } from '@stagewire/client';
import { cleanText } from '../render/clean-text.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { createRunRenderer } from '../render/render-run.ts';
import { summaryLines } from '../render/render-summary.ts';

/** How a run is shown, as the options of `run` and `watch` say. */
export interface ViewOptions {
  /** Each event as a line of JSON, and nothing else. */
  readonly json?: boolean;
  readonly raw?: boolean;
  /** False: without reasoning. */
  readonly reasoning: boolean;
}

export interface WatchRunOptions {
  readonly client: Stagewire;
  readonly run: Run;
  readonly view: ViewOptions;
  /** Is told the state behind every event, also one that only says that the run is alive. */
  readonly onHeard?: (state: RunState) => void;
  /** Ends the following with an error. */
  readonly signal: AbortSignal;
}

/** Shows a run from its first event to its last, and a summary. @returns the state it ended in. */
export async function watchRun(context: CliContext, options: WatchRunOptions): Promise<RunState> {
  const { screen, paint } = context;
  const { client, run, view, signal } = options;
  const waiting = showWaiting(context, client);
  const renderer = createRunRenderer({ paint, raw: view.raw === true });
  let state: RunState | undefined;
  try {
    for await (const event of run.events({
      signal,
      ...(view.reasoning ? {} : { include: { reasoning: false } }),
    })) {
      state = fold(state, event);
      options.onHeard?.(state);
      if (view.json === true) {
        await screen.write(`${jsonLine(event)}\n`);
        continue;
      }
      const { text, status } = renderer.render(event);
      await screen.write(text);
      waiting.show(status);
    }
  } finally {
    waiting.end();
  }
  if (state === undefined) throw new Error('The run has no events.');
  if (view.json !== true) await screen.write(`${summaryLines(state, paint).join('\n')}\n`);
  return state;
}

/** Some terminals obey the control characters above ASCII, and JSON leaves them as they are. */
function jsonLine(event: unknown): string {
  return JSON.stringify(event).replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Where the one line cannot be changed, a wait is told again this seldom, in milliseconds. */
const reportAgainMs = 10_000;

/** Shows what the run waits for: on a terminal in one line that changes, else now and then on the standard error. */
function showWaiting({ screen, paint, clock }: CliContext, client: Stagewire) {
  let since: number | undefined;
  let toldAt = 0;
  let lost = false;
  let told: string | undefined;
  const report = (text: string) => {
    if (text === told) return;
    told = text;
    if (screen.live) screen.showStatus(paint('yellow', text));
    else screen.note(text);
  };
  const stop = client.onConnection(({ status, error }) => {
    if (error !== undefined && status !== 'refused') {
      lost ||= status !== 'open';
      return report(`${cleanText(error.message)} Trying again.`);
    }
    if (status === 'lost') {
      lost = true;
      report('The connection to the server is lost; trying again.');
    }
    if (status !== 'open') return;
    told = undefined;
    if (screen.live) screen.showStatus(undefined);
    else if (lost) screen.note('The server is reached again.');
    lost = false;
  });
  return {
    show(text: string | undefined) {
      if (screen.live) return screen.showStatus(text === undefined ? undefined : paint('dim', `· ${text}`));
      if (text === undefined) {
        since = undefined;
        return;
      }
      const now = clock.now();
      since ??= now;
      if (now - since < reportAgainMs || now - toldAt < reportAgainMs) return;
      toldAt = now;
      screen.note(text);
    },
    end() {
      stop();
      screen.showStatus(undefined);
    },
  };
}
