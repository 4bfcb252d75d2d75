import type { Usage } from '../process-messages.ts';
import type { TokenProvider, TokenStream } from '../token-provider.ts';

/** What a subscriber hands on of what it receives. */
export interface PeerListener {
  text(text: string): void;
  /** The system's own client drops the text that it has, and builds it again from what comes now. */
  restart(): void;
}

/** A client of an answer. */
export interface PeerSubscriber {
  /** Bytes of all its connections so far, without handshakes and response heads. */
  readonly receivedBytes: number;
  /** The server has closed its connection, or it was disconnected. */
  readonly isClosed: boolean;
  /** Breaks the connection, as a network does. */
  disconnect(): void;
  /** Connects again as the system's documentation has it. */
  resume(): Promise<void>;
  /** From now on takes so many bytes in a second; all with Infinity. */
  readAt(bytesPerSecond: number): void;
}

/** An answer that a system carries from the provider to its subscribers. */
export interface PeerAnswer {
  readonly stream: TokenStream;
  /** From its beginning, where the system keeps that. */
  follow(listener: PeerListener): Promise<PeerSubscriber>;
  /** Resolves when the provider's connection is closed. */
  cancel(): Promise<number>;
  close(): void;
}

/** The processes of a system that runs. */
export interface PeerServers extends AsyncDisposable {
  usage(): Promise<Usage>;
  /** After a full collection of garbage. */
  collected(): Promise<Usage>;
  /** With SIGKILL: all processes that call the provider or serve subscribers. */
  kill(): Promise<void>;
  /** On the same ports, with the same data. */
  restart(): Promise<void>;
  /** Starts an answer; resolves when its request is at the provider. */
  begin(model: string): Promise<PeerAnswer>;
}

export interface PeerBench {
  readonly provider: TokenProvider;
  /** An empty folder for what it stores. */
  readonly folder: string;
}

/** A system under comparison. */
export interface Peer {
  readonly name: string;
  /** The packages whose versions say what was measured, and where they are installed. */
  readonly packages: readonly string[];
  /** @throws Unavailable if this machine lacks what it needs. */
  start(bench: PeerBench): Promise<PeerServers>;
}

/** It cannot be measured on this machine. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}
