import type { Usage } from '@stagewire/client';

/** `1 file`, `2 files`, `1,200 files`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** With a comma between thousands, on every machine. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `400 ms`, `1.4 s`, `12 s`, `3 min 5 s`, `2 h 4 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(Math.max(0, ms))} ms`;
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Whole seconds, for what is told again every second. */
export function wholeSeconds(ms: number): string {
  return ms < 60_000 ? `${Math.round(ms / 1000)} s` : duration(ms);
}

/** `8,489 read, 2,595 written`, with what is not certain about it. */
export function tokens(usage: Usage): string {
  const doubt = { final: '', partial: ' at least', estimated: ' estimated' }[usage.source];
  const cached = usage.cachedInputTokens ?? 0;
  const ofCache = cached === 0 ? '' : ` (${grouped(cached)} from a cache)`;
  return `${grouped(usage.inputTokens)} read${ofCache}, ${grouped(usage.outputTokens)} written${doubt === '' ? '' : `,${doubt}`}`;
}
