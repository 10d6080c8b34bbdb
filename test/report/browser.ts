import {existsSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {delimiter, join} from 'node:path';
import {pathToFileURL} from 'node:url';
import type {AxeResults} from 'axe-core';
import {type Browser, chromium, type Page} from 'playwright-core';

/** The browser on this computer, or undefined: nothing that a test needs may depend on it. */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
}

export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({executablePath, args: ['--no-sandbox', '--disable-gpu']});

/** A page that keeps what went wrong on it and what it asked the network for. */
export interface WatchedPage {
  page: Page;
  problems: string[];
  requests: string[];
}

/** Opens a file from disk, as a reader would. */
export async function openFile(
  browser: Browser,
  path: string,
  {width = 1280, theme = 'light'}: {width?: number; theme?: 'light' | 'dark'} = {},
): Promise<WatchedPage> {
  const page = await browser.newPage({
    viewport: {width, height: 844},
    colorScheme: theme,
    acceptDownloads: true,
  });
  const problems: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) requests.push(request.url());
  });
  await page.goto(pathToFileURL(path).href);
  return {page, problems, requests};
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Serious and critical findings of axe-core, as "rule: element". */
export async function seriousFindings(page: Page): Promise<string[]> {
  // Evaluated, not inserted: the page's content security policy lets no other script in.
  await page.evaluate(`${axe};0`);
  const {violations} = await page.evaluate<AxeResults>(
    `axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})`,
  );
  return violations
    .filter(({impact}) => impact === 'serious' || impact === 'critical')
    .flatMap(({id, nodes}) => nodes.slice(0, 3).map(({html}) => `${id}: ${html.slice(0, 200)}`));
}
