import {z} from 'zod';
import {schedulerNames} from '../../models/scheduler-names.js';

/** Stands for WordNet where a file of words is asked for. */
export const WORDNET = 'wordnet';

const text = z.string().min(1);
const share = z.number().min(0).max(1);
const positive = z.number().positive();
const count = z.number().int().positive();
const template = text.includes('{}');

const worldSchema = z.strictObject({
  name: z.literal('emoji').describe('the world that is drawn into the run directory'),
  seed: z.number().int().nonnegative().default(0).describe('of the drawn scenes'),
  trainPerClass: count.default(40).describe('training images of each of the twenty-five classes'),
  testPerSet: count.default(200).describe('images of each test set'),
});

const outSetSchema = z.strictObject({
  folder: text.describe('the images of the set'),
  against: text
    .default('validation')
    .describe(
      "the in-distribution test set that it is compared with: 'validation' or one of inDistributionTests",
    ),
});

const dataSchema = z
  .strictObject({
    inDistribution: text.optional().describe('training images, one folder a class'),
    validation: text
      .optional()
      .describe('held-out in-distribution test images; without it a share of the training images'),
    calibration: text
      .optional()
      .describe(
        'held-out in-distribution images for boundary and threshold; without it a share of the training images',
      ),
    splitShare: z
      .number()
      .min(0)
      .max(0.4)
      .default(0.25)
      .describe(
        'share of each class that is held out for each of validation and calibration that has no folder',
      ),
    inDistributionTests: z
      .record(text, text)
      .default({})
      .describe('more in-distribution test sets by name, for sets that state them in "against"'),
    outOfDistribution: z
      .union([text, z.record(text, z.union([text, outSetSchema]))])
      .default({})
      .describe('test sets by name, or one folder whose folders are the sets'),
    outOfDistributionValidation: z
      .record(text, text)
      .default({})
      .describe('sets by name for the search of hyper-parameters, with no image of a test set'),
    vocabulary: text
      .optional()
      .describe(
        "candidate nouns for negative labels, a file with one a line, or 'wordnet': about 70,000 nouns and adjectives; without it the embedded ones",
      ),
    adjectives: text.optional().describe("candidate adjectives, a file with one a line, or 'wordnet'"),
    contextVocabulary: text
      .optional()
      .describe("words for contextual elements, a file with one a line, or 'wordnet'; without it the nouns"),
    contexts: text
      .optional()
      .describe('JSON lines: {"id", "contexts": [...]}, or the paper\'s {"train/class/file": "text"}'),
    features: text
      .optional()
      .describe('a feature bank that several runs share; without it features/ of the run directory'),
  })
  .describe('image folders and word lists; relative paths are relative to the configuration file');

const headSchema = z.strictObject({
  file: text.describe("a safetensors file with a linear layer of your own on the classifier's features"),
  logits: text
    .optional()
    .describe("its weight's name, (classes, features); without it the only tensor of two dimensions"),
  bias: text
    .optional()
    .describe('its bias\'s name; without it the weight\'s with "bias" in place of "weight"'),
});

const modelsSchema = z
  .strictObject({
    clip: text.optional().describe('a transformers folder of CLIPModel'),
    inpainter: text.optional().describe('a diffusers folder of a Stable Diffusion (inpainting) pipeline'),
    classifier: text
      .optional()
      .describe('a transformers folder of ResNetForImageClassification or ViTForImageClassification'),
    classifierHead: headSchema
      .optional()
      .describe("a linear layer of your own on the classifier's features, in place of its last one"),
  })
  .describe("model folders; those left out are Emoji World's");

const selectSchema = z.strictObject({
  perClass: count.default(50).describe('images kept of each class, the most complex first'),
  complexity: z
    .enum(['file', 'reencode-q90'])
    .default('reencode-q90')
    .describe(
      'bytes per pixel of the file itself (as published), or of the image encoded again, for mixed formats',
    ),
});

