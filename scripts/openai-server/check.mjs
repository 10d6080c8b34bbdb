#!/usr/bin/env node
// `synood contexts` against a real OpenAI-compatible server that needs no download: transformers serve with a LLaVA of random
// weights. What the model says means nothing, so each image has to end with contexts or with a failure that has a name, once; a
// run that is interrupted, and one whose server goes away, go on.
//
//     pip install "transformers[serving]" torch pillow
//     node scripts/openai-server/check.mjs [--python python3] [--port 8137] [--work FOLDER]
import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {setTimeout as delay} from 'node:timers/promises';
import {parseArgs} from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const cli = join(here, '../../dist/ts/cli/main.js');
const {values} = parseArgs({
  options: {
    python: {type: 'string', default: 'python3'},
    port: {type: 'string', default: '8137'},
    work: {type: 'string'},
  },
});
const work = values.work ?? mkdtempSync(join(tmpdir(), 'synood-openai-server-'));
const model = join(work, 'random-llava');
const out = join(work, 'run');
const base = `http://127.0.0.1:${values.port}`;
mkdirSync(work, {recursive: true});

function start(program, args, options = {}) {
  const child = spawn(program, args, {stdio: ['ignore', 'pipe', 'pipe'], ...options});
  const said = {stdout: '', stderr: ''};
  child.stdout.on('data', (part) => (said.stdout += part));
  child.stderr.on('data', (part) => (said.stderr += part));
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({code, ...said}));
  });
  return {child, said, ended};
}

const lines = (name) => {
  const path = join(out, name);
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
};

function check(holds, what) {
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
  if (!holds) process.exitCode = 1;
}

async function startServer() {
  const main = 'from transformers.cli.transformers import main; main()';
  const server = start(
    values.python,
    ['-c', main, 'serve', model, '--host', '127.0.0.1', '--port', values.port, '--device', 'cpu'],
    {env: {...process.env, HF_HUB_OFFLINE: '1', HF_HOME: join(work, 'hf')}},
  );
  for (;;) {
    const healthy = await fetch(`${base}/health`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (healthy) return server;
    if (server.child.exitCode !== null) throw new Error(`The server has ended:\n${server.said.stderr}`);
    await delay(500);
  }
}

async function stop({child, ended}) {
  child.kill('SIGKILL');
  await ended;
}

const synood = (...args) => start(process.execPath, [cli, ...args]);

const made = await start(values.python, [join(here, 'random_llava.py'), model]).ended;
if (made.code !== 0) throw new Error(made.stderr);
console.log(made.stdout.trim());
writeFileSync(
  join(work, 'config.json'),
  JSON.stringify({
    name: 'random answers',
    world: {name: 'emoji', trainPerClass: 4, testPerSet: 2},
    select: {perClass: 2},
    contexts: {
      source: 'openai',
      mllm: {baseURL: `${base}/v1`, model, attempts: 1, concurrency: 2, maxTokens: 48, temperature: 1},
    },
  }),
);

let server = await startServer();
const {version} = await fetch(`${base}/openapi.json`).then(
  (answer) => answer.json(),
  () => ({}),
);
console.log(`transformers serve on ${base}${version ? ` (${version})` : ''}`);
const selected = await synood('select', join(work, 'config.json'), '--out', out, '--quiet').ended;
if (selected.code !== 0) throw new Error(selected.stderr);
const images = lines('selection.jsonl').map((line) => JSON.parse(line).id);
console.log(selected.stdout.trim());

// Interrupted after a few answers.
const cut = synood('contexts', '--out', out, '--quiet');
while (lines('answers.jsonl').length < 5 && cut.child.exitCode === null) await delay(50);
cut.child.kill('SIGINT');
const {code: interrupted} = await cut.ended;
const kept = lines('answers.jsonl').length;
check(
  interrupted === 130 && kept < images.length,
  `interrupted: exit code ${interrupted}, ${kept} answers kept`,
);

// No server: what was answered stays, the rest is told.
await stop(server);
const gone = await synood('contexts', '--out', out, '--quiet').ended;
check(gone.code === 1 && /ERR_IO/.test(gone.stderr), `no server: ${gone.stderr.trim().slice(0, 160)}`);
check(lines('answers.jsonl').length === kept, `still ${kept} answers`);

server = await startServer();
const whole = await synood('contexts', '--out', out, '--quiet', '--json').ended;
await stop(server);
if (whole.code !== 0) throw new Error(whole.stderr + whole.stdout);
const {stages, leftOut} = JSON.parse(whole.stdout);
const {details} = stages.find(({name}) => name === 'contexts');
console.log(JSON.stringify(details));
const answered = lines('contexts.jsonl').map((line) => JSON.parse(line).id);
const failed = leftOut.filter(({what}) => images.some((id) => what === `inDistribution: ${id}`));
const ends = [...answered, ...failed.map(({what}) => what.slice('inDistribution: '.length))];
check(new Set(ends).size === ends.length, 'no image ended twice');
check(
  images.every((id) => ends.includes(id)) && ends.length === images.length,
  `${images.length} images: ${answered.length} with contexts, ${failed.length} with a named failure`,
);
check(
  failed.every(({reason}) => /has no contexts \([a-z-]+\): |no context is left: /.test(reason)),
  'each failure has a name',
);
check(details.cached === kept, `${details.cached} answers of the interrupted run were not asked for again`);
const keys = lines('answers.jsonl').map((line) => JSON.parse(line).key);
check(new Set(keys).size === keys.length, `${keys.length} answers on the disk, none twice`);
for (const line of lines('contexts.jsonl').slice(0, 3)) console.log(line);
for (const {what, reason} of failed.slice(0, 3)) console.log(`${what}: ${reason}`);
if (values.work === undefined) rmSync(work, {recursive: true, force: true});
