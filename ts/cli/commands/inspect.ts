import type {Command} from '../command.js';
import type {GraphicsCard, Machine} from '../inspect/machine.js';
import type {Missing} from '../inspect/missing.js';
import type {NativeParts} from '../inspect/native-parts.js';
import type {EngineProbe} from '../inspect/probe.js';
import {formatList} from '../output/table.js';

interface Inspection extends Machine, NativeParts {
  /** from the NVIDIA driver; empty with --device cpu, which asks nobody */
  graphicsCards: GraphicsCard[];
  /** null: without LibTorch or the native parts there is nothing to open */
  engine: EngineProbe | null;
  missing: Missing[];
  ready: boolean;
}

async function inspectAll(device: string): Promise<Inspection> {
  const {graphicsCards, machine} = await import('../inspect/machine.js');
  const {nativeParts} = await import('../inspect/native-parts.js');
  const {whatIsMissing} = await import('../inspect/missing.js');
  const {probeEngine} = await import('../inspect/probe.js');
  const here = machine();
  const parts = nativeParts(device);
  const complete = parts.addon.loads && parts.libtorch.found;
  const [cards, engine] = await Promise.all([
    device === 'cpu' ? [] : graphicsCards(),
    complete ? probeEngine(device) : null,
  ]);
  const missing = whatIsMissing(here, parts, engine, cards);
  return {...here, ...parts, graphicsCards: cards, engine, missing, ready: missing.length === 0};
}

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GB`;

function describe(found: Inspection): string {
  const {node, platform, memory, addon, cores, libtorch, engine} = found;
  const torch = `${libtorch.version} (${libtorch.variant}) in ${libtorch.path}, from ${libtorch.source}`;
  const rows: [string, string][] = [
    ['synood', found.synood],
    ['Node', `${node.version}${node.supported ? '' : `, ${node.needed} is needed`}`],
    ['platform', `${platform.os} ${platform.release} ${platform.arch}`],
    ['processor', `${platform.cpu}, ${platform.threads} threads`],
    ['memory', `${gigabytes(memory.total)}, ${gigabytes(memory.free)} free`],
    ...found.graphicsCards.map(({name, driver, memory: mib}): [string, string] => [
      'graphics card',
      `${name}, ${(mib / 1024).toFixed(0)} GB, driver ${driver}`,
    ]),
    ['LibTorch', libtorch.found ? torch : 'not found'],
    ['addon', addon.loads ? addon.path! : 'not found'],
    ['core for CPU', cores.cpu ?? 'not built'],
    ['core for CUDA', cores.cuda ?? 'not built'],
  ];
  if (engine?.ok) {
    const {info} = engine;
    rows.push(['engine', `${info.device} (${info.deviceName}), ${info.dtype}, ${info.threads} threads`]);
  }
  const text = formatList(rows);
  if (found.ready) return `${text}\n\nNothing is missing.`;
  const missing = found.missing.map(({what, command}) => `  - ${what}\n    run: ${command}`);
  return `${text}\n\nMissing:\n${missing.join('\n')}`;
}

export const inspect: Command = {
  usage: 'inspect [model]',
  describe: 'What is here, what is missing, and the command for it',
  about:
    'Tells about Node, the machine, LibTorch and the native parts. Works without any of them, downloads nothing. With --device cpu no graphics card is asked. With a model folder it tells the classes, tensors and parameters of its parts instead, and whether every key of the files is used, none missing or left over; that takes no memory, and the exit code is 1 if something is wrong.',
  positionals: {model: {type: 'string', describe: "A model's folder, or a diffusers pipeline's"}},
  options: {
    variant: {
      type: 'string',
      describe: "Of a model's files: fp16 takes *.fp16.safetensors",
      requiresArg: true,
    },
  },
  examples: [
    ['synood inspect', 'everything, for people'],
    ['synood inspect --json', 'the same for programs: look at "ready" and "missing"'],
    ['synood inspect --device cuda', 'whether CUDA can be used, and if not, why'],
    [
      'synood inspect stable-diffusion-2-inpainting',
      'parts and parameters of a model, and whether all of it is understood',
    ],
  ],
  async run(args, {options}) {
    const model = args['model'] as string | undefined;
    if (model !== undefined) {
      const {inspectModel} = await import('../inspect/model.js');
      return inspectModel(model, args['variant'] as string | undefined);
    }
    const device = options.device ?? (process.env['SYNOOD_DEVICE'] || 'auto');
    const json = await inspectAll(device);
    return {json, text: describe(json)};
  },
};
