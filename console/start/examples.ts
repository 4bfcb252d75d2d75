/** Small example tasks. */
export const examples: readonly { readonly title: string; readonly task: string }[] = [
  {
    title: 'Rate limiter, TypeScript',
    task: 'A sliding-window rate limiter in TypeScript, per key, with tests. No dependencies.',
  },
  {
    title: 'CSV to JSON, Python',
    task: 'A command line tool in Python that turns CSV into JSON Lines. It streams, handles quoted fields and reports the line of each error.',
  },
  {
    title: 'LRU cache, TypeScript',
    task: 'An LRU cache in TypeScript with a time to live per entry, and tests for the edges.',
  },
  {
    title: 'Log summary, Python',
    task: 'A Python script that reads an access log and prints the ten slowest paths with their 50th and 99th percentile.',
  },
];
