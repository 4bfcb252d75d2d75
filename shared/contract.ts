import { z } from 'zod';
import { AuditInput, AuditPage } from './audit.ts';
import { CancelInput, Receipt, RedirectInput, StartInput, StartReceipt, SteerInput } from './commands.ts';
import { FeedEvent, RunEvent } from './events.ts';
import { AccessKey, CreateKeyInput, KeyInput, RefreshInput } from './keys.ts';
import { defaultLimits } from './limits.ts';
import { ShareInput, ShareReceipt, UnshareInput } from './links.ts';
import { ModelList } from './model-list.ts';
import {
  Actor,
  AuthMethod,
  Count,
  Currency,
  Cursor,
  Format,
  Instant,
  Labels,
  LinkAccess,
  ModelRef,
  Ordinal,
  Owner,
  Permission,
  PriceDate,
  Role,
  RunId,
  ShareId,
  SummaryStatus,
} from './primitives.ts';
import { Quota } from './quotas.ts';
import { ExportedTraces, ExportTracesInput } from './traces.ts';
import { RunFile, RunPrompt, RunState, RunSummary } from './state.ts';

/** Every procedure of the protocol: its kind, its input and its output. */

/** A cursor in an input, without a length limit: one that is too long is CURSOR_INVALID, not INVALID_INPUT. */
const LastEventId = z.string().nullish();

export const EventsInput = z
  .strictObject({
    runId: RunId,
    lastEventId: LastEventId,
    include: z.strictObject({ reasoning: z.boolean().default(true) }).optional(),
  })
  .meta({ id: 'EventsInput' });

export const FeedInput = z
  .strictObject({
    lastEventId: LastEventId,
    owner: Owner.optional(),
    labels: Labels.optional(),
    include: z.strictObject({ text: z.boolean().default(false) }).optional(),
  })
  .meta({ id: 'FeedInput' });

export const RunInput = z.strictObject({ runId: RunId }).meta({ id: 'RunInput' });

export const FilesInput = z
  .strictObject({
    runId: RunId,
    path: z.string().optional(),
    at: z.strictObject({ stage: Ordinal, attempt: Ordinal }).optional(),
  })
  .meta({ id: 'FilesInput' });

export const PromptInput = z
  .strictObject({ runId: RunId, stage: Ordinal, attempt: Ordinal })
  .meta({ id: 'PromptInput' });

export const ListInput = z
  .strictObject({
    owner: Owner.optional(),
    status: z.array(SummaryStatus).min(1).optional(),
    labels: Labels.optional(),
    limit: z.int().min(1).max(defaultLimits.maxListItems).default(50),
    before: z.string().max(200).optional(),
    search: z.string().trim().min(1).max(200).optional(),
  })
  .meta({ id: 'ListInput' });

export const RunPage = z
  .strictObject({
    items: z.array(RunSummary),
    next: z.string().optional(),
    feedCursor: Cursor,
  })
  .meta({ id: 'RunPage' });

export const DeleteReceipt = z
  .strictObject({ runId: RunId, deletedAt: Instant, actor: Actor })
  .meta({ id: 'DeleteReceipt' });

/** The caller, as the server has authenticated it. */
export const Identity = z
  .strictObject({
    actor: Actor,
    owner: z.string(),
    owners: z.array(z.string()).min(1),
    permissions: z.array(Permission),
    link: z.strictObject({ runId: RunId, shareId: ShareId, may: LinkAccess }).optional(),
    session: z.boolean(),
    expiresAt: Instant.optional(),
  })
  .meta({ id: 'Identity' });

export const ServerInfo = z
  .strictObject({
    version: z.string(),
    protocolVersion: z.int(),
    protocolHash: z.string(),
    features: z.array(z.string()),
    roles: z.array(z.strictObject({ role: Role, format: Format })),
    models: z.record(Role, ModelRef),
    realModel: z.boolean(),
    prices: z.strictObject({ date: PriceDate, currency: Currency }).optional(),
    limits: z.record(z.string(), Count),
    heartbeatMs: Count,
    now: Instant,
    auth: z.array(AuthMethod),
    oidc: z.strictObject({ issuer: z.string(), clientId: z.string() }).optional(),
    you: Identity.nullable(),
    quotas: z.array(Quota).optional(),
  })
  .meta({ id: 'ServerInfo' });

