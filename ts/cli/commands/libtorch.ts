import type {LibtorchStatus} from '../../binding/libtorch/find.js';
import type {Command, CommandResult} from '../command.js';

function told(status: LibtorchStatus): CommandResult {
  if (status.found) return {json: status, text: status.path};
  const missing = status.missing.map((line) => `\n  - ${line}`).join('');
  return {json: status, text: `LibTorch was not found:${missing}\nRun: ${status.command}`, failed: true};
}

const path: Command = {
  usage: 'path',
  describe: 'Where LibTorch is',
  about:
    'Prints the folder of the LibTorch that synood opens: SYNOOD_LIBTORCH, the cache folder, or the torch of the Python on PATH.',
  examples: [
    ['synood libtorch path', 'the folder alone, for scripts'],
    ['synood libtorch path --json', 'its version, variant and where it was found'],
  ],
  async run() {
    const {inspectLibtorch} = await import('../../binding/libtorch/find.js');
    return told(inspectLibtorch());
  },
};

const pull: Command = {
  usage: 'pull',
  describe: 'Bring LibTorch into the cache folder',
  about:
    'Takes the LibTorch that is here, else brings the official archive or the wheel that pip knows into the cache folder. A download that was cut off goes on.',
  options: {
    variant: {
      type: 'string',
      describe: 'cpu, or the CUDA it is built for, such as cu130',
      default: 'cpu',
      requiresArg: true,
    },
    force: {type: 'boolean', describe: 'Bring it even if another one is on this machine'},
  },
  examples: [
    ['synood libtorch pull', 'LibTorch for the CPU'],
    ['synood libtorch pull --variant cu130', 'for CUDA 13.0'],
    ['SYNOOD_CACHE=/data/cache synood libtorch pull', 'into another cache folder'],
  ],
  resumes: true,
  async run(args, session) {
    const {pullLibtorch} = await import('../../binding/libtorch/obtain.js');
    const variant = args['variant'] as string;
    const status = await pullLibtorch({
      variant,
      force: args['force'] === true,
      log: (line) => session.say(`libtorch: ${line}`),
    });
    return told(status);
  },
};

export const libtorch: Command = {
  usage: 'libtorch',
  describe: 'Find LibTorch, or bring it here',
  examples: [
    ['synood libtorch path', 'where it is'],
    ['synood libtorch pull', 'bring it into the cache folder'],
  ],
  commands: [path, pull],
};
