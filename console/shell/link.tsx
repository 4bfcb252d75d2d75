import type { AnchorHTMLAttributes, MouseEvent } from 'react';
import { basePath } from './base-path.ts';
import { navigate } from './route.ts';

/** A link within the console: navigates without reloading the page. */
export function Link({ href, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { readonly href: string }) {
  const onClick = (event: MouseEvent<HTMLAnchorElement>) => {
    rest.onClick?.(event);
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  return <a {...rest} href={basePath() + href} onClick={onClick} />;
}
