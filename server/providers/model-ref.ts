import { maxModelRefChars, modelRefPattern } from '@stagewire/shared/id-patterns';
import { remoteProviders } from './provider-settings.ts';
import type { ProviderName } from './provider-settings.ts';
import { parseRehearsalShape, RehearsalShapeError } from './rehearsal-shape.ts';

/** A model that cannot be used: the reference is invalid, or its provider is not configured. */
export class ModelRefError extends Error {
  override readonly name = 'ModelRefError';
  readonly code: 'UNREADABLE' | 'NOT_CONFIGURED';
  readonly modelRef: string;

  constructor(code: ModelRefError['code'], modelRef: string, message: string) {
    super(message);
    this.code = code;
    this.modelRef = modelRef;
  }
}

export interface ParsedModelRef {
  readonly provider: ProviderName;
  /** The model's id as its provider knows it; for the rehearsal its shape, which may be empty. */
  readonly model: string;
}

/**
 * Splits `provider/model` at the first slash. Also checks the shape of a rehearsal.
 *
 * @throws ModelRefError UNREADABLE with the valid forms.
 */
export function parseModelRef(modelRef: string): ParsedModelRef {
  const slash = modelRef.indexOf('/');
  const provider = slash === -1 ? modelRef : modelRef.slice(0, slash);
  const model = slash === -1 ? '' : modelRef.slice(slash + 1);
  if (provider === 'rehearsal') return { provider, model: checkedShape(modelRef, model) };
  if (!isRemote(provider)) {
    throw unreadable(modelRef, `unknown or missing provider. Use ${spelling}`);
  }
  if (!isWellFormed(modelRef)) {
    throw unreadable(modelRef, `"${provider}/" must be followed by the model's id, without spaces`);
  }
  return { provider, model };
}

/** Whether the text is a valid reference that can be shown: without control or formatting characters. */
export function isModelRef(modelRef: string): boolean {
  return isWellFormed(modelRef) && !/\p{C}/u.test(modelRef);
}

/** As the schema `ModelRef`, without zod: the command line checks its options with this, and zod takes a quarter of its start. */
function isWellFormed(modelRef: string): boolean {
  return modelRef.length <= maxModelRefChars && modelRefPattern.test(modelRef);
}

const spelling = `${Object.keys(remoteProviders)
  .map((name) => `${name}/<model>`)
  .join(', ')}, or rehearsal`;

function checkedShape(modelRef: string, shape: string): string {
  try {
    parseRehearsalShape(shape);
  } catch (error) {
    if (!(error instanceof RehearsalShapeError)) throw error;
    throw new ModelRefError('UNREADABLE', modelRef, error.message);
  }
  if (isWellFormed(modelRef)) return shape;
  throw unreadable(modelRef, 'it is longer than 300 characters');
}

function unreadable(modelRef: string, why: string): ModelRefError {
  return new ModelRefError(
    'UNREADABLE',
    modelRef,
    `"${modelRef.slice(0, 80)}" is not a valid model: ${why}.`,
  );
}

function isRemote(name: string): name is keyof typeof remoteProviders {
  return Object.hasOwn(remoteProviders, name);
}
