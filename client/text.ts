/**
 * The entry `@stagewire/client/text`: how the server parses a model's text and the names in it, for pages that show
 * both. Pure functions without dependencies; the main entry does not load them.
 */
export { fileDiff } from './files/file-diff.ts';
export type { FileDiffOptions } from './files/file-diff.ts';
export { diffSize, lineDiff, withoutLineNumber } from './files/line-diff.ts';
export type { DiffPart, DiffSize, LineDiffOptions } from './files/line-diff.ts';
export { attemptBefore, promptChars, promptParts, promptText } from './prompts/prompt-text.ts';
export type { PromptPart } from './prompts/prompt-text.ts';
export { unfinishedFiles } from './files/unfinished-files.ts';
export type { UnfinishedFile } from './files/unfinished-files.ts';
export { scanBlocks } from '@stagewire/shared/text/scan-blocks';
export type { Block } from '@stagewire/shared/text/block';
export { answerStart } from '@stagewire/shared/text/thought';
export { cleanPath, pathProblem } from '@stagewire/shared/text/file-path';
export { safePaths } from '@stagewire/shared/text/safe-paths';
export type { SafePath } from '@stagewire/shared/text/safe-paths';
export { languageOf } from '@stagewire/shared/text/language-of';
export { isQuotaNear, quotaLabel, quotaText } from '@stagewire/shared/units/quota';
export type { ShownQuota } from '@stagewire/shared/units/quota';
export { unseenIn, visibleName } from '@stagewire/shared/text/visible-name';
