import { openLeanSocket } from '../lean-socket.ts';
import type { PeerListener, PeerSubscriber } from './peer.ts';
import { openSubscriber } from './reconnecting-subscriber.ts';

interface TrackedFrame {
  readonly result?: { readonly id?: string; readonly data?: { readonly data?: TextEvent } };
}

/** Of a tracked event, what is looked at. */
export interface TextEvent {
  readonly type?: string;
  readonly text?: string;
}

export interface TrpcSubscription {
  readonly port: number;
  /** Of the server's WebSocket. */
  readonly url: string;
  /** The procedure. */
  readonly path: string;
  readonly input: object;
  /** Is what this event brings part of the text? @default every one */
  readonly isText?: (event: TextEvent) => boolean;
}

/** A subscription over tRPC's WebSocket protocol, which comes back with the id of the last event. */
export function openTrpcSubscriber(
  { port, url, path, input, isText = () => true }: TrpcSubscription,
  listener: PeerListener,
): Promise<PeerSubscriber> {
  let lastEventId: string | undefined;
  return openSubscriber(async () => {
    const socket = await openLeanSocket(port, url, (text) => {
      const { result } = JSON.parse(text) as TrackedFrame;
      if (result?.id !== undefined) lastEventId = result.id;
      const event = result?.data?.data;
      if (event?.text !== undefined && isText(event)) listener.text(event.text);
    });
    socket.send(JSON.stringify({ id: 1, method: 'subscription', params: { path, input, lastEventId } }));
    return socket;
  });
}
