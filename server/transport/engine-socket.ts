import type { ReadHold } from './read-hold.ts';

/** What the engine needs of a socket. An adapter makes one of a WebSocket; the tests make one of two arrays. */
export interface EngineSocket {
  /** False from the first step of closing: what is sent then is dropped. */
  readonly isOpen: boolean;
  /** Who keeps the peer from being read, and why. */
  readonly reads: ReadHold;
  /** Sends one text frame; bytes are UTF-8. */
  sendText(text: string | Buffer): void;
  /** Sends a text frame, unless another one that was sent by this still waits to leave. */
  sendOnce(text: string): void;
  /** Resolves when the reader has taken enough to be sent more; `undefined` if it has. It never rejects. */
  drained(signal: AbortSignal): Promise<void> | undefined;
  /** Closes the socket, and terminates it if the peer does not answer. @default no code */
  closeOrTerminate(code?: number, reason?: string): void;
}

/** What the engine is told of a socket, in this order: any number of messages, then its end. */
export interface EngineConnection {
  message(data: Buffer, isBinary: boolean): void;
  closed(): void;
}
