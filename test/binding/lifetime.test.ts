import test from 'ava';
import {runProgram} from '../support/program.js';

const program = (name: string) => runProgram(`dist/test/binding/programs/${name}.js`);

test.serial('a worker thread that is terminated in the middle of a job takes nothing with it', async (t) => {
  const {code, signal, stdout, stderr} = await program('terminate-worker');
  t.log(stdout.split('\n')[0]);
  t.deepEqual({code, signal}, {code: 0, signal: null}, stderr);
  t.true(stdout.endsWith('alive\n'));
});

test.serial(
  'process.exit() in the middle of an operation ends the process with the code that was asked for',
  async (t) => {
    const {code, signal, stdout, stderr} = await program('exit-in-job');
    t.deepEqual({code, signal, stdout}, {code: 0, signal: null, stdout: 'leaving\n'}, stderr);
  },
);

test.serial('a process that disposes of nothing ends well', async (t) => {
  const {code, signal, stdout, stderr} = await program('no-dispose');
  t.deepEqual({code, signal, stdout}, {code: 0, signal: null, stdout: 'end\n'}, stderr);
});

test.serial('memory stays bounded while engines and models come and go', async (t) => {
  const {code, stdout, stderr} = await program('reload');
  t.is(code, 0, stderr);
  const {early, late} = JSON.parse(stdout) as {early: number; late: number};
  t.log(`${early} MB resident after a third of the rounds, ${late} MB at the end`);
  t.true(late - early < 60);
});
