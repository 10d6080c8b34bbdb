import {extname} from 'node:path';
import type {InpaintedImage} from '../../inpainting/options.js';
import type {Command, CommandResult} from '../command.js';
import {UsageError} from '../usage-error.js';

const HELP = 'synood inpaint --help';

function pngPath(path: string): string {
  if (extname(path).toLowerCase() === '.png') return path;
  throw new UsageError(
    `Expected --out to end with .png, which keeps the unmasked pixels as they are, got '${path}'.`,
    HELP,
  );
}

/** out.png -> out.strip.png */
const stripPath = (out: string): string => `${out.slice(0, -extname(out).length)}.strip.png`;

function number(args: Record<string, unknown>, name: string): number | undefined {
  const value = args[name];
  if (typeof value !== 'number' || !Number.isNaN(value)) return value as number | undefined;
  throw new UsageError(`Expected a number after --${name}.`, HELP);
}

/** Of this process until now, in bytes. */
const peakMemory = (): number => process.resourceUsage().maxRSS * 1024;

function describe(out: string, strip: string | undefined, result: InpaintedImage, replaced: number): string {
  const {image, seed, warnings} = result;
  const share = ((100 * replaced) / (image.width * image.height)).toFixed(1);
  return [
    `${out}: ${image.width} x ${image.height}, ${share} % replaced, seed ${seed}, peak memory ${(peakMemory() / 2 ** 30).toFixed(2)} GiB`,
    ...(strip ? [`${strip}: before, mask, after`] : []),
    ...warnings.map((warning) => `warning: ${warning}`),
  ].join('\n');
}

