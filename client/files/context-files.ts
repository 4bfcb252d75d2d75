import { languageOf } from '@stagewire/shared/text/language-of';
import type { RunFile } from '../generated/contract.ts';
import type { SubscriptionTransport } from '../streams/resume.ts';
import { runEvents } from '../streams/run-events.ts';

/**
 * The context files of a run, as they were given: from its first events, since no state has their texts. A path is there
 * again if a follow-up has given another text for it.
 */
export async function contextFiles(
  source: SubscriptionTransport,
  runId: string,
  signal: AbortSignal | undefined,
): Promise<RunFile[]> {
  const files: RunFile[] = [];
  for await (const event of runEvents(source, { runId, include: { reasoning: false } }, signal)) {
    if (event.type === 'input.recorded') {
      const { path, text } = event;
      files.push({ path, text, language: languageOf(path), from: 'input' });
    } else if (event.type !== 'run.queued' && event.inheritedFrom === undefined) {
      // A follow-up adds its context files after the events that it inherits.
      break;
    }
  }
  return files;
}
