import { createLazyPart } from '../shell/lazy-part.tsx';

/** Confirms the deletion of a run, see `delete-dialog.tsx`. */
export const lazyDeleteDialog = createLazyPart(
  () => import('./delete-dialog.tsx').then((it) => it.DeleteDialog),
  { className: 'hidden' },
);

/** Confirms the deletion of many runs, see `delete-many-dialog.tsx`. */
export const lazyDeleteManyDialog = createLazyPart(
  () => import('./delete-many-dialog.tsx').then((it) => it.DeleteManyDialog),
  { className: 'hidden' },
);
