/** The form in which credentials are stored by server: two ways to write one URL are the same server. */
export function serverKeyOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return url;
  const { protocol, host, pathname } = parsed;
  const scheme = protocol === 'https:' || protocol === 'wss:' ? 'https' : 'http';
  return `${scheme}://${host}${pathname.replace(/\/+$/, '').replace(/\/trpc$/, '')}`;
}
