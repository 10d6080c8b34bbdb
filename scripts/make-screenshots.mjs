/**
 * Draws docs/images/*.png from a run's report: node scripts/make-screenshots.mjs [RUN]. Needs a finished run (without an
 * argument runs/emoji-world) and a chromium on the PATH.
 */
import {existsSync} from 'node:fs';
import {mkdir, stat} from 'node:fs/promises';
import {delimiter, join, resolve} from 'node:path';
import {pathToFileURL, fileURLToPath} from 'node:url';
import {chromium} from 'playwright-core';
import sharp from 'sharp';

/** Bytes of all pictures together: they are part of every clone. */
const LIMIT = 300_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const report = resolve(process.argv[2] ?? 'runs/emoji-world', 'report.html');
const folder = join(root, 'docs', 'images');

/** What is drawn: a section from its top, in one theme, at one width. */
const shots = [
  {name: 'report-results', section: 'results', width: 1100, height: 1000, theme: 'light'},
  {name: 'report-gallery', section: 'gallery', width: 1100, height: 690, theme: 'light'},
  {name: 'report-misses', section: 'misses', width: 1100, height: 560, theme: 'dark'},
  {name: 'report-phone', section: 'results', width: 390, height: 780, theme: 'dark'},
];

function findChromium() {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap((name) => folders.map((one) => join(one, name)))
    .find((path) => existsSync(path));
  if (!found) throw new Error('No chromium on the PATH. Install it, on Debian: apt-get install chromium');
  return found;
}

async function draw(browser, {name, section, width, height, theme}) {
  const page = await browser.newPage({viewport: {width, height}, colorScheme: theme});
  await page.goto(pathToFileURL(report).href);
  await page.locator(`#${section}`).waitFor();
  await page.evaluate(
    `document.querySelector('header').style.position = 'static'; document.documentElement.style.scrollPaddingTop = 0; document.getElementById('${section}').scrollIntoView({behavior: 'instant'})`,
  );
  const image = await page.screenshot({type: 'png'});
  await page.close();
  const file = join(folder, `${name}.png`);
  await sharp(image).png({palette: true, colours: 112, effort: 10, compressionLevel: 9}).toFile(file);
  return (await stat(file)).size;
}

if (!existsSync(report)) throw new Error(`${report} is not there. Make a run first: npm start`);
await mkdir(folder, {recursive: true});
const browser = await chromium.launch({
  executablePath: findChromium(),
  args: ['--no-sandbox', '--disable-gpu'],
});
let total = 0;
try {
  for (const shot of shots) {
    const bytes = await draw(browser, shot);
    total += bytes;
    console.log(`docs/images/${shot.name}.png: ${Math.round(bytes / 1000)} kB`);
  }
} finally {
  await browser.close();
}
if (total > LIMIT) throw new Error(`The pictures have ${total} bytes, at most ${LIMIT} are wanted.`);