export const inpaint: Command = {
  usage: 'inpaint <image>',
  describe: 'Replace part of an image by what a prompt says',
  about:
    'Works at the size of the image; the pixels that the mask keeps have the same bytes afterwards. The default model is that of Emoji World, which draws 64 x 64 pixels; --model takes any Stable Diffusion (inpainting) folder of diffusers.',
  positionals: {image: {type: 'string', describe: 'An image file'}},
  options: {
    mask: {
      alias: 'm',
      type: 'string',
      describe:
        "What is replaced: 'full', a box x,y,width,height, an image file (white is replaced), or 'subject', where CLIP finds --class",
      demandOption: true,
      requiresArg: true,
    },
    class: {type: 'string', describe: 'What --mask subject looks for', requiresArg: true},
    prompt: {
      alias: 'p',
      type: 'string',
      describe: 'What comes in its place',
      demandOption: true,
      requiresArg: true,
    },
    'negative-prompt': {type: 'string', describe: 'What guidance leads away from', requiresArg: true},
    out: {
      alias: 'o',
      type: 'string',
      describe: 'The PNG file to write',
      demandOption: true,
      requiresArg: true,
    },
    model: {type: 'string', describe: 'A diffusers folder', requiresArg: true},
    clip: {type: 'string', describe: 'A CLIP folder, for --mask subject', requiresArg: true},
    steps: {type: 'number', describe: 'Denoising steps for strength 1; default 30', requiresArg: true},
    strength: {type: 'number', describe: 'How far into the noise, 0 to 1; default 1', requiresArg: true},
    'cache-interval': {
      type: 'number',
      describe:
        'Deep features are computed at every so many-th step only: faster, another picture; default 1',
      requiresArg: true,
    },
    guidance: {type: 'number', describe: 'Guidance scale; 1 turns it off; default 7.5', requiresArg: true},
    scheduler: {
      type: 'string',
      describe: "ddim, pndm, euler, euler-ancestral, dpm++, unipc, lcm; default: the model's own",
      requiresArg: true,
    },
    width: {type: 'number', describe: 'Pixels that the model computes; default: its own', requiresArg: true},
    height: {type: 'number', describe: 'The same, downwards', requiresArg: true},
    dilate: {type: 'number', describe: 'Grow the mask by so many pixels', requiresArg: true},
    blur: {type: 'number', describe: 'Soften its edge, inside it: sigma in pixels', requiresArg: true},
    crop: {type: 'boolean', describe: 'Show the model only the surroundings of the mask'},
    padding: {type: 'number', describe: 'So many pixels of them; default 32', requiresArg: true},
    'no-paste-back': {type: 'boolean', describe: "Take the model's whole picture, unmasked pixels too"},
    strip: {type: 'boolean', describe: 'Also write before, mask and after side by side: OUT.strip.png'},
  },
  examples: [
    ["synood inpaint photo.jpg --mask full --prompt 'A photo only remain tree.' -o out.png", 'all of it'],
    ["synood inpaint photo.jpg -m 20,30,64,64 -p 'a bench' -o out.png --crop --blur 4", 'a box'],
    ["synood inpaint photo.jpg -m mask.png -p 'a bench' -o out.png --seed 7 --strip", 'white of a file'],
    ["synood inpaint owl.png -m subject --class owl -p 'an empty photo' -o out.png", 'where CLIP sees it'],
    [
      "synood inpaint photo.jpg -m mask.png -p 'a bench' -o out.png --model stable-diffusion-2-inpainting --scheduler dpm++ --steps 20",
      'another model',
    ],
  ],
  async run(args, session): Promise<CommandResult> {
    const {makeMask, parseMask} = await import('../inpaint/mask-argument.js');
    const {schedulerOf} = await import('../inpaint/scheduler-argument.js');
    const {decodeImage} = await import('../../data/image.js');
    const {saveImage} = await import('../../data/image-output.js');
    const {maskArea} = await import('../../data/mask.js');
    const {maskImage} = await import('../../data/mask-resize.js');
    const {sideBySide} = await import('../../data/side-by-side.js');
    const {inpaintImage} = await import('../../inpainting/inpaint-image.js');
    const {Engine} = await import('../../models/engine.js');
    const {emojiAsset} = await import('../../worlds/emoji/assets.js');

    const text = (name: string) => args[name] as string | undefined;
    const out = pngPath(args['out'] as string);
    const model = text('model') ?? emojiAsset('models', 'inpainter');
    const wanted = parseMask(
      args['mask'] as string,
      text('class'),
      text('clip') ?? emojiAsset('models', 'clip'),
    );
    const name = text('scheduler');
    const scheduler = name === undefined ? undefined : await schedulerOf(model, name);
    const image = await decodeImage(args['image'] as string);
    const {device, threads, seed} = session.options;
    await using engine = await Engine.open({device, threads});
    const {signal, progress} = session;
    const mask = await makeMask(wanted, image, () => Promise.resolve(engine), signal);
    using inpainter = await engine.loadInpainter(model);
    const result = await inpaintImage(inpainter, {
      image,
      mask,
      prompt: args['prompt'] as string,
      negativePrompt: text('negative-prompt'),
      seed: seed ?? 0,
      steps: number(args, 'steps') ?? 30,
      strength: number(args, 'strength'),
      guidanceScale: number(args, 'guidance'),
      cacheInterval: number(args, 'cache-interval'),
      scheduler,
      width: number(args, 'width'),
      height: number(args, 'height'),
      dilate: number(args, 'dilate'),
      blur: number(args, 'blur'),
      crop: number(args, 'padding') ?? args['crop'] === true,
      pasteBack: args['no-paste-back'] !== true,
      onStep: ({index, total}) => progress.report({stage: 'inpaint', done: index + 1, total}),
      signal,
    });
    await saveImage(out, result.image);
    const strip = args['strip'] === true ? stripPath(out) : undefined;
    if (strip) await saveImage(strip, sideBySide([image, maskImage(result.mask), result.image]));
    const replaced = maskArea(result.mask);
    const {region, warnings} = result;
    return {
      json: {
        out,
        strip,
        model,
        width: image.width,
        height: image.height,
        seed: Number(result.seed),
        replacedPixels: replaced,
        region,
        warnings,
        peakMemory: peakMemory(),
      },
      text: describe(out, strip, result, replaced),
    };
  },
};