/** A procedure without a row here, or without a permission, does not compile. */
interface Procedure {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** What a caller needs; `null`: nothing. `server.info` may be called without an identity as well. */
  readonly permission: Permission | null;
  /** The links to its run with which a caller may call it as well; `null`: none. */
  readonly link: LinkAccess | null;
}

export const contract = {
  'runs.start': {
    kind: 'mutation',
    input: StartInput,
    output: StartReceipt,
    permission: 'runs:start',
    link: null,
  },
  'runs.events': {
    kind: 'subscription',
    input: EventsInput,
    output: RunEvent,
    permission: 'runs:read',
    link: 'read',
  },
  'runs.feed': {
    kind: 'subscription',
    input: FeedInput,
    output: FeedEvent,
    permission: 'runs:read',
    link: null,
  },
  'runs.steer': {
    kind: 'mutation',
    input: SteerInput,
    output: Receipt,
    permission: 'runs:control',
    link: 'control',
  },
  'runs.redirect': {
    kind: 'mutation',
    input: RedirectInput,
    output: Receipt,
    permission: 'runs:control',
    link: 'control',
  },
  'runs.cancel': {
    kind: 'mutation',
    input: CancelInput,
    output: Receipt,
    permission: 'runs:control',
    link: 'control',
  },
  'runs.share': {
    kind: 'mutation',
    input: ShareInput,
    output: ShareReceipt,
    permission: 'runs:control',
    link: null,
  },
  'runs.unshare': {
    kind: 'mutation',
    input: UnshareInput,
    output: Receipt,
    permission: 'runs:control',
    link: null,
  },
  'runs.delete': {
    kind: 'mutation',
    input: RunInput,
    output: DeleteReceipt,
    permission: 'runs:delete',
    link: null,
  },
  'runs.get': { kind: 'query', input: RunInput, output: RunState, permission: 'runs:read', link: 'read' },
  'runs.files': {
    kind: 'query',
    input: FilesInput,
    output: z.array(RunFile),
    permission: 'runs:read',
    link: 'read',
  },
  'runs.prompt': {
    kind: 'query',
    input: PromptInput,
    output: RunPrompt,
    permission: 'runs:read',
    link: null,
  },
  'runs.list': { kind: 'query', input: ListInput, output: RunPage, permission: 'runs:read', link: null },
  'models.list': {
    kind: 'query',
    input: z.void(),
    output: ModelList,
    permission: 'runs:start',
    link: null,
  },
  'keys.create': {
    kind: 'mutation',
    input: CreateKeyInput,
    output: AccessKey,
    permission: 'admin',
    link: null,
  },
  'keys.list': {
    kind: 'query',
    input: z.void(),
    output: z.array(AccessKey),
    permission: 'admin',
    link: null,
  },
  'keys.revoke': { kind: 'mutation', input: KeyInput, output: AccessKey, permission: 'admin', link: null },
  'traces.export': {
    kind: 'mutation',
    input: ExportTracesInput,
    output: ExportedTraces,
    permission: 'admin',
    link: null,
  },
  'audit.list': { kind: 'query', input: AuditInput, output: AuditPage, permission: 'admin', link: null },
  'session.refresh': {
    kind: 'mutation',
    input: RefreshInput,
    output: Identity,
    permission: null,
    link: 'read',
  },
  'server.info': { kind: 'query', input: z.void(), output: ServerInfo, permission: null, link: 'read' },
} as const satisfies Readonly<Record<string, Procedure>>;

export type Contract = typeof contract;
export type ProcedurePath = keyof Contract;
export type EventsInput = z.infer<typeof EventsInput>;
export type FeedInput = z.infer<typeof FeedInput>;
export type FilesInput = z.infer<typeof FilesInput>;
export type PromptInput = z.infer<typeof PromptInput>;
export type ListInput = z.infer<typeof ListInput>;
export type DeleteReceipt = z.infer<typeof DeleteReceipt>;
export type Identity = z.infer<typeof Identity>;
export type RunPage = z.infer<typeof RunPage>;
export type ServerInfo = z.infer<typeof ServerInfo>;
