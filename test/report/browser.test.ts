import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {renderReport} from '../../ts/report/render.js';
import {temporaryFolder} from '../support/folder.js';
import {BrowserPage, findChromium} from './chromium.js';
import {hostile} from './hostile.js';
import {sampleReport} from './sample.js';

const chromium = findChromium();
const inBrowser = chromium ? test.serial : test.skip;
if (!chromium) {
  test('the page in a browser', (t) => {
    t.log('skipped: no chromium on the PATH; `apt-get install chromium` runs these checks too');
    t.pass();
  });
}

const visible = `[...document.querySelectorAll('.card')].filter((card) => !card.closest('dialog') && card.offsetParent).length`;

inBrowser(
  'it opens from disk on a phone and a desk, light and dark, with no error and no request',
  async (t) => {
    const path = join(temporaryFolder(t), 'report.html');
    writeFileSync(path, await renderReport(await sampleReport({samples: 30})));
    const page = await BrowserPage.launch(chromium!);
    t.teardown(() => page.close());
    const colours = new Set<string>();
    for (const width of [320, 390, 1440]) {
      for (const theme of ['light', 'dark'] as const) {
        await page.open(path, width, theme);
        t.is(await page.evaluate<number>('document.documentElement.scrollWidth'), width, `${width} ${theme}`);
        colours.add(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor'));
      }
    }
    t.is(colours.size, 2);
    t.deepEqual(page.problems, []);
    t.deepEqual(page.requests, []);
  },
);

inBrowser('the gallery filters, sorts, goes on, and opens by keyboard', async (t) => {
  const path = join(temporaryFolder(t), 'report.html');
  const data = await sampleReport({samples: 30});
  writeFileSync(path, await renderReport(data));
  const page = await BrowserPage.launch(chromium!);
  t.teardown(() => page.close());
  await page.open(path, 1280, 'light');
  t.is(await page.evaluate<number>(visible), 24);
  await page.evaluate(`document.getElementById('gallery-more').click()`);
  t.is(await page.evaluate<number>(visible), 30);

  const choose = (name: string, value: string) =>
    page.evaluate(
      `{const s = document.querySelector('select[name=${name}]'); s.value = ${JSON.stringify(value)}; s.dispatchEvent(new Event('input', {bubbles: true}))}`,
    );
  await choose('class', 'violin');
  await choose('state', 'accepted');
  const expected = data.gallery.filter((sample) => sample.className === 'violin' && sample.accepted).length;
  t.is(await page.evaluate<number>(visible), expected);
  await choose('class', '');
  await choose('order', 'near');
  const distances = await page.evaluate<number[]>(
    `[...document.querySelectorAll('#cards .card')].filter((card) => card.offsetParent).map((card) => Number(card.dataset.distance))`,
  );
  t.deepEqual(
    distances,
    [...distances].sort((a, b) => a - b),
  );

  const place = () => page.evaluate<string>(`document.getElementById('viewer-place').textContent`);
  await page.evaluate(`[...document.querySelectorAll('.pair')].find((pair) => pair.offsetParent).focus()`);
  await page.press('Enter');
  t.true(await page.evaluate<boolean>(`document.getElementById('viewer').open`));
  t.regex(await place(), /^1 of /);
  await page.press('ArrowRight');
  t.regex(await place(), /^2 of /);
  await page.press('ArrowLeft');
  await page.press('ArrowLeft');
  t.regex(await place(), /^(\d+) of \1$/);
  await page.press('Escape');
  t.false(await page.evaluate<boolean>(`document.getElementById('viewer').open`));

  const before = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  await page.evaluate(`document.getElementById('theme').click()`);
  t.not(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor'), before);
  t.deepEqual(page.problems, []);
});

inBrowser('hostile strings run nothing and are read as they were', async (t) => {
  const path = join(temporaryFolder(t), 'report.html');
  const data = hostile(await sampleReport({samples: 4}));
  writeFileSync(path, await renderReport(data));
  const page = await BrowserPage.launch(chromium!);
  t.teardown(() => page.close());
  await page.open(path, 390, 'light');
  t.is(await page.evaluate('typeof window.broken'), 'undefined');
  const shown = data.gallery[0]!.className.replace('\u0000', '\ufffd').replace('\ud800', '\ufffd');
  t.is(await page.evaluate<string>(`document.querySelector('.card .head b').textContent`), shown);
  t.is(await page.evaluate<number>('document.documentElement.scrollWidth'), 390);
  t.deepEqual(page.problems, []);
  t.deepEqual(page.requests, []);
});
