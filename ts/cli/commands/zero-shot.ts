import type {ZeroShotLabel} from '../../detection/zero-shot.js';
import type {Command, CommandResult} from '../command.js';
import {formatTable} from '../output/table.js';
import {UsageError} from '../usage-error.js';
import {wholeNumber} from '../whole-number.js';

interface Seen {
  path: string;
  labels: ZeroShotLabel[];
}

function describe(images: Seen[]): string {
  const right = (title: string) => ({title, align: 'right' as const});
  const rows = images.flatMap(({path, labels}) =>
    labels.map(({label, probability, cosine}, place) => [
      place === 0 ? path : '',
      label,
      `${(probability * 100).toFixed(1)} %`,
      cosine.toFixed(3),
    ]),
  );
  return formatTable([{title: 'image'}, {title: 'label'}, right('probability'), right('cosine')], rows);
}

const HELP = 'synood zero-shot --help';

interface ChosenLabels {
  labels: readonly string[];
  /** what is not used of the list that was given */
  dropped?: string;
}

/** Words after commas, a file with one a line, WordNet's nouns, or Emoji World's concepts. */
async function labelsOf(args: Record<string, unknown>): Promise<ChosenLabels> {
  const {droppedWords, readWordList, wordList} = await import('../../data/word-list.js');
  const [words, file] = [args['labels'], args['labelsFile']] as (string | undefined)[];
  if (words !== undefined && file !== undefined) {
    throw new UsageError('Expected --labels or --labels-file, not both.', HELP);
  }
  if (words === 'wordnet') {
    return {labels: (await (await import('../../wordnet/candidates.js')).wordnetCandidates()).nouns};
  }
  if (words !== undefined) {
    const list = wordList(words.split(','));
    if (list.words.length > 0) return {labels: list.words, dropped: droppedWords(list, 'blank')};
    throw new UsageError(`Expected words in --labels, such as owl,camel,street, got '${words}'.`, HELP);
  }
  if (file !== undefined) {
    const list = await readWordList(file);
    return {labels: list.words, dropped: droppedWords(list)};
  }
  if (args['clip'] !== undefined) {
    throw new UsageError("Expected --labels, such as owl,camel,street, or 'wordnet'.", HELP);
  }
  const {classNames, contextVocabulary, negativeNouns} = await import('../../worlds/emoji/vocabulary.js');
  return {labels: wordList([...classNames, ...contextVocabulary, ...negativeNouns]).words};
}

export const zeroShot: Command = {
  usage: 'zero-shot <images..>',
  describe: 'What a CLIP sees in images, in words',
  about:
    'Of each image the labels that are most probable, by the cosine of image and prompt at the scale of the model. Several templates make an ensemble: of each label the mean of its prompts.',
  positionals: {images: {type: 'string', describe: 'Image files, or folders of them'}},
  options: {
    labels: {
      alias: 'l',
      type: 'string',
      describe: "Labels with commas between, or 'wordnet'",
      requiresArg: true,
    },
    'labels-file': {type: 'string', describe: 'A file of labels, one a line', requiresArg: true},
    clip: {
      type: 'string',
      describe: "A CLIP folder of transformers, OpenCLIP or OpenAI; without it Emoji World's",
      requiresArg: true,
    },
    template: {
      alias: 't',
      type: 'string',
      array: true,
      default: ['a photo of a {}'],
      describe: 'Prompts with {} for the label',
      requiresArg: true,
    },
    top: {type: 'number', default: 5, describe: 'Labels told of each image', requiresArg: true},
    bank: {
      type: 'string',
      describe: 'A feature bank, where images and labels are looked for and kept',
      requiresArg: true,
    },
  },
  examples: [
    ['synood zero-shot owl.png', "among Emoji World's concepts"],
    [
      'synood zero-shot photos/ --labels owl,camel,street --clip clip-vit-base-patch16',
      'among labels of your own',
    ],
    [
      "synood zero-shot a.jpg -l owl,camel -t 'a photo of a {}' 'a drawing of a {}' --json",
      'an ensemble of prompts',
    ],
  ],
  async run(args, session): Promise<CommandResult> {
    const {imagesOf} = await import('../image-arguments.js');
    const {encodePaths} = await import('../clip/encode-paths.js');
    const {ZeroShot} = await import('../../detection/zero-shot.js');
    const {FeatureBank} = await import('../../features/feature-bank.js');
    const {clipTextSpace} = await import('../../features/encode-texts.js');
    const {Engine} = await import('../../models/engine.js');
    const {emojiAsset} = await import('../../worlds/emoji/assets.js');
    const top = wholeNumber('top', args['top'], 1, HELP)!;
    const {labels, dropped} = await labelsOf(args);
    const {paths, skipped} = await imagesOf(args['images'] as string[]);
    const {device, threads} = session.options;
    const {signal, progress} = session;
    const templates = args['template'] as string[];
    const bank = args['bank'] as string | undefined;
    await using engine = await Engine.open({device, threads});
    using clip = await engine.loadClip((args['clip'] as string | undefined) ?? emojiAsset('models', 'clip'));
    const store =
      bank === undefined ? undefined : await (await FeatureBank.open(bank)).store(await clipTextSpace(clip));
    const onProgress = (done: number, total: number) => progress.report({stage: 'labels', done, total});
    const classifier = await ZeroShot.create(clip, labels, {templates, store, signal, onProgress});
    const encoded = await encodePaths(clip, paths, {batchSize: 32, bank, keep: true}, session);
    const seen = await classifier.classify(encoded.features, top, signal);
    const images = encoded.paths.map((path, at) => ({path, labels: seen[at]!}));
    const {failed} = encoded;
    const lines = [
      ...(images.length > 0 ? [describe(images)] : []),
      ...(dropped === undefined ? [] : [`left out: ${dropped} among the labels`]),
      ...failed.map(({path, reason}) => `left out: ${path}: ${reason}`),
    ];
    return {
      json: {labels: labels.length, dropped, templates, images, failed, skipped},
      text: lines.join('\n'),
      failed: failed.length > 0,
    };
  },
};
