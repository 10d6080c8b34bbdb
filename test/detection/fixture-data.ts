import type {FloatTensor} from '../../ts/binding/contract.js';
import type {FitData} from '../../ts/detection/kind.js';
import {fixedReadings, type ImageReadings} from '../../ts/detection/readings.js';
import {goldenTensors} from '../support/golden.js';

export const fixtureTensors = () => goldenTensors('detectors');

/** The fixture's images and training data, as detectors see them. */
export async function fixtureData(): Promise<{data: FitData; test: ImageReadings}> {
  const tensor = await fixtureTensors();
  const of = (name: string) => tensor(name) as FloatTensor;
  const train = of('train');
  const [images, concepts, negated] = [of('images'), of('concepts'), of('negated')];
  const labels = Array.from(tensor('labels').data, Number);
  // CLIP features of the training images: the concepts with something added.
  const clip: FloatTensor = {
    data: Float32Array.from(
      {length: labels.length * 16},
      (_, at) => concepts.data[labels[Math.floor(at / 16)]! * 16 + (at % 16)]! + 0.3 * Math.sin(at * 1.7),
    ),
    shape: [labels.length, 16],
  };
  const square = (salt: number): FloatTensor => ({
    data: Float32Array.from({length: 256}, (_, at) => 0.3 * Math.sin((at + 1) * salt)),
    shape: [16, 16],
  });
  const row = (value: number): FloatTensor => ({data: new Float32Array(16).fill(value), shape: [16]});
  const learned = of('learned_negatives');
  const shifted = {data: learned.data.map((value) => value + 0.2), shape: learned.shape};
  const order = Array.from({length: 21}, (_, at) => (at * 8) % 21);
  const data: FitData = {
    classes: ['bee', 'crab', 'fox', 'owl', 'pig', 'snail', 'turtle'],
    images: fixedReadings({classifier: train, clip}),
    labels,
    seed: 3,
    head: () => Promise.resolve({weight: of('weight'), bias: of('bias')}),
    concepts: () => Promise.resolve(concepts),
    negatedConcepts: () => Promise.resolve({concepts, negated}),
    learnedPrompts: () => Promise.resolve({concepts, negatives: learned}),
    negativeLabels: () => Promise.resolve({classes: concepts, negatives: learned, permutation: order}),
    trainedSides: () =>
      Promise.resolve({
        tunedNegatives: shifted,
        projection: {weight: square(1.3), bias: row(0.1), normWeight: row(0.5), normBias: row(0)},
      }),
    tokenEmbeddings: () => Promise.resolve({data: concepts.data.map((value) => value * 0.1), shape: [7, 16]}),
    // Stands for images of the embeddings: features that depend on every number of them.
    render: ({embeddings}) => {
      const [count, width] = embeddings.shape as [number, number];
      const features = Float32Array.from({length: count * 24}, (_, at) =>
        Math.max(0, 9 * embeddings.data[Math.floor(at / 24) * width + (at % width)]!),
      );
      return Promise.resolve({data: features, shape: [count, 24]});
    },
  };
  const test = fixedReadings({
    classifier: of('test'),
    clip: images,
    'odin-T1000-e0.0014': of('odin_T1000_e0.0014/logits'),
  });
  return {data, test};
}
