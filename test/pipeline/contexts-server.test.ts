import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import test from 'ava';
import {synood} from '../cli/synood.js';
import {answer, elements, fail, faultyServer} from '../contexts/faulty-server.js';
import {temporaryFolder} from '../support/folder.js';
import {writeSmallRun} from '../support/small-run.js';

const KEY = 'sk-of-a-whole-run';

interface Ran {
  stages: {name: string; status: string; details: Record<string, unknown>}[];
  leftOut: {what: string; reason: string}[];
}

interface ContextRow {
  id: string;
  contexts: string[];
  dropped?: {element: string; reason: string}[];
}

const rowsOf = (file: string): ContextRow[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ContextRow);

test.serial('a whole run on contexts of a language model that fails in many ways', async (t) => {
  const cwd = temporaryFolder(t);
  await writeSmallRun(cwd);
  const {baseURL, calls} = await faultyServer(t, {
    camel: ({format}, response, nth) => {
      if (format === 'json_schema') fail(response, 400, "'response_format' is not supported");
      else if (nth === 2) fail(response, 429, 'slow down', {'retry-after': '0'});
      else answer(response, elements('two camels', 'a tree', 'Bactrian camel', 'sand', 'a road'));
    },
    'light bulb': ({format}, response, nth) => {
      if (format === 'json_schema') fail(response, 400, "'response_format' is not supported");
      else if (nth === 1) fail(response, 500, 'boom');
      else if (nth === 2) answer(response, '{"elements": ["a ta');
      else answer(response, elements('a table', 'lightbulb', 'a wall'));
    },
    owl: (_, response) => answer(response, '', {refusal: 'I will not'}),
  });
  const config = JSON.parse(readFileSync(join(cwd, 'small.json'), 'utf8')) as {data: {vocabulary: string}};
  const words = join(cwd, config.data.vocabulary);
  writeFileSync(words, `${readFileSync(words, 'utf8')}\nTree\n`);
  const mllm = {baseURL, model: 'tiny', apiKeyVariable: 'SYNOOD_RUN_KEY', attempts: 4, concurrency: 2};
  // Random weights take anything for anything: nothing but names is filtered by.
  const contexts = {source: 'openai', dropNearest: 0, count: 3, mllm};
  const write = (name: string, changed: object) =>
    writeFileSync(join(cwd, name), JSON.stringify({...config, ...changed}));
  write('server.json', {contexts});
  const options = {cwd, env: {...process.env, SYNOOD_RUN_KEY: KEY}};

  const run = await synood(['run', 'server.json', '-o', 'out', '--json', '--quiet'], options);
  t.is(run.code, 0, run.stderr);
  const {stages, leftOut} = JSON.parse(run.stdout) as Ran;
  const {details} = stages.find(({name}) => name === 'contexts')!;
  t.like(details, {source: 'openai', images: 6, asked: 6, cached: 0, failures: {refusal: 3}, dropped: 9});
  t.like(details['tokens'], {prompt: 600, completion: 60});
  const refused = leftOut.filter(({reason}) => /has no contexts \(refusal\): The model refused/.test(reason));
  t.deepEqual(
    refused.map(({what}) => what.split('/')[0]),
    Array(3).fill('inDistribution: owl'),
  );
  t.true(
    leftOut.some(
      ({what, reason}) => /words\.txt/.test(what) && reason === 'has 1 duplicate and 1 blank line',
    ),
  );

  const rows = rowsOf(join(cwd, 'out', 'contexts.jsonl'));
  t.is(new Set(rows.map(({id}) => id)).size, 6);
  for (const {id, contexts: kept, dropped} of rows) {
    const camel = id.startsWith('camel/');
    t.deepEqual([...kept].sort(), camel ? ['a road', 'a tree', 'sand'] : ['a table', 'a wall'], id);
    const names = camel ? ['two camels', 'Bactrian camel'] : ['lightbulb'];
    t.deepEqual(
      dropped,
      names.map((element) => ({element, reason: 'is the subject'})),
    );
  }
  t.true(calls.every(({authorization}) => authorization === `Bearer ${KEY}`));
  const written = readdirSync(join(cwd, 'out'), {recursive: true, withFileTypes: true});
  const files = written.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  t.true(files.some((file) => file.endsWith('report.html')));
  for (const file of files) t.false(readFileSync(file).includes(KEY), file);
  t.false(`${run.stdout}${run.stderr}`.includes(KEY));

  const before = calls.length;
  const again = await synood(['run', 'server.json', '-o', 'out', '--json', '--quiet'], options);
  t.true(
    (JSON.parse(again.stdout) as Ran).stages.every(({status}) => status === 'skipped'),
    again.stderr,
  );
  t.is(calls.length, before);

  // Other settings read what was answered; only who was refused is asked again.
  write('fewer.json', {contexts: {...contexts, count: 1}});
  const fewer = await synood(['contexts', 'fewer.json', '-o', 'out', '--quiet'], options);
  t.is(fewer.code, 0, fewer.stderr);
  t.regex(fewer.stdout, /contexts of 6 images, 0 asked for 0 \+ 0 tokens, 3 without an answer/);
  t.regex(fewer.stdout, /image +contexts +taken out\n/);
  t.deepEqual(new Set(calls.slice(before).map(({subject}) => subject)), new Set(['owl']));

  writeFileSync(join(cwd, 'empty.txt'), '\n \n');
  write('empty.json', {data: {...config.data, vocabulary: 'empty.txt'}, contexts});
  const empty = await synood(['contexts', 'empty.json', '-o', 'out', '--quiet'], options);
  t.is(empty.code, 2);
  t.regex(empty.stderr, /empty\.txt: expected one word a line, found none/);
});

test.serial(
  'images that a server gave no answer for are asked about again, as the message says',
  async (t) => {
    const cwd = temporaryFolder(t);
    await writeSmallRun(cwd);
    let broken = true;
    const {baseURL, calls} = await faultyServer(t, {
      '*': (_, response) => answer(response, elements('a tree', 'a road')),
      owl: (_, response) => {
        if (broken) fail(response, 500, 'boom');
        else answer(response, elements('a barn'));
      },
    });
    const config = JSON.parse(readFileSync(join(cwd, 'small.json'), 'utf8')) as object;
    const contexts = {source: 'openai', dropNearest: 0, mllm: {baseURL, model: 'tiny', attempts: 1}};
    writeFileSync(join(cwd, 'server.json'), JSON.stringify({...config, contexts}));
    const selected = await synood(['select', 'server.json', '-o', 'out', '--quiet'], {cwd});
    t.is(selected.code, 0, selected.stderr);
    const first = await synood(['contexts', '-o', 'out', '--json', '--quiet'], {cwd});
    t.is(first.code, 0, first.stderr);
    const {leftOut} = JSON.parse(first.stdout) as Ran;
    t.is(leftOut.filter(({reason}) => reason.includes('has no contexts (server): HTTP 500')).length, 3);
    const advice = leftOut.find(({what}) => what === 'contexts')!.reason;
    const file = /no answer \(server 3\); delete (\S+), and the same command/.exec(advice)![1]!;

    broken = false;
    rmSync(resolve(cwd, file));
    const before = calls.length;
    const second = await synood(['contexts', '-o', 'out', '--quiet'], {cwd});
    t.is(second.code, 0, second.stderr);
    t.regex(second.stdout, /contexts of 9 images, 3 asked for 300 \+ 30 tokens/);
    t.deepEqual(
      calls.slice(before).map(({subject}) => subject),
      ['owl', 'owl', 'owl'],
    );
  },
);
