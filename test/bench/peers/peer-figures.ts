import { measureCancels } from './measure-cancels.ts';
import { measureDisconnects } from './measure-disconnects.ts';
import { measureIdle } from './measure-idle.ts';
import { measureKill } from './measure-kill.ts';
import { measureFanOut, measureStreams } from './measure-load.ts';
import { measureStalled } from './measure-stalled.ts';
import type { Measure } from './measure.ts';

/** One number of an item, and how it is read. */
export interface PeerFigure {
  readonly key: string;
  readonly what: string;
  /** `percent` of a part of one, `tokens` without a unit; `count` is added up over the rounds, all others have their median. */
  readonly as: 'µs' | 'ms' | 'B' | 'KB' | 'KiB' | 'percent' | 'tokens' | 'count';
}

/** One thing that is done to every system. */
export interface PeerItem {
  readonly id: string;
  readonly what: string;
  readonly measure: Measure;
  readonly figures: readonly PeerFigure[];
}

const load: readonly PeerFigure[] = [
  { key: 'cpuUsPerToken', what: 'server CPU per delivered token', as: 'µs' },
  { key: 'p50Ms', what: 'latency p50', as: 'ms' },
  { key: 'p99Ms', what: 'latency p99', as: 'ms' },
  { key: 'bytesPerToken', what: 'bytes on the wire per token', as: 'B' },
  { key: 'onTime', what: 'delivered within 250 ms', as: 'percent' },
];

/** In their order: memory first, in processes that have done nothing yet, and the kill last. */
export const peerItems: readonly PeerItem[] = [
  {
    id: 'idle',
    what: 'idle subscriber',
    measure: measureIdle,
    figures: [
      { key: 'heapKB', what: 'memory, as V8 counts it', as: 'KB' },
      { key: 'rssKB', what: 'memory (RSS)', as: 'KB' },
    ],
  },
  { id: 'streams', what: '20 streams → 1 subscriber each', measure: measureStreams, figures: load },
  { id: 'fan', what: '1 stream → 500 subscribers', measure: measureFanOut, figures: load },
  {
    id: 'away',
    what: '20 of 100 subscribers away for 2 s',
    measure: measureDisconnects,
    figures: [
      { key: 'lost', what: 'tokens lost', as: 'count' },
      { key: 'duplicated', what: 'duplicated', as: 'count' },
      { key: 'outOfOrder', what: 'out of order', as: 'count' },
      { key: 'late', what: 'not delivered 3 s after the last', as: 'count' },
      { key: 'receivedAgain', what: 'tokens sent again to each of the 20', as: 'tokens' },
      { key: 'caughtUpMs', what: 'back → has what was missed', as: 'ms' },
    ],
  },
  {
    id: 'cancel',
    what: 'cancel → provider’s socket closed',
    measure: measureCancels,
    figures: [
      { key: 'p50Ms', what: 'p50', as: 'ms' },
      { key: 'maxMs', what: 'slowest of 12', as: 'ms' },
    ],
  },
  {
    id: 'stalled',
    what: 'one reads nothing beside 10',
    measure: measureStalled,
    figures: [
      { key: 'fastP99Ms', what: 'latency of the 10, p99', as: 'ms' },
      { key: 'heldKiB', what: 'memory held for it', as: 'KiB' },
      { key: 'lost', what: 'tokens it lost', as: 'count' },
      { key: 'late', what: 'not delivered when it read on', as: 'count' },
    ],
  },
  {
    id: 'kill',
    what: 'SIGKILL and restart, 10 streams',
    measure: measureKill,
    figures: [
      { key: 'kept', what: 'delivered text that is still there', as: 'percent' },
      { key: 'continued', what: 'answers that continue unasked', as: 'percent' },
      { key: 'readyMs', what: 'kill → ready', as: 'ms' },
      { key: 'nextTokenMs', what: 'kill → next token', as: 'ms' },
      { key: 'duplicated', what: 'duplicated', as: 'count' },
      { key: 'outOfOrder', what: 'out of order', as: 'count' },
    ],
  },
];