const mllmSchema = z.strictObject({
  baseURL: text
    .optional()
    .describe(
      'an OpenAI-compatible server, such as http://localhost:8000/v1; without it OPENAI_BASE_URL, or the cloud',
    ),
  model: text.optional().describe('as the server calls it'),
  apiKeyVariable: text
    .default('OPENAI_API_KEY')
    .describe('the environment variable that holds the key; keys stand nowhere else'),
  instruction: text
    .optional()
    .describe('what is asked, with {subject} and {count}; without it the built-in one, elements-1'),
  elements: count.default(12).describe('asked for at most, before they are filtered'),
  maxSide: count.default(768).describe("of the sent image's longer side, in pixels"),
  format: z
    .enum(['auto', 'json_schema', 'json_object', 'text'])
    .default('auto')
    .describe('of the answer; auto takes the most exact one that the server has'),
  concurrency: count.default(4).describe('calls at once'),
  attempts: count.default(5).describe('calls for one image at most'),
  timeout: positive.default(120).describe('seconds that one call may take'),
  maxTokens: count.default(300).describe('of an answer'),
  temperature: z.number().min(0).default(0).describe("of the model's sampling"),
});

const contextsSchema = z.strictObject({
  source: z
    .enum(['clip', 'file', 'openai'])
    .default('clip')
    .describe('rank a vocabulary with CLIP, read data.contexts, or ask a multimodal language model'),
  filter: z
    .boolean()
    .default(true)
    .describe(
      'take the subject, its synonyms and what CLIP takes for it out of the elements, and rank the rest',
    ),
  count: count.default(2).describe('contextual elements of each image'),
  template: template.default('a photo of a {}').describe('how a word is put to CLIP'),
  dropNearest: share
    .default(0.05)
    .describe(
      'share of the vocabulary, nearest to the class name, that is never a context of the class; nor is what is as near as those',
    ),
  mllm: mllmSchema.prefault({}).describe('of source "openai"'),
});

const shareOfPicture = z.number().min(0).max(1);

const synthesizeSchema = z.strictObject({
  imageSize: count.optional().describe("side of the square images in pixels; without it the inpainter's own"),
  batchSize: count.default(2).describe('samples computed at once; bytes are promised at one size'),
  steps: count.default(20).describe('steps of the scheduler for strength 1'),
  strength: z.number().gt(0).max(1).default(0.6).describe('how far into the noise an image goes'),
  guidanceScale: z.number().min(0).default(8).describe('classifier-free guidance; 1 or less turns it off'),
  scheduler: z
    .enum(['model', ...schedulerNames])
    .default('model')
    .describe("the inpainter's own scheduler, or another with its noise schedule"),
  prompt: text.includes('{contexts}').default('A photo only remain {contexts}.').describe('of each sample'),
  contextLength: count.default(73).describe('characters of the contexts that go into the prompt'),
  negativePrompt: z
    .string()
    .default('')
    .describe('what guidance leads away from; with Stable Diffusion XL `""` counts as none given'),
  mask: z
    .union([
      z.enum(['full', 'subject', 'center']),
      z.strictObject({
        box: z
          .tuple([shareOfPicture, shareOfPicture, shareOfPicture, shareOfPicture])
          .refine(([left, top, right, bottom]) => left < right && top < bottom, {
            error: 'expected left, top, right, bottom with left < right and top < bottom',
          }),
      }),
    ])
    .default('full')
    .describe(
      'what is painted anew: all, where CLIP finds the class, the middle, or left, top, right, bottom in shares of the picture',
    ),
  reference: z
    .boolean()
    .default(false)
    .describe(
      "the authors' run step for step: PNDM, their objective, three iterations; overrides what follows",
    ),
  score: z
    .enum(['classifier', 'clip'])
    .default('classifier')
    .describe("whose logits are scored: the classifier's, or CLIP's zero-shot ones over the class prompts"),
  objective: z
    .enum(['energy', 'msp', 'max-logit', 'authors', 'reference'])
    .default('energy')
    .describe(
      "(score - boundary)^2 of energy, maximum softmax probability, maximum logit or the authors' statistic; reference: the authors' objective, which never stops early",
    ),
  temperature: positive.default(1).describe('of energy and softmax'),
  boundary: z
    .union([z.number(), z.strictObject({quantile: share})])
    .default({quantile: 0.05})
    .describe("a score, or that quantile of the calibration images' scores"),
  tolerance: z
    .union([positive, z.strictObject({deviations: positive})])
    .default({deviations: 0.25})
    .describe(
      "how near counts as at the boundary: a score, or standard deviations of the calibration images' scores",
    ),
  side: z
    .enum(['both', 'inside', 'outside'])
    .default('both')
    .describe('of the boundary on which a sample is accepted'),
  gradient: z
    .union([z.enum(['skip', 'exact']), z.strictObject({truncated: count})])
    .default('skip')
    .describe("the paper's skip gradient, or through the last calls of the denoiser, or through all"),
  chainFactor: z
    .boolean()
    .default(false)
    .describe('take what the gradient leaves out as its linear part, not as the identity'),
  latentGradient: z
    .enum(['unscaled', 'scaled'])
    .default('unscaled')
    .describe('with respect to latents as the autoencoder (published) or the denoiser has them'),
  saturation: z
    .enum(['clamp', 'straight-through'])
    .default('clamp')
    .describe('whether saturated pixels have a gradient'),
  restandardise: z
    .boolean()
    .default(false)
    .describe('bring moved noise back to mean 0 and standard deviation 1'),
  stepRule: z
    .enum(['normalised', 'fixed', 'line-search'])
    .default('normalised')
    .describe(
      'step size in units of the noise, the same halved while it goes over the boundary, or times the gradient as published',
    ),
  stepSize: positive.default(0.2).describe('how far the noise moves in one iteration'),
  maxIterations: count.default(6).describe('after which a sample is rejected'),
  retries: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('times that a rejected sample begins anew, with a new seed'),
  previews: z
    .number()
    .int()
    .min(0)
    .max(128)
    .default(0)
    .describe("side in pixels of small pictures of every iteration's image, in previews/; 0: none"),
});

