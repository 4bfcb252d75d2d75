/** The entry `@stagewire/client/react`. */
export { StagewireProvider } from './stagewire-provider.tsx';
export type { StagewireProviderProps } from './stagewire-provider.tsx';
export { useRun } from './use-run.ts';
export type { UseRun, UseRunOptions } from './use-run.ts';
export type {
  RunCancelOptions,
  RunCommandOptions,
  RunCommands,
  RunRedirectOptions,
  RunSteerOptions,
} from './run-commands.ts';
export type { PendingCommand } from './pending-commands.ts';
export { useStage } from './use-run-view.ts';
export type { RunSubscriptionOptions } from './use-run-view.ts';
export { useRunFile } from './use-run-file.ts';
export type { UseRunFile } from './use-run-file.ts';
export { useRunFiles } from './use-run-files.ts';
export type { UseRunFilesOptions } from './use-run-files.ts';
export { useFileVersions } from './use-file-versions.ts';
export type { UnfinishedFile } from '../files/unfinished-files.ts';
export type { FileVersionText, UseFileVersions } from './use-file-versions.ts';
export { useUnfinishedFiles } from './use-unfinished-files.ts';
export { useRunPrompt } from './use-run-prompt.ts';
export type { UseRunPrompt } from './use-run-prompt.ts';
export { useModels } from './use-models.ts';
export type { UseModels, UseModelsOptions } from './use-models.ts';
export { useAnswer } from './use-answer.ts';
export type { Answer, Ask } from './use-answer.ts';
export { useDeleteRun, useIsDeleted } from './use-deletion.ts';
export { useIdentity, useMay } from './use-identity.ts';
export { useRuns } from './use-runs.ts';
export type { UseRuns, UseRunsOptions } from './use-runs.ts';
export { useConnection, useStagewire } from './stores-context.ts';
