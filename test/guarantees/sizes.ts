/**
 * How much each guarantee test does: the short form in `npm test`, the long one in `npm run test:long`. The file
 * named after a promise says what its numbers mean.
 */
const short = {
  oneOrder: { runs: 3, followers: 50 },
  exactlyOnce: { clients: 40, seconds: 6, handovers: 4 },
  kill: { kills: 3, followers: 20, liveRuns: 50, startsPerKill: 9 },
  noSeam: { follows: 200, sockets: 8 },
  idempotent: { sends: 100 },
  cancel: { runs: 400 },
  slowReader: { megabytes: 12 },
  malformed: { messages: 10_000, drippers: 20 },
  churn: { warmUp: 100, rounds: 3, visits: 80 },
  feed: { runs: 300 },
  endurance: {
    seconds: 7,
    live: 10,
    subscribers: 3,
    killEveryMs: 5000,
    outagesMs: [800],
    tokensPerSecond: 60,
    chars: 240,
  },
  nodes: {
    runs: 6,
    outagesMs: [1500],
    chars: 800,
    deployRuns: 10,
    deploys: 1,
    subscribersPerRun: 2,
    frozenMs: 3500,
    endlessRuns: 3,
  },
  attacks: {
    secondsEach: 0,
    longRunChars: 8_000_000,
    followedRuns: 256,
    followingSockets: 4,
    deafSockets: 100,
    requests: 4,
    askingSockets: 2,
    logLines: 1600,
    begunBytes: 8_000_000,
    largeStarts: 30,
    queuedRuns: 300,
    modelBytes: 100_000_000,
    tokens: 100_000,
  },
} as const;

const long: Sizes = {
  oneOrder: { runs: 40, followers: 50 },
  exactlyOnce: { clients: 200, seconds: 60, handovers: 100 },
  kill: { kills: 20, followers: 100, liveRuns: 300, startsPerKill: 20 },
  noSeam: { follows: 1000, sockets: 20 },
  idempotent: { sends: 2000 },
  cancel: { runs: 10_000 },
  slowReader: { megabytes: 64 },
  malformed: { messages: 100_000, drippers: 200 },
  churn: { warmUp: 1000, rounds: 5, visits: 2000 },
  feed: { runs: 3000 },
  endurance: {
    seconds: 600,
    live: 100,
    subscribers: 3,
    killEveryMs: 60_000,
    outagesMs: [4000, 14_000],
    tokensPerSecond: 10,
    chars: 400,
  },
  nodes: {
    runs: 50,
    outagesMs: [500, 2000, 5000, 8000, 9500],
    chars: 6000,
    deployRuns: 50,
    deploys: 10,
    subscribersPerRun: 4,
    frozenMs: 8000,
    endlessRuns: 20,
  },
  attacks: {
    secondsEach: 25,
    longRunChars: 8_000_000,
    followedRuns: 256,
    followingSockets: 20,
    deafSockets: 400,
    requests: 16,
    askingSockets: 8,
    logLines: 3000,
    begunBytes: 8_388_000,
    largeStarts: 300,
    queuedRuns: 8000,
    modelBytes: 2_000_000_000,
    tokens: 1_000_000,
  },
};

type Sizes = {
  readonly [P in keyof typeof short]: {
    readonly [K in keyof (typeof short)[P]]: (typeof short)[P][K] extends number ? number : readonly number[];
  };
};

export const isLong = process.env['STAGEWIRE_TEST_LONG'] === '1';
export const sizes: Sizes = isLong ? long : short;
/** For one test; far above what it takes, so that only what hangs is cut off. */
export const timeoutMs = isLong ? 900_000 : 60_000;
/** For conditions that come true in moments: on a slow machine in more of them. */
export const eventually = { timeout: 20_000, interval: 10 } as const;
