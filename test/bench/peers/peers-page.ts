import { escapeHtml } from '../escape-html.ts';
import type { Plot } from '../figure.ts';
import { asSvg } from '../plot-svg.ts';
import { pageStyle } from '../report-page.ts';

/** The report as one page that needs nothing beside itself: the Markdown as it is, and the plots. */
export function asPeersPage(markdown: string, plots: readonly Plot[]): string {
  const figures = plots.flatMap((plot) => {
    const svg = asSvg(plot);
    return svg === undefined
      ? []
      : [`<figure><figcaption>${escapeHtml(plot.title)}</figcaption>\n${svg}</figure>`];
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Stagewire beside other systems</title>
<style>${pageStyle}</style>
<main>
<h1>Stagewire beside other systems</h1>
<div class="wide" tabindex="0" role="region" aria-label="Figures"><pre>${escapeHtml(markdown)}</pre></div>
<div class="plots">
${figures.join('\n')}
</div>
</main>
</html>
`;
}
