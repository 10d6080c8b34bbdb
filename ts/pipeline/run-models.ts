import type {Classifier} from '../models/classifier.js';
import {classifierFingerprint, type ClassifierHead} from '../models/classifier-head.js';
import type {Clip} from '../models/clip.js';
import {Engine} from '../models/engine.js';
import type {Inpainter} from '../models/inpainter.js';
import {modelFingerprint} from '../models/model-fingerprint.js';
import {emojiAsset} from '../worlds/emoji/assets.js';
import type {RunConfig} from './config/schema.js';

type Loaded = {clip: Clip; inpainter: Inpainter; classifier: Classifier};
export type ModelName = keyof Loaded;

/** The engine and the models of a run, opened and loaded when a stage first asks for them. */
export class RunModels {
  #engine: Promise<Engine> | undefined;
  readonly #own: boolean;
  readonly #loaded = new Map<ModelName, Promise<{dispose(): void}>>();
  readonly #fingerprints = new Map<ModelName, Promise<string>>();

  /** @param engine  of the caller, who also disposes of it */
  constructor(
    private readonly config: RunConfig,
    engine?: Engine,
  ) {
    this.#own = engine === undefined;
    if (engine) this.#engine = Promise.resolve(engine);
  }

  engine(): Promise<Engine> {
    const {device, dtype, threads} = this.config.engine;
    return (this.#engine ??= Engine.open({device, dtype, threads}));
  }

  /** Whether a stage has asked for the engine. */
  get opened(): boolean {
    return this.#engine !== undefined;
  }

  folder(name: ModelName): string {
    return this.config.models[name] ?? emojiAsset('models', name);
  }

  /** The folder, or how the embedded model is called. */
  reference(name: ModelName): string {
    return this.config.models[name] ?? 'emoji-world';
  }

  fingerprint(name: ModelName): Promise<string> {
    let made = this.#fingerprints.get(name);
    if (!made) this.#fingerprints.set(name, (made = this.#fingerprint(name)));
    return made;
  }

  clip(): Promise<Clip> {
    return this.#load('clip', (engine, folder) => engine.loadClip(folder));
  }

  inpainter(): Promise<Inpainter> {
    return this.#load('inpainter', (engine, folder) => engine.loadInpainter(folder));
  }

  classifier(): Promise<Classifier> {
    return this.#load('classifier', (engine, folder) =>
      engine.loadClassifier(folder, {head: this.head('classifier')}),
    );
  }

  /** What takes the place of a model's last layer. */
  head(name: ModelName): ClassifierHead | undefined {
    return name === 'classifier' ? this.config.models.classifierHead : undefined;
  }

  #fingerprint(name: ModelName): Promise<string> {
    const folder = this.folder(name);
    return name === 'classifier' ? classifierFingerprint(folder, this.head(name)) : modelFingerprint(folder);
  }

  /** Gives a model's memory back; asked for again, it is loaded again. */
  async release(name: ModelName): Promise<void> {
    const model = this.#loaded.get(name);
    this.#loaded.delete(name);
    (await model?.catch(() => undefined))?.dispose();
  }

  async dispose(): Promise<void> {
    for (const name of [...this.#loaded.keys()]) await this.release(name);
    if (this.#own) await (await this.#engine?.catch(() => undefined))?.dispose();
  }

  #load<K extends ModelName>(
    name: K,
    load: (engine: Engine, folder: string) => Promise<Loaded[K]>,
  ): Promise<Loaded[K]> {
    let made = this.#loaded.get(name) as Promise<Loaded[K]> | undefined;
    if (!made) {
      made = this.engine().then((engine) => load(engine, this.folder(name)));
      this.#loaded.set(name, made);
    }
    return made;
  }
}
