import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plot } from './figure.ts';
import { asSvg } from './plot-svg.ts';
import { plotStyle } from './plot-style.ts';

const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url));

/** Writes each plot that shows something to a file of its own, beside the document. @returns Markdown that shows them. */
export async function writePlots(name: string, plots: readonly Plot[]): Promise<string> {
  await mkdir(folder, { recursive: true });
  const images: string[] = [];
  for (const [index, plot] of plots.entries()) {
    const svg = asSvg(plot);
    if (svg === undefined) continue;
    const file = `${name}-${index + 1}.svg`;
    await writeFile(join(folder, file), standalone(svg));
    images.push(`![${capital(plot.title)}](images/${file})`);
  }
  return images.join('\n\n');
}

/** With its own style and ground, which a page would give it otherwise. */
function standalone(svg: string): string {
  const style = `<style>${plotStyle}  svg { background: var(--ground); }\n</style>`;
  return `${svg.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ').replace('>', `>\n${style}`)}\n`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