const mineSchema = z.strictObject({
  classTemplate: template.default('the nice {}').describe('prompt of in-distribution classes'),
  nounTemplate: template.default('the nice {}').describe('prompt of candidate nouns'),
  adjectiveTemplate: template.default('This is a {} photo').describe('prompt of candidate adjectives'),
  quantile: share.default(0.95).describe("of a candidate's similarities to all classes"),
  share: z.number().gt(0).max(1).default(0.15).describe('of the candidates that is kept, the farthest first'),
});

const negatives = z
  .enum(['assigned', 'all'])
  .describe('the labels that some synthetic image has, or every negative label');

const projectionSchema = z.strictObject({
  epochs: count.default(3).describe('passes over the images'),
  batchSize: count.default(128).describe('images in each step'),
  learningRate: positive.default(1e-3).describe('of Adam, at the beginning'),
  finalLearningRate: z.number().min(0).default(1e-5).describe('at the end of the cosine'),
  weightDecay: z.number().min(0).default(1e-5).describe('L2, in the gradient'),
  initialGain: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe("of the layer norm at the beginning; 1 as published, 0 begins with CLIP's own features"),
  negatives: negatives.default('assigned'),
});

const labelsSchema = z.strictObject({
  epochs: count.default(5).describe('passes over the synthetic images'),
  batchSize: count.default(128).describe('images in each step'),
  learningRate: positive.default(2e-2).describe('of SGD, at the beginning'),
  finalLearningRate: z.number().min(0).default(0).describe('at the end of the cosine'),
  momentum: share.default(0.9).describe('of SGD'),
  weightDecay: z.number().min(0).default(1e-5).describe('L2, in the gradient'),
  negatives: negatives.default('assigned'),
});

