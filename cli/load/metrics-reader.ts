import type { Clock } from '@stagewire/server/runtime/clock';
import { wait } from '@stagewire/server/runtime/wait';
import { CliProblem } from '../terminal/cli-problem.ts';
import { shownUrl } from '../terminal/why-unreached.ts';
import type { MetricSample } from './metric-sample.ts';
import type { MetricThreshold } from './metric-threshold.ts';

/** Where the metrics of a server are. */
export interface MetricsAddress {
  readonly url: string;
  /** Sent with each request. @default none */
  readonly token?: string | undefined;
}

/** Reads the pages of metrics once per second. */
export interface MetricsReader {
  /** Reads each page once. @throws CliProblem if one cannot be read, or has no metric of a threshold */
  check(): Promise<void>;
  /** Discards all samples, and takes new ones from now on. */
  begin(): void;
  /** Takes the last samples, and stops. */
  end(): Promise<readonly MetricSample[]>;
}

export interface MetricsReaderOptions {
  readonly addresses: readonly MetricsAddress[];
  readonly thresholds: readonly MetricThreshold[];
  readonly clock: Clock;
  /** A page could not be read during the test. */
  readonly onError: () => void;
}

/** The server computes a page once per second at most. */
const everyMs = 1000;
const timeoutMs = 5000;

export function createMetricsReader(options: MetricsReaderOptions): MetricsReader {
  const { addresses, thresholds, clock, onError } = options;
  let samples: MetricSample[] = [];
  let cancel = () => {};
  let reading: Promise<void> = Promise.resolve();

  async function readAll(): Promise<void> {
    await Promise.all(
      addresses.map(async (address) => {
        try {
          samples.push(await readPage(address));
        } catch {
          onError();
        }
      }),
    );
  }

  function readRepeatedly(): void {
    reading = readAll();
    cancel = clock.after(everyMs, readRepeatedly);
  }

  return {
    async check() {
      for (const address of addresses) {
        const { url, names } = await readPage(address);
        for (const { metric } of thresholds) {
          if (!names.has(metric)) throw new CliProblem(missingText(metric, { url, names }));
        }
      }
    },
    begin() {
      if (addresses.length === 0) return;
      cancel();
      samples = [];
      readRepeatedly();
    },
    async end() {
      cancel();
      await reading;
      if (addresses.length === 0) return [];
      // Otherwise the page could be one of before the last runs have ended.
      await wait(clock, everyMs);
      await readAll();
      return samples;
    },
  };
}

interface Page extends MetricSample {
  /** Of all its series. */
  readonly names: ReadonlySet<string>;
}

async function readPage({ url, token }: MetricsAddress): Promise<Page> {
  const text = await fetchPage(url, token);
  const series = [...text.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/gm)].map((match) => ({
    name: match[1] ?? '',
    labels: `,${match[2] ?? ''},`,
    value: Number(match[3]),
  }));
  return {
    url,
    names: new Set(series.map(({ name }) => name)),
    valueOf({ metric, labels }) {
      const wanted = Object.entries(labels).map(([name, value]) => `,${name}="${value}",`);
      return series
        .filter((it) => it.name === metric && wanted.every((label) => it.labels.includes(label)))
        .reduce((sum, it) => sum + it.value, 0);
    },
  };
}

/** @throws CliProblem with one sentence */
async function fetchPage(url: string, token: string | undefined): Promise<string> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      signal: AbortSignal.timeout(timeoutMs),
      // A key goes nowhere else.
      redirect: 'error',
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    text = await response.text();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw unreadable(url, cause instanceof Error ? cause.message : String(cause));
  }
  if (!response.ok) throw unreadable(url, `HTTP status ${response.status}`);
  if (!text.includes('# TYPE stagewire_')) throw unreadable(url, 'it is not a page of metrics');
  return text;
}

function unreadable(url: string, why: string): CliProblem {
  return new CliProblem(
    `The metrics at ${shownUrl(url)}, which a threshold names, cannot be read: ${why}. With authentication the key ` +
      'needs the permission metrics:read, without it only programs on the machine of the server may read them; ' +
      '--metrics-url names another address, such as STAGEWIRE_METRICS_PORT.',
  );
}

function missingText(metric: string, { url, names }: Pick<Page, 'url' | 'names'>): string {
  const isHistogram = names.has(`${metric}_sum`);
  const hint = isHistogram
    ? `It is a histogram: name ${metric}_sum or ${metric}_count.`
    : 'docs/METRICS.md has all of them.';
  return `${shownUrl(url)} has no metric ${metric}. ${hint}`;
}
