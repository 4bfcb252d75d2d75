/** Milliseconds of CPU that this thread takes for it: neither other processes nor the collector's threads count. */
function cpuMsOf(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

/**
 * The least CPU time of the work, in milliseconds. It is repeated until it takes less than the limit, at most 5 times: a pause of
 * the collector or a busy core can add to one time, and only the work itself adds to all.
 */
export function leastCpuMs(work: () => void, limitMs: number): number {
  let least = Infinity;
  for (let attempt = 0; attempt < 5 && least >= limitMs; attempt += 1) {
    least = Math.min(least, cpuMsOf(work));
  }
  return least;
}

/**
 * How many times as long the second work takes: 2 for twice the input, if it takes linear time, and 4 if it takes the square.
 * After a first time for the compilers, the least of 5 times of both is compared; up to 20 times while the ratio is not below the
 * limit. `slackMs` is taken off the second.
 */
export function leastCpuRatio(
  [first, second]: readonly [() => void, () => void],
  limit: number,
  slackMs = 0,
): number {
  const least = [Infinity, Infinity];
  // What is measured as no time at all has taken some.
  const ratio = () => (least[1]! - slackMs) / Math.max(least[0]!, 0.01);
  first();
  second();
  for (let attempt = 0; attempt < 5 || (attempt < 20 && ratio() >= limit); attempt += 1) {
    [first, second].forEach((work, index) => {
      least[index] = Math.min(least[index]!, cpuMsOf(work));
    });
  }
  return ratio();
}
