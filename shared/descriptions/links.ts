import { defaultLimits } from '../limits.ts';
import type { SchemaDescriptions } from './description.ts';

export const linkTexts = {
  shareId: 'Id of the link.',
  may: 'What the link permits.',
  until: 'When the link expires. Absent: never.',
} as const;

/** Descriptions of the schemas in `shared/links.ts`. */
export const linkDescriptions: SchemaDescriptions = {
  ShareInput: {
    text: 'Input of `runs.share`: creates a link to a run.',
    fields: {
      may: 'What the link permits.',
      until: 'When the link expires; in the future. Default: never.',
    },
  },
  UnshareInput: {
    text: 'Input of `runs.unshare`: removes a link to a run.',
    fields: { shareId: 'The link to remove.' },
  },
  ShareReceipt: {
    text: 'A link to a run. The same for every call with the same `commandId` and body.',
    fields: {
      shareId: 'Id of the link.',
      url: 'Address of the run in the console, with the token of the link in its fragment: `<server>/runs/<runId>#share=<token>`. Secret: everyone who has it can use the link.',
    },
  },
  RunShare: {
    text: `A link to a run that was not removed. A run has at most ${defaultLimits.maxSharesPerRun} that have not expired.`,
    fields: {
      ...linkTexts,
      actor: 'The principal that created it.',
      at: 'When it was created.',
    },
  },
};
