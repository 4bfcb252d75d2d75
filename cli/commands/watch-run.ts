import { fold, type Run, type RunState, type Stagewire } from '@stagewire/client';
import { cleanText } from '../render/clean-text.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { jsonLine } from '../render/json-line.ts';
import { startLiveControls, type LiveControls } from '../live/live-controls.ts';
import { createRunRenderer } from '../render/render-run.ts';
import { summaryText } from '../render/render-summary.ts';

/** How a run is shown: the options of `run` and `watch`. */
export interface ViewOptions {
  /** Only the events, each as a line of JSON. */
  readonly json?: boolean;
  readonly raw?: boolean;
  /** False: without reasoning. */
  readonly reasoning: boolean;
  /** False: keys are not read, even on a terminal. */
  readonly keys: boolean;
}

export interface WatchRunOptions {
  readonly client: Stagewire;
  readonly run: Run;
  readonly view: ViewOptions;
  /** What Ctrl-C does, for the list of keys. */
  readonly onInterruptText: string;
  /** Called with the state after every event, including heartbeats. */
  readonly onEvent?: (state: RunState) => void;
  /** Ends the subscription with an error. */
  readonly signal: AbortSignal;
}

/** Shows a run from its first event to its last one, and a summary. @returns the final state. */
export async function watchRun(context: CliContext, options: WatchRunOptions): Promise<RunState> {
  const { screen, paint } = context;
  const { client, run, view, signal, onInterruptText } = options;
  const isJson = view.json === true;
  const columns = screen.live ? () => screen.columns : undefined;
  const renderer = createRunRenderer({ paint, raw: view.raw === true, columns });
  const controls =
    isJson || !view.keys
      ? undefined
      : startLiveControls(context, {
          client,
          onInterruptText,
          onLine: (line) => void screen.write(renderer.addLine(line)),
        });
  const waiting = showWaiting(context, client, controls);
  let state: RunState | undefined;
  try {
    for await (const event of run.events({
      signal,
      ...(view.reasoning ? {} : { include: { reasoning: false } }),
    })) {
      state = fold(state, event);
      options.onEvent?.(state);
      if (isJson) {
        await screen.write(`${jsonLine(event)}\n`);
        continue;
      }
      const { text, status } = renderer.render(event);
      controls?.noteEvent(event, state);
      await screen.write(text);
      waiting.show(status);
    }
  } finally {
    waiting.end();
    await controls?.end();
  }
  if (state === undefined) throw new Error('The run has no events.');
  if (!isJson) await screen.write(`${summaryText(state, paint, columns?.())}\n`);
  return state;
}

/** How often a wait is reported if there is no status line, in milliseconds. */
const reportAgainMs = 10_000;

/** Shows what the run waits for: in the status line of a terminal, otherwise now and then on standard error. */
function showWaiting(
  { screen, paint, clock }: CliContext,
  client: Stagewire,
  controls: LiveControls | undefined,
) {
  const showStatus = (line: string | undefined) => (controls ?? screen).showStatus(line);
  let since: number | undefined;
  let reportedAtMs = 0;
  let lost = false;
  let transport = client.connection.transport;
  let reported: string | undefined;
  const report = (text: string) => {
    if (text === reported) return;
    reported = text;
    if (screen.live) showStatus(paint('yellow', text));
    else screen.note(text);
  };
  const stop = client.onConnection(({ status, error, transport: current }) => {
    if (status === 'open' && current !== transport) {
      transport = current;
      screen.note(
        current === 'sse'
          ? 'WebSockets do not get through to the server. Following over HTTP; a WebSocket is tried every minute.'
          : 'A WebSocket gets through to the server now.',
      );
    }
    if (error !== undefined && status !== 'refused') {
      lost ||= status !== 'open' || error.code === 'SILENT';
      const message = cleanText(error.message);
      // What a narrow window cuts off is the reason, not that the command continues.
      return report(screen.live ? `Retrying. ${message}` : `${message} Retrying.`);
    }
    if (status === 'lost') {
      lost = true;
      report('Connection to the server lost; reconnecting.');
    }
    if (status !== 'open') return;
    reported = undefined;
    if (screen.live) showStatus(undefined);
    else if (lost) screen.note('Reconnected to the server.');
    lost = false;
  });
  return {
    show(text: string | undefined) {
      if (screen.live) return showStatus(text === undefined ? undefined : paint('dim', `· ${text}`));
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
      showStatus(undefined);
    },
  };
}
