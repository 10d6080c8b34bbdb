import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {SynoodError} from '../../ts/binding/errors.js';
import {AnswerCache} from '../../ts/contexts/mllm/answer-cache.js';
import {parseElements} from '../../ts/contexts/mllm/answer.js';
import {
  type Extracted,
  extractContexts,
  type ExtractOptions,
} from '../../ts/contexts/mllm/extract-contexts.js';
import {OpenAiServer} from '../../ts/contexts/mllm/openai-server.js';
import {backOff, parseRetryAfter} from '../../ts/contexts/mllm/retry.js';
import {temporaryFolder} from '../support/folder.js';
import {answer, type Behaviour, elements, fail, faultyServer} from './faulty-server.js';

const KEY = 'sk-never-to-be-written-anywhere';
process.env['SYNOOD_TEST_KEY'] = KEY;

const pixel = (number: number) => ({
  data: Uint8Array.of(number, 1, 2, number, 4, 5),
  width: 2,
  height: 1,
  channels: 3 as const,
});

/** A machine at work may take long to answer: a short time is for servers that are meant to be slow. */
const connect = (baseURL: string, timeout = 30_000) =>
  OpenAiServer.connect({
    baseURL,
    model: 'tiny',
    apiKeyVariable: 'SYNOOD_TEST_KEY',
    timeout,
    maxTokens: 50,
    temperature: 0,
  });

async function extract(server: OpenAiServer, subjects: string[], options: Partial<ExtractOptions> = {}) {
  const requests = subjects.map((subject, number) => ({
    item: subject,
    image: pixel(number),
    name: subject,
    subject,
  }));
  const ended: Extracted<string>[] = [];
  for await (const one of extractContexts(server, requests, {model: 'tiny', ...options})) ended.push(one);
  return ended;
}

const kinds = (ended: Extracted<string>[]) =>
  Object.fromEntries(
    ended.map((one) => [one.item, 'failure' in one ? one.failure.kind : one.elements.join(', ')]),
  );

const cut: Behaviour = (_, response) => {
  response.writeHead(200, {'content-type': 'application/json', 'content-length': '1000'});
  response.write('{"id": "x", "choi');
  setTimeout(() => response.destroy(), 20);
};

/** Fails in its own way so many times, then answers. */
const first = (times: number, behaviour: Behaviour): Behaviour => {
  return (call, response, nth) =>
    nth < times ? behaviour(call, response, nth) : answer(response, elements(`${call.subject} place`, 'sky'));
};

const limited: Behaviour = (_, response) => fail(response, 429, `slow down, ${KEY}`, {'retry-after': '1'});
const broken: Behaviour = (_, response) => fail(response, 500, 'boom');

test('whatever a server does, every image ends once, with contexts or a named failure', async (t) => {
  const {baseURL, calls} = await faultyServer(t, {
    '*': first(0, broken),
    limited: first(1, limited),
    broken: first(2, broken),
    slow: first(1, () => undefined),
    cut: first(1, cut),
    dropped: first(1, (_, response) => response.destroy()),
    garbled: first(1, (_, response) => answer(response, '{"elements": ["tree"')),
    refused: (_, response) => answer(response, '', {refusal: `I cannot, ${KEY}`}),
    nothing: (_, response) => answer(response, elements()),
    alwaysBroken: broken,
    alwaysSlow: () => undefined,
    alwaysCut: cut,
    alwaysGarbled: (_, response) => answer(response, '{"elem'),
  });
  const subjects = ['plain', 'limited', 'broken', 'slow', 'cut', 'dropped', 'garbled', 'refused', 'nothing'];
  const hopeless = ['alwaysBroken', 'alwaysSlow', 'alwaysCut', 'alwaysGarbled', 'last'];
  const folder = temporaryFolder(t);
  const file = join(folder, 'answers.jsonl');
  const told: string[] = [];
  {
    await using cache = await AnswerCache.open(file);
    const ended = await extract(await connect(baseURL, 2000), [...subjects, ...hopeless], {
      cache,
      attempts: 3,
      onRetry: (name, {kind, message}) => told.push(`${name} ${kind} ${message}`),
    });
    t.deepEqual(
      ended.map(({item}) => item),
      [...subjects, ...hopeless],
    );
    t.deepEqual(kinds(ended), {
      plain: 'plain place, sky',
      limited: 'limited place, sky',
      broken: 'broken place, sky',
      slow: 'slow place, sky',
      cut: 'cut place, sky',
      dropped: 'dropped place, sky',
      garbled: 'garbled place, sky',
      refused: 'refusal',
      nothing: 'empty',
      alwaysBroken: 'server',
      alwaysSlow: 'timeout',
      alwaysCut: 'connection',
      alwaysGarbled: 'answer',
      last: 'last place, sky',
    });
    const failures = ended.flatMap((one) => ('failure' in one ? [one.failure.message] : []));
    t.true(failures.some((message) => message.includes('(3 attempts)')));
    const everything = [...failures, ...told, readFileSync(file, 'utf8')].join('\n');
    t.false(everything.includes(KEY));
    t.true(everything.includes('***'));
  }
  t.is(calls[0]!.authorization, `Bearer ${KEY}`);
  const limitedCalls = calls.filter(({subject}) => subject === 'limited');
  t.true(limitedCalls[1]!.at - limitedCalls[0]!.at >= 990);
  t.is(calls.filter(({subject}) => subject === 'refused').length, 1);

  // Who was answered is not asked again; who failed is.
  const before = calls.length;
  await using cache = await AnswerCache.open(file);
  const again = await extract(await connect(baseURL), subjects, {cache, attempts: 1});
  // Two calls at once come in either order.
  t.deepEqual(
    calls
      .slice(before)
      .map(({subject}) => subject)
      .sort(),
    ['nothing', 'refused'],
  );
  t.is(calls.length, before + 2);
  t.is(again.filter((one) => 'cached' in one && one.cached).length, 7);
});

