import { StrictMode, useLayoutEffect, type ReactNode } from 'react';
import { createRoot, hydrateRoot, type Root } from 'react-dom/client';
import { connect, type AttemptPlace, type RunState } from '@stagewire/client';
import { StagewireProvider, type UseRun } from '@stagewire/client/react';
import {
  RenderedApp,
  ShownFile,
  ShownFiles,
  ShownPrompt,
  ShownRun,
  ShownRuns,
  ShownStage,
  type Watcher,
} from './shown-run.tsx';

/** What a test may do with the page, and read of it. */
export interface ReactPage {
  /** Shows these parts: `run …`, `stage <n> …`, `file <path> <n.n>` and `prompt <n.n>` of the run, or `list`; two of a kind need names of their own. */
  mount(options: MountOptions): Promise<void>;
  /** Takes over what a server rendered. */
  hydrate(options: { readonly url: string; readonly initial: RunState }): void;
  unmount(): void;
  readonly renders: Record<string, number>;
  /** Pictures that the screen has shown since the last `mount`. */
  pictures: number;
  /** Lengths of the text, as often as they changed. */
  readonly lengths: number[];
  /** Commits in which two components showed one run in two ways. */
  torn: number;
  /** What React and the page complained about. */
  readonly complaints: string[];
  run?: UseRun;
}

export interface MountOptions {
  readonly url: string;
  readonly runId: string;
  readonly parts: readonly string[];
  readonly strict?: boolean;
  /** Open the socket first, for something else, until the first `unmount`. */
  readonly warm?: boolean;
}

let root: Root | undefined;
const unmounted = new AbortController();
const complaints: string[] = [];
const page: ReactPage = {
  renders: {},
  pictures: 0,
  lengths: [],
  torn: 0,
  complaints,
  async mount({ url, runId, parts, strict = false, warm = false }) {
    const client = connect({ url, idleCloseMs: 200 });
    if (warm) await client.feed({ signal: unmounted.signal }).next();
    const shown = parts.map((part) => <Part key={part} name={part} runId={runId} />);
    const app = (
      <StagewireProvider client={client}>
        {shown}
        <TearWatch runId={runId} />
      </StagewireProvider>
    );
    root = createRoot(placeForApp());
    page.pictures = 0;
    root.render(strict ? <StrictMode>{app}</StrictMode> : app);
  },
  hydrate({ url, initial }) {
    root = hydrateRoot(placeForApp(), <RenderedApp url={url} initial={initial} watcher={watcher} />, {
      onRecoverableError: (error) => complaints.push(String(error)),
    });
  },
  unmount() {
    root?.unmount();
    unmounted.abort();
  },
};
const watcher: Watcher = {
  rendered(name) {
    page.renders[name] = (page.renders[name] ?? 0) + 1;
  },
  saw(run) {
    page.run = run;
    const length = run.state?.stages[0]?.attempts.at(-1)?.text.length ?? 0;
    if (page.lengths.at(-1) !== length) page.lengths.push(length);
  },
};

function Part({ name, runId }: { readonly name: string; readonly runId: string }): ReactNode {
  const [kind, number = '', place] = name.split(' ');
  if (kind === 'list') return <ShownRuns watcher={watcher} />;
  if (kind === 'stage')
    return <ShownStage runId={runId} name={name} watcher={watcher} stage={Number(number)} />;
  const common = { runId, name, watcher };
  if (kind === 'file') return <ShownFile {...common} path={number} at={placeIn(place)} />;
  if (kind === 'files') return <ShownFiles {...common} at={placeIn(number)} />;
  if (kind === 'prompt') return <ShownPrompt {...common} at={placeIn(number)} />;
  return <ShownRun runId={runId} name={name} watcher={watcher} />;
}

/** `1.2`: the second attempt of stage 1. */
function placeIn(text: string | undefined): AttemptPlace | undefined {
  const [stage, attempt] = (text ?? '').split('.').map(Number);
  return stage === undefined || attempt === undefined ? undefined : { stage, attempt };
}

/** Looks after every commit whether all that show the run show the same. */
function TearWatch({ runId }: { readonly runId: string }): ReactNode {
  useLayoutEffect(() => {
    const look = new MutationObserver(() => {
      const texts = Array.from(document.querySelectorAll('[data-name^="run"] pre'), (it) => it.textContent);
      if (new Set(texts).size > 1) page.torn += 1;
    });
    look.observe(document.body, { subtree: true, childList: true, characterData: true });
    return () => look.disconnect();
  }, [runId]);
  return null;
}

function placeForApp(): HTMLElement {
  const place = document.getElementById('app');
  if (place === null) throw new Error('The page has no place for the app.');
  return place;
}

addEventListener('error', (event) => complaints.push(event.message));
addEventListener('unhandledrejection', (event) => complaints.push(`unhandled: ${String(event.reason)}`));
const count = () => {
  page.pictures += 1;
  requestAnimationFrame(count);
};
requestAnimationFrame(count);
Object.assign(window, { page });
