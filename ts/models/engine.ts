import {EngineCore, type EngineOptions} from '../engine/engine-core.js';
import {AutoencoderKl} from './autoencoder-kl.js';
import {AutoencoderTiny} from './autoencoder-tiny.js';
import {Classifier} from './classifier.js';
import type {ClassifierHead} from './classifier-head.js';
import {Clip, type ClipLoadOptions} from './clip.js';
import {Inpainter, type InpainterLoadOptions} from './inpainter.js';
import {Unet} from './unet.js';

/**
 * Where everything begins: a device, its one job thread, and the models loaded on it.
 *
 *     await using engine = await Engine.open({device: 'auto'});
 *     const clip = await engine.loadClip('path/to/clip-vit-base-patch16');
 */
export class Engine extends EngineCore {
  /**
   * @throws SynoodError ERR_LIBTORCH when LibTorch or the native parts are missing, ERR_DEVICE when the device is not there
   */
  static async open(options: EngineOptions = {}): Promise<Engine> {
    return new Engine(options);
  }

  /** A folder of transformers, OpenCLIP or OpenAI. */
  loadClip(folder: string, options?: ClipLoadOptions): Promise<Clip> {
    return Clip.load(this, folder, options);
  }

  /** A diffusers folder of a Stable Diffusion (inpainting) pipeline. */
  loadInpainter(folder: string, options?: InpainterLoadOptions): Promise<Inpainter> {
    return Inpainter.load(this, folder, options);
  }

  loadUnet(folder: string): Promise<Unet> {
    return Unet.load(this, folder);
  }

  loadAutoencoderKl(folder: string): Promise<AutoencoderKl> {
    return AutoencoderKl.load(this, folder);
  }

  loadAutoencoderTiny(folder: string): Promise<AutoencoderTiny> {
    return AutoencoderTiny.load(this, folder);
  }

  /** @param options.head  a last layer of your own in a safetensors file, whose logits take the place of the folder's */
  loadClassifier(folder: string, options?: {head?: ClassifierHead}): Promise<Classifier> {
    return Classifier.load(this, folder, options);
  }
}
