/** A day: the timer does nothing. */
const intervalMs = 24 * 60 * 60 * 1000;

/**
 * Keeps the process alive until the returned function is called. The timers of a clock do not: Node.js ends a program
 * that waits for nothing else, with exit code 13.
 */
export function holdProcess(): () => void {
  const timer = setInterval(() => {}, intervalMs);
  return () => clearInterval(timer);
}
