import type { IncomingMessage } from 'node:http';

/** Probes of an orchestrator and Prometheus reach the server without the proxy that adds the base path. */
const rootPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** What a request asks for, below the base path. */
export type RewrittenUrl =
  | { readonly status: 'inside'; readonly url: string }
  /** The base path itself, without the slash: relative URLs of the page would be wrong. */
  | { readonly status: 'redirect'; readonly location: string }
  | { readonly status: 'outside' };

/** Removes the base path from the URL of a request. @param basePath Without a slash at its end; empty for the root. */
export function rewriteUrl({ url = '/' }: IncomingMessage, basePath: string): RewrittenUrl {
  if (basePath === '') return { status: 'inside', url };
  const [path, query] = splitAt(url, url.indexOf('?'));
  if (path === basePath) return { status: 'redirect', location: `${basePath}/${query}` };
  if (path.startsWith(`${basePath}/`)) return { status: 'inside', url: url.slice(basePath.length) };
  return rootPaths.has(path) ? { status: 'inside', url } : { status: 'outside' };
}

function splitAt(text: string, index: number): readonly [string, string] {
  return index === -1 ? [text, ''] : [text.slice(0, index), text.slice(index)];
}