test('a server without schemas is asked for JSON, one without that for words, and then all images so', async (t) => {
  const levels = ['json_schema', 'json_object', 'text'];
  for (const has of [1, 2]) {
    const {baseURL, calls} = await faultyServer(t, {
      '*': (call, response) => {
        if (levels.indexOf(call.format) < has) fail(response, 400, "'response_format' is not supported");
        else
          answer(
            response,
            call.format === 'text' ? 'Elements: a road, old trees.' : '```json\n["a road","old trees"]\n```',
          );
      },
    });
    const subjects = ['one', 'two', 'three', 'four', 'five', 'six'];
    const ended = await extract(await connect(baseURL), subjects, {concurrency: 1});
    t.deepEqual(new Set(Object.values(kinds(ended))), new Set(['a road, old trees']));
    t.is(calls.length, subjects.length + has);
    t.is(calls.at(-1)!.format, levels[has]!);
  }
});

test('a server that takes schemas and answers in words is understood', async (t) => {
  const {baseURL, calls} = await faultyServer(t, {
    '*': (_, response) => answer(response, 'a wooden fence, tall grass'),
  });
  const ended = await extract(await connect(baseURL), ['a', 'b', 'c', 'd', 'e'], {concurrency: 1});
  t.deepEqual(new Set(Object.values(kinds(ended))), new Set(['a wooden fence, tall grass']));
  t.is(calls.length, 3 * 3 + 2);
});

test('an abort stops, and the next run goes on without asking for what is there', async (t) => {
  const stop = new AbortController();
  let answered = 0;
  const {baseURL} = await faultyServer(t, {
    '*': (_, response) => {
      answer(response, elements('a tree'));
      if (++answered === 6) stop.abort();
    },
  });
  const file = join(temporaryFolder(t), 'answers.jsonl');
  const subjects = Array.from({length: 14}, (_, at) => `s${at}`);
  {
    await using cache = await AnswerCache.open(file);
    const cutOff = extract(await connect(baseURL), subjects, {cache, concurrency: 2, signal: stop.signal});
    t.is(((await t.throwsAsync(cutOff)) as SynoodError).code, 'ERR_ABORTED');
  }
  const kept = readFileSync(file, 'utf8').split('\n').length - 1;
  t.true(kept > 0 && kept < 14);
  writeFileSync(file, `${readFileSync(file, 'utf8')}{"key": "torn`);
  const {baseURL: second, calls: later} = await faultyServer(t, {'*': first(0, broken)});
  await using cache = await AnswerCache.open(file);
  const ended = await extract(await connect(second), subjects, {cache, concurrency: 2});
  t.is(ended.length, 14);
  t.true(ended.every((one) => 'elements' in one));
  const asked = later.map(({subject}) => subject);
  t.is(new Set(asked).size, asked.length);
  t.is(asked.length, 14 - kept);
});

test('calls at once are bounded, images are made smaller, equal images are asked about once', async (t) => {
  let now = 0;
  let most = 0;
  const {baseURL, calls} = await faultyServer(t, {
    '*': (_, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now--;
        answer(response, elements('a tree'));
      }, 15);
    },
  });
  const server = await connect(baseURL);
  const large = {data: new Uint8Array(900 * 600 * 3).fill(90), width: 900, height: 600, channels: 3 as const};
  const requests = Array.from({length: 20}, (_, at) => ({
    item: at,
    image: at < 2 ? large : pixel(at),
    name: `${at}`,
    subject: 'owl',
  }));
  const ended: Extracted<number>[] = [];
  for await (const one of extractContexts(server, requests, {model: 'm', concurrency: 3, maxSide: 64}))
    ended.push(one);
  t.is(ended.length, 20);
  t.is(calls.length, 19);
  t.is(most, 3);
  t.true(calls.every(({imageBytes}) => imageBytes < 2000));
});

