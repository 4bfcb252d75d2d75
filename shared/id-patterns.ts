/** Shapes of names, without zod, for who has to know one when they see it: an address, a command line, a fast path. */

export const runIdPattern = /^run_[A-Za-z0-9-]{8,60}$/;

export const rolePattern = /^[a-z][a-z0-9-]{0,31}$/;
