import { fold, type Run, type RunState, type Stagewire } from '@stagewire/client';
import { cleanText } from '../render/clean-text.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { jsonLine } from '../render/json-line.ts';
import { createRunRenderer } from '../render/render-run.ts';
import { summaryLines } from '../render/render-summary.ts';

/** How a run is shown: the options of `run` and `watch`. */
export interface ViewOptions {
  /** Only the events, each as a line of JSON. */
  readonly json?: boolean;
  readonly raw?: boolean;
  /** False: without reasoning. */
  readonly reasoning: boolean;
}

export interface WatchRunOptions {
  readonly client: Stagewire;
  readonly run: Run;
  readonly view: ViewOptions;
  /** Called with the state after every event, including heartbeats. */
  readonly onEvent?: (state: RunState) => void;
  /** Ends the subscription with an error. */
  readonly signal: AbortSignal;
}

/** Shows a run from its first event to its last one, and a summary. @returns the final state. */
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
      options.onEvent?.(state);
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

/** How often a wait is reported if there is no status line, in milliseconds. */
const reportAgainMs = 10_000;

/** Shows what the run waits for: in the status line of a terminal, otherwise now and then on standard error. */
function showWaiting({ screen, paint, clock }: CliContext, client: Stagewire) {
  let since: number | undefined;
  let reportedAtMs = 0;
  let lost = false;
  let reported: string | undefined;
  const report = (text: string) => {
    if (text === reported) return;
    reported = text;
    if (screen.live) screen.showStatus(paint('yellow', text));
    else screen.note(text);
  };
  const stop = client.onConnection(({ status, error }) => {
    if (error !== undefined && status !== 'refused') {
      lost ||= status !== 'open';
      return report(`${cleanText(error.message)} Retrying.`);
    }
    if (status === 'lost') {
      lost = true;
      report('Connection to the server lost; reconnecting.');
    }
    if (status !== 'open') return;
    reported = undefined;
    if (screen.live) screen.showStatus(undefined);
    else if (lost) screen.note('Reconnected to the server.');
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
      if (now - since < reportAgainMs || now - reportedAtMs < reportAgainMs) return;
      reportedAtMs = now;
      screen.note(text);
    },
    end() {
      stop();
      screen.showStatus(undefined);
    },
  };
}
