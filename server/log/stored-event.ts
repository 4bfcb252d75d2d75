import type { DurableEvent, EventOf } from '@stagewire/shared';

/** An event as it stands in the log. What is stored was checked before; it is not checked again when it is read. */
export function readStoredEvent(json: string): DurableEvent {
  const event = JSON.parse(json) as DurableEvent | ArtifactOfVersion1;
  return event.type === 'artifact.recorded' && 'offset' in event ? withParts(event) : event;
}

/** Protocol version 1 had one piece of text per file. */
type ArtifactOfVersion1 = Omit<EventOf<'artifact.recorded'>, 'parts'> & {
  readonly offset: number;
  readonly chars: number;
};

function withParts({ offset, chars, ...event }: ArtifactOfVersion1): DurableEvent {
  return { ...event, parts: [{ offset, chars }] };
}