test('a server that is not there, or takes no such calls, is told after a few images', async (t) => {
  const subjects = Array.from({length: 40}, (_, at) => `s${at}`);
  const gone = await connect('http://127.0.0.1:9/v1');
  const error = (await t.throwsAsync(extract(gone, subjects, {attempts: 1}))) as SynoodError;
  t.is(error.code, 'ERR_IO');
  t.regex(error.message, /first 8 images all failed.*connection failed/i);
  const {baseURL} = await faultyServer(t, {
    '*': (_, response) => fail(response, 401, `Incorrect key ${KEY}`),
  });
  const refused = (await t.throwsAsync(extract(await connect(baseURL), subjects))) as SynoodError;
  t.regex(refused.message, /HTTP 401: .*\*\*\*/);
  const without = OpenAiServer.connect({
    model: 'm',
    apiKeyVariable: 'SYNOOD_NO_KEY',
    timeout: 1,
    maxTokens: 1,
    temperature: 0,
  });
  t.regex((await t.throwsAsync(without)).message, /SYNOOD_NO_KEY/);
  await t.throwsAsync(connect('http://me:secret@localhost/v1'), {message: /password/});
});

test('a server that goes away ends the run, also where kept answers come first; it goes on from there', async (t) => {
  const subjects = Array.from({length: 40}, (_, at) => `s${at}`);
  const file = join(temporaryFolder(t), 'answers.jsonl');
  let up = true;
  const {baseURL, calls} = await faultyServer(t, {
    '*': (_, response) => {
      if (up && calls.length <= 12) answer(response, elements('a tree'));
      else response.destroy();
    },
  });
  const once = {attempts: 1, concurrency: 1};
  for (const which of ['last', 'first']) {
    await using cache = await AnswerCache.open(file);
    const error = (await t.throwsAsync(
      extract(await connect(baseURL), subjects, {...once, cache}),
    )) as SynoodError;
    t.is(error.code, 'ERR_IO');
    t.regex(error.message, new RegExp(`The ${which} 8 images all failed`));
    up = false;
  }
  const {baseURL: again, calls: later} = await faultyServer(t, {'*': first(0, broken)});
  await using cache = await AnswerCache.open(file);
  const ended = await extract(await connect(again), subjects, {...once, cache});
  t.true(ended.length === 40 && ended.every((one) => 'elements' in one));
  t.is(later.length, 28);
});

test('many calls that wait at once listen to one signal without a warning', async (t) => {
  const warnings: string[] = [];
  const listen = (warning: Error) => warnings.push(warning.name);
  process.on('warning', listen);
  t.teardown(() => process.off('warning', listen));
  const {baseURL} = await faultyServer(t, {'*': first(1, broken)});
  const subjects = Array.from({length: 24}, (_, at) => `s${at}`);
  const {signal} = new AbortController();
  const ended = await extract(await connect(baseURL), subjects, {concurrency: 24, signal});
  t.is(ended.length, 24);
  t.false(warnings.includes('MaxListenersExceededWarning'));
});

test('answers are read leniently, never wildly', (t) => {
  t.deepEqual(parseElements('{"elements": ["a tree", "A Tree", " ", "- road."]}', false), ['a tree', 'road']);
  t.deepEqual(parseElements('Sure!\n```json\n{"elements": ["sky"]}\n```', false), ['sky']);
  t.deepEqual(parseElements('1. a tree\n2. a road\n', true), ['a tree', 'a road']);
  t.is(parseElements('a tree, a road', false), undefined);
  t.is(parseElements('{"elements": ["a tr', true), undefined);
  t.is(parseElements('', true), undefined);
  t.is(
    parseElements(JSON.stringify({elements: Array.from({length: 99}, (_, i) => `e${i}`)}), false)!.length,
    32,
  );
  t.is(parseRetryAfter('2'), 2000);
  t.is(parseRetryAfter('Wed, 21 Oct 2015 07:28:10 GMT', Date.parse('Wed, 21 Oct 2015 07:28:00 GMT')), 10_000);
  t.is(parseRetryAfter('soon'), undefined);
  t.true(backOff(3, 0) === 8 * backOff(0, 0) && backOff(1, 0.999) < backOff(1, 0));
});
