export type Token = string | (() => string | Promise<string>);

/** The token as it is now: it may be a function that renews it. */
export async function tokenText(token: Token): Promise<string> {
  return typeof token === 'function' ? await token() : token;
}
