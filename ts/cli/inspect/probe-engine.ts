/**
 * Opens an engine and tells about it on stdout, as one line of JSON. A program of its own: a library that does not fit
 * this machine may end the process that opens it, and LibTorch may print.
 */
import {messageOf, SynoodError} from '../../binding/errors.js';
import {Engine} from '../../models/engine.js';
import {MARK} from './probe.js';

const device = process.argv[2] as 'auto' | 'cpu' | 'cuda';

async function probe(): Promise<object> {
  try {
    await using engine = await Engine.open({device});
    return {ok: true, info: engine.info};
  } catch (thrown) {
    const code = thrown instanceof SynoodError ? thrown.code : 'ERR_INTERNAL';
    return {ok: false, code, message: messageOf(thrown)};
  }
}

process.stdout.write(`${MARK}${JSON.stringify(await probe())}\n`);
