import type {ResnetSpec} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import type {SafetensorsEntry} from './weights/safetensors-format.js';

const BLOCK = /^layer(\d+)\.(\d+)\.conv(\d)\.weight$/;

/**
 * The sizes of a ResNet under torchvision's and timm's names (conv1, layer1.0.conv1, ..., fc), read off its
 * weights. Both put a bottleneck's stride on its 3x3 convolution and none in the first stage.
 *
 * @throws SynoodError ERR_MODEL_FORMAT naming the file and the key that is missing
 */
export function inferResnetConfig(entries: SafetensorsEntry[], file: string): ResnetSpec {
  const shapes = new Map(entries.map((entry) => [entry.name, entry.shape]));
  const shapeOf = (name: string, rank: number): number[] => {
    const shape = shapes.get(name);
    if (shape?.length === rank) return shape;
    const found = shape ? `has shape [${shape.join(', ')}]` : 'is missing';
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${file}: key "${name}" ${found}; expected a ResNet, with ${rank} axes there.`,
    );
  };
  const depths: number[] = [];
  for (const name of shapes.keys()) {
    const match = BLOCK.exec(name);
    if (!match) continue;
    const stage = Number(match[1]) - 1;
    depths[stage] = Math.max(depths[stage] ?? 0, Number(match[2]) + 1);
  }
  const layerType = shapes.has('layer1.0.conv3.weight') ? 'bottleneck' : 'basic';
  const lastConv = layerType === 'bottleneck' ? 'conv3' : 'conv2';
  const [embeddingSize, numChannels] = shapeOf('conv1.weight', 4);
  const hiddenSizes = Array.from(
    depths,
    (_, stage) => shapeOf(`layer${stage + 1}.0.${lastConv}.weight`, 4)[0]!,
  );
  if (hiddenSizes.length === 0) shapeOf('layer1.0.conv1.weight', 4);
  return {
    numChannels: numChannels!,
    embeddingSize: embeddingSize!,
    hiddenSizes,
    depths,
    layerType,
    hiddenAct: 'relu',
    downsampleInFirstStage: false,
    downsampleInBottleneck: false,
    numLabels: shapeOf('fc.weight', 2)[0]!,
  };
}
