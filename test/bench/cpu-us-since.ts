/** Microseconds of CPU that this process has used since then, threads included. */
export function cpuUsSince(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}
