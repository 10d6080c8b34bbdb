import {Clip} from '../../../ts/models/clip.js';
import {parseClipConfig} from '../../../ts/models/clip-config.js';
import type {Engine} from '../../../ts/models/engine.js';
import {parseSchedulerConfig} from '../../../ts/models/scheduler-config.js';
import {Unet} from '../../../ts/models/unet.js';
import {parseUnetConfig} from '../../../ts/models/unet-config.js';
import {decoderFlops} from '../../flops/autoencoder.js';
import {visionFlops} from '../../flops/clip.js';
import type {Row} from '../../harness/row.js';
import {readStored} from '../../harness/workspace.js';
import {SMALL_VISION, VISION_B16} from '../../models/clip-b16.js';
import {NO_UNET, SMALL_VAE, VAE} from '../../models/stable-diffusion-2.js';

const LABELS = 1000;
const LOGIT_SCALE = 100;
const BOUNDARY = -5;
const TRANSFORM = {
  interpolation: 'bilinear' as const,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/** The two models that a gradient at decoded latents has nothing to do with, as small as they come. */
async function bystanders(engine: Engine) {
  const text = {
    model_type: 'clip_text_model',
    hidden_size: NO_UNET.cross_attention_dim,
    num_hidden_layers: 1,
    num_attention_heads: 1,
    intermediate_size: 4,
    vocab_size: 8,
  };
  return {
    unet: await Unet.create(engine, parseUnetConfig(NO_UNET), 0),
    textEncoder: await Clip.create(engine, parseClipConfig(text), 0),
  };
}

/**
 * The skip gradient's own work: decode, score, and back to the latents. The score is of CLIP's zero-shot logits, which
 * has no kinks. A ReLU's derivative jumps where its input is near zero, a maximum's pooling where two neighbours are
 * nearly the same: through a ResNet at random weights PyTorch's own gradient in float32 is up to 3 % of its largest
 * number away from the one in float64, and nothing can be compared with it to 1e-3.
 */
function gradient(name: string, title: string, peer: string): Row {
  return {
    name,
    title,
    operation: 'convolution',
    tolerance: 1e-3,
    peer: {script: 'diffusion.py', name: peer},
    async prepare(workspace, {quick}) {
      const vae = quick ? SMALL_VAE : VAE;
      const vision = quick ? SMALL_VISION : VISION_B16;
      const side = quick ? 4 : 32;
      const crop = vision.image_size;
      return {
        settings: {
          vae: await workspace.model('autoencoder-kl', vae),
          clip: await workspace.model('clip', vision),
          labels: await workspace.input(
            `labels-${vision.projection_dim}`,
            [LABELS, vision.projection_dim],
            5,
          ),
          logitScale: LOGIT_SCALE,
          latents: await workspace.input(`scaled-latents-${side}`, [1, 4, side, side], 4),
          side: side * 8,
          scalingFactor: VAE.scaling_factor,
          boundary: BOUNDARY,
          transform: {...TRANSFORM, resize: crop + 8, crop},
        },
        // Forwards once, and as much again for the gradient in the inputs.
        work: 2 * (decoderFlops(vae, 1, side) + visionFlops(vision, 1)),
      };
    },
    async load(engine, settings) {
      const {unet, textEncoder} = await bystanders(engine);
      const vae = await engine.loadAutoencoderKl(settings['vae'] as string);
      const clip = await engine.loadClip(settings['clip'] as string);
      const labelFeatures = await readStored(settings['labels']);
      const latents = await readStored(settings['latents']);
      const side = settings['side'] as number;
      const transform = settings['transform'] as typeof TRANSFORM & {resize: number; crop: number};
      const options = {
        batchSize: 1,
        height: side,
        width: side,
        steps: 1,
        strength: 1,
        guidanceScale: 1,
        scheduler: parseSchedulerConfig({_class_name: 'DDIMScheduler'}),
        objective: 'energy' as const,
        temperature: 1,
        boundary: settings['boundary'] as number,
        tolerance: 0,
        latentGradient: 'unscaled' as const,
        stepRule: 'fixed' as const,
        stepSize: 1,
        maxIterations: 1,
        gradientCheckpointing: settings['checkpointing'] === true,
        transform,
        clip: clip.native,
        labelFeatures,
        logitScale: settings['logitScale'] as number,
      };
      const synthesizer = await engine.run((native) =>
        native.createSynthesizer(unet.native, vae.native, textEncoder.native, null, options),
      );
      return async () => {
        const results = await engine.run(() => synthesizer.gradient(latents));
        return results.find((result) => result.name === 'gradient')!.tensor.data as Float32Array;
      };
    },
  };
}

const TITLE = 'decode 256x256, energy of CLIP ViT-B/16’s zero-shot logits, gradient in the latents';

export default [
  gradient('decode-gradient', TITLE, 'diffusers and transformers eager, parameters frozen'),
  gradient(
    'decode-gradient-published',
    `${TITLE}, beside code that leaves parameters trainable`,
    'diffusers and transformers eager, parameters’ gradients computed too',
  ),
];
