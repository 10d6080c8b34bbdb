import type {Command, CommandResult} from '../command.js';
import type {EncodedPaths} from '../clip/encode-paths.js';
import {wholeNumber} from '../whole-number.js';

function describe(
  {paths, stored, failed, damaged, seconds}: EncodedPaths,
  bank: string,
  total: number,
): string {
  const rate = paths.length / Math.max(seconds, 1e-3);
  const lines = [
    `${paths.length} images in ${seconds.toFixed(1)} s (${rate.toFixed(1)} images/s): ${paths.length - stored} encoded, ${stored} read from the bank`,
    `${bank}: ${total} images of this model`,
    ...failed.map(({path, reason}) => `left out: ${path}: ${reason}`),
    ...damaged.map(({path, reason}) => `not used: ${path}: ${reason}`),
  ];
  return lines.join('\n');
}

export const encode: Command = {
  usage: 'encode <images..>',
  describe: 'Encode images with a CLIP, and keep the features in a bank',
  about:
    'An image is encoded once for each model, by its content: a second run reads the bank. Images are decoded beside the model, so a folder may have any size. Several processes may fill one bank. Images that cannot be read are named, the others are encoded, and the exit code is 1.',
  positionals: {images: {type: 'string', describe: 'Image files, or folders of them'}},
  options: {
    bank: {
      alias: 'b',
      type: 'string',
      describe: 'The folder of the bank, new or not',
      demandOption: true,
      requiresArg: true,
    },
    clip: {
      type: 'string',
      describe: "A CLIP folder of transformers, OpenCLIP or OpenAI; without it Emoji World's",
      requiresArg: true,
    },
    'batch-size': {
      type: 'number',
      default: 32,
      describe: 'Images that CLIP takes at once',
      requiresArg: true,
    },
    output: {
      type: 'string',
      describe: 'Also write the features to a safetensors file, with the paths',
      requiresArg: true,
    },
  },
  examples: [
    ['synood encode photos/ --bank features', "a folder, with Emoji World's CLIP"],
    ['synood encode photos/ -b features --clip clip-vit-base-patch16', 'another model in the same bank'],
    [
      'synood encode a.jpg b.png -b features --output ab.safetensors --json',
      '{"images", "stored", "failed", ...}',
    ],
  ],
  resumes: true,
  async run(args, session): Promise<CommandResult> {
    const {imagesOf} = await import('../image-arguments.js');
    const {encodePaths} = await import('../clip/encode-paths.js');
    const {clipImageEncoder} = await import('../../features/image-encoder.js');
    const {FeatureBank} = await import('../../features/feature-bank.js');
    const {Engine} = await import('../../models/engine.js');
    const {writeSafetensors} = await import('../../models/weights/safetensors.js');
    const {emojiAsset} = await import('../../worlds/emoji/assets.js');
    const {paths, skipped} = await imagesOf(args['images'] as string[]);
    const {device, threads} = session.options;
    const bank = args['bank'] as string;
    const batchSize = wholeNumber('batch-size', args['batchSize'], 1, 'synood encode --help')!;
    const output = args['output'] as string | undefined;
    await using engine = await Engine.open({device, threads});
    using clip = await engine.loadClip((args['clip'] as string | undefined) ?? emojiAsset('models', 'clip'));
    const encoded = await encodePaths(clip, paths, {batchSize, bank, keep: output !== undefined}, session);
    const store = await (await FeatureBank.open(bank)).store((await clipImageEncoder(clip, batchSize)).space);
    if (output !== undefined) {
      await writeSafetensors(output, {image: encoded.features}, {paths: JSON.stringify(encoded.paths)});
    }
    const {features, ...told} = encoded;
    return {
      json: {
        ...told,
        images: told.paths.length,
        width: features.shape[1],
        bank,
        inBank: store.size,
        output,
        skipped,
      },
      text: describe(encoded, bank, store.size),
      failed: encoded.failed.length > 0,
    };
  },
};