const finetuneSchema = z.strictObject({
  use: z
    .enum(['accepted', 'all', 'none'])
    .default('accepted')
    .describe(
      'train on synthetic images at the boundary only, or on rejected ones too, or the image side on in-distribution images alone',
    ),
  sides: z
    .enum(['apart', 'joint'])
    .default('apart')
    .describe(
      'train the two sides one after the other, or at once as "projection" says, which the paper calls unstable',
    ),
  reencode: z
    .enum(['jpeg', 'autoencoder', 'none'])
    .default('jpeg')
    .describe(
      'what real and synthetic training images both go through first, so that the file format gives nothing away: ' +
        "JPEG; or for real images the inpainter's autoencoder too, which the synthetic ones have been through",
    ),
  projection: projectionSchema.prefault({}).describe("the image side: a layer on CLIP's image features"),
  labels: labelsSchema.prefault({}).describe("the text side: the negative labels' features"),
});

const evaluateSchema = z.strictObject({
  groups: count
    .default(100)
    .describe("groups of negative labels in NegLabel's score, at most as many as labels"),
  temperature: positive.default(0.01).describe("of NegLabel's softmax"),
  mcmTemplate: template.default('a photo of a {}').describe('prompt of classes for MCM'),
  mcmTemperature: positive.default(1).describe("of MCM's softmax over unscaled cosines"),
  detectors: z
    .array(text)
    .min(1)
    .default(['mcm', 'neglabel', 'synood-image', 'synood-label', 'synood'])
    .describe('names of the detectors that are compared, or ["all"]; synood evaluate --help lists them'),
  settings: z
    .record(text, z.record(text, z.unknown()))
    .default({})
    .describe('hyper-parameters by detector; those left out have the published values'),
  clipn: text
    .optional()
    .describe(
      "CLIPN's no/ folder, which synood train clipn makes; without it it is trained on the training images and their class names",
    ),
  lsn: text
    .optional()
    .describe(
      "LSN's lsn.safetensors, which synood train lsn makes; without it it is learned from the training images",
    ),
  search: z
    .boolean()
    .default(false)
    .describe(
      'choose hyper-parameters by the AUROC on data.outOfDistributionValidation against the calibration images',
    ),
  split: z
    .enum(['test', 'validation'])
    .default('test')
    .describe(
      'the sets to evaluate on: the test sets, or data.outOfDistributionValidation against the calibration images, to choose settings by',
    ),
  fpr: z
    .enum(['id-positive', 'ood-positive', 'threshold', 'interpolated'])
    .default('id-positive')
    .describe('the definition of FPR95 that tables show; evaluation.json has all four'),
});

const engineSchema = z.strictObject({
  device: z
    .union([z.enum(['auto', 'cpu', 'cuda']), z.templateLiteral(['cuda:', z.number().int()])])
    .optional()
    .describe("'auto', 'cpu', 'cuda' or 'cuda:1'"),
  dtype: z.enum(['float32', 'bfloat16', 'float16']).optional().describe('of models on a GPU'),
  threads: count.optional().describe('of one operation; without it all'),
  batchSize: count.default(32).describe('images that CLIP and the classifier take at once'),
});

/** Everything that a run depends on. */
export const configSchema = z.strictObject({
  name: text.default('synood').describe('of the run, for the report'),
  seed: z.number().int().nonnegative().default(0).describe('every random number comes from it'),
  world: worldSchema
    .or(z.literal('emoji').transform((name) => worldSchema.parse({name})))
    .optional()
    .describe('an embedded data set that fills in whatever "data" leaves out'),
  data: dataSchema.prefault({}),
  classNames: z
    .record(text, text)
    .default({})
    .describe('class folder -> name in prompts; without it the folder with spaces for "_"'),
  models: modelsSchema.prefault({}),
  select: selectSchema.prefault({}),
  contexts: contextsSchema.prefault({}),
  synthesize: synthesizeSchema.prefault({}),
  mine: mineSchema.prefault({}),
  finetune: finetuneSchema.prefault({}),
  evaluate: evaluateSchema.prefault({}),
  engine: engineSchema.prefault({}),
});

/** A configuration with every default filled in. */
export type RunConfig = z.output<typeof configSchema>;

/** What a configuration file may hold. */
export type RunConfigInput = z.input<typeof configSchema>;

export type DataConfig = RunConfig['data'];
