import type { ReadPauses } from './read-pauses.ts';
import type { TextFrame } from './text-frame.ts';

/** The socket interface of the engine. Implemented by an adapter for WebSockets, and by the tests with two arrays. */
export interface EngineSocket {
  /** False from the start of closing: later messages are dropped. */
  readonly isOpen: boolean;
  /** Pauses reading from the peer, by reason. */
  readonly readPauses: ReadPauses;
  sendText(text: string): void;
  /** Sends a text message whose frame others share. */
  sendFrame(frame: TextFrame): void;
  /** Sends a text frame, unless the previous one that was sent by this is still pending. */
  sendOnce(text: string): void;
  /** Resolves when the client has read enough to be sent more; `undefined` if it has. It never rejects. */
  drained(signal: AbortSignal): Promise<void> | undefined;
  /** Closes the socket, and terminates it if the peer does not answer. @default no code */
  closeOrTerminate(code?: number, reason?: string): void;
}

/** The events of a socket, in this order: any number of messages, then its end. */
export interface EngineConnection {
  message(data: Buffer, isBinary: boolean): void;
  closed(): void;
}
