import type {FloatTensor, NativeClassifier, PixelTransformSpec, Tensor} from '../binding/contract.js';
import type {EngineCore} from '../engine/engine-core.js';
import {type BatchCallOptions, Model} from './model.js';
import {anonymousLabels} from './class-labels.js';
import {type ClassifierHead, withHead} from './classifier-head.js';
import {readConfig} from './config-file.js';
import {readResnetConfig, type ResnetConfig} from './resnet-config.js';
import {parseVitConfig, type VitConfig} from './vit-config.js';
import {resolveWeights} from './weights/weight-files.js';

/**
 * An image classifier: transformers' ResNetForImageClassification, also under torchvision's and timm's key names, or
 * ViTForImageClassification.
 */
export class Classifier extends Model<NativeClassifier> {
  private constructor(
    engine: EngineCore,
    native: NativeClassifier,
    readonly config: ResnetConfig | VitConfig,
  ) {
    super(engine, native, 'classifier');
  }

  /** F of features() */
  get featureSize(): number {
    return 'hiddenSize' in this.config ? this.config.hiddenSize : this.config.hiddenSizes.at(-1)!;
  }

  /**
   * From a folder with config.json and model.safetensors.
   *
   * @param options.head  a last layer of the caller's own, whose logits take the place of the folder's
   */
  static async load(
    engine: EngineCore,
    folder: string,
    {head}: {head?: ClassifierHead} = {},
  ): Promise<Classifier> {
    const {json, file} = await readConfig(folder, 'config.json');
    const vit = (json as {model_type?: unknown} | null)?.model_type === 'vit';
    const own = vit ? parseVitConfig(json, file) : await readResnetConfig(folder);
    let files = await resolveWeights(folder, 'model');
    let config = own;
    if (head) {
      const width = 'hiddenSize' in own ? own.hiddenSize : own.hiddenSizes.at(-1)!;
      const changed = await withHead(files, head, width);
      files = changed.files;
      config = {...own, numLabels: changed.classes, labels: anonymousLabels(changed.classes)};
    }
    const native = await engine.run((core) =>
      'hiddenSize' in config ? core.loadVitClassifier(config, {files}) : core.loadClassifier(config, {files}),
    );
    return new Classifier(engine, native, config);
  }

  /** Fresh parameters drawn from the seed, for training. */
  static async create(engine: EngineCore, config: ResnetConfig, seed: number | bigint): Promise<Classifier> {
    const native = await engine.run((core) => core.loadClassifier(config, {files: [], seed}));
    return new Classifier(engine, native, config);
  }

  /** pixels (N, 3, H, W) normalised -> logits (N, numLabels) */
  logits(pixels: Tensor, options: BatchCallOptions = {}): Promise<FloatTensor> {
    return this.runRows((native, rows) => native.logits(pixels, rows), options, 32);
  }

  /** pixels (N, 3, H, W) in [0, 1] -> logits, through the differentiable preprocessing that guidance uses */
  scoreLogits(
    pixels: Tensor,
    transform: PixelTransformSpec,
    options: BatchCallOptions = {},
  ): Promise<FloatTensor> {
    return this.runRows((native, rows) => native.scoreLogits(pixels, transform, rows), options, 32);
  }

  /** pixels (N, 3, H, W) normalised -> pooled penultimate features (N, F) */
  features(pixels: Tensor, options: BatchCallOptions = {}): Promise<FloatTensor> {
    return this.runRows((native, rows) => native.features(pixels, rows), options, 32);
  }
}
