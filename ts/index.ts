/**
 * synood turns a folder of in-distribution images into a detector that knows its own boundary.
 *
 *     import {Detector, Engine} from 'synood';
 *
 *     await using engine = await Engine.open({device: 'auto'});
 *     const detector = await Detector.load('runs/demo/detector', {engine});
 *     const [score] = await detector.score(['photo.jpg']);   // in-distribution if score >= detector.threshold
 *
 * Images are paths, encoded bytes, or `{data, width, height, channels}`. Tensors are `{data, shape}`, row by row. Every
 * long call takes `signal` and a progress callback, and throws SynoodError with a `code` for programs.
 *
 * @packageDocumentation
 */

// Devices and models.
export {Engine} from './models/engine.js';
export {AutoencoderKl} from './models/autoencoder-kl.js';
export {AutoencoderTiny} from './models/autoencoder-tiny.js';
export {Classifier} from './models/classifier.js';
export type {ClassifierHead} from './models/classifier-head.js';
export {Clip} from './models/clip.js';
export {Inpainter} from './models/inpainter.js';
export {Unet} from './models/unet.js';
export {createScheduler, Scheduler} from './models/scheduler.js';
export {readSchedulerConfig} from './models/scheduler-config.js';
export {readPreprocessorConfig} from './models/preprocessor-config.js';
export {loadTokenizer} from './models/tokenizer.js';
export type {EngineOptions} from './engine/engine-core.js';
export type {BatchCallOptions} from './models/model.js';
export type {
  InpainterLoadOptions,
  InpaintOptions,
  PictureSize,
  PromptEmbeds,
  SizeConditioning,
} from './models/inpainter.js';
export type {SchedulerOptions, SchedulerStepOptions} from './models/scheduler.js';
export type {SchedulerConfig} from './models/scheduler-config.js';
export type {Tokenizer} from './models/tokenizer.js';
export type {
  EngineInfo,
  FloatTensor,
  InpaintStep,
  NamedTensor,
  NativeProgress as Progress,
  PixelTransformSpec,
  Tensor,
  TrainerOptions,
  TrainingFigures,
} from './binding/contract.js';

// Features of images and texts, kept on disk.
export {encodeImages} from './features/encode-images.js';
export {encodeTexts, clipTextSpace} from './features/encode-texts.js';
export {FeatureBank} from './features/feature-bank.js';
export {clipImageEncoder} from './features/image-encoder.js';
export {encodeLabels} from './features/prompt-ensemble.js';
export {ZeroShot} from './detection/zero-shot.js';
export {groupPermutation, mineNegatives} from './detection/neg-mining.js';
export {wordnetCandidates} from './wordnet/candidates.js';
export type {ClipLoadOptions} from './models/clip.js';
export type {EncodedImages, EncodeImagesOptions, ImageSource} from './features/encode-images.js';
export type {FeatureStore} from './features/feature-store.js';
export type {FeatureSpace} from './features/feature-space.js';
export type {ImageEncoder} from './features/image-encoder.js';
export type {ZeroShotLabel} from './detection/zero-shot.js';
export type {TokenizerManner} from './models/tokenizer.js';

// Contexts from a multimodal language model.
export {extractContexts} from './contexts/mllm/extract-contexts.js';
export {AnswerCache} from './contexts/mllm/answer-cache.js';
export {OpenAiServer} from './contexts/mllm/openai-server.js';
export type {ContextRequest, Extracted, ExtractOptions} from './contexts/mllm/extract-contexts.js';

// Inpainting pictures.
export {inpaintImage, inpaintImages} from './inpainting/inpaint-image.js';
export {subjectMap} from './inpainting/subject-map.js';
export {subjectMask} from './inpainting/subject-mask.js';
export {binarise, boundingBox, boxMask, fullMask, invertMask} from './data/mask.js';
export {blurMask} from './data/mask-blur.js';
export {cropRegion} from './data/mask-crop.js';
export {dilateMask} from './data/mask-dilate.js';
export {readMask} from './data/mask-file.js';
export {pasteBack} from './data/paste-back.js';
export type {
  InpaintedImage,
  InpaintItem,
  InpaintPreview,
  InpaintSettings,
  InpaintStepReport,
} from './inpainting/options.js';
export type {SubjectMap, SubjectMapOptions} from './inpainting/subject-map.js';
export type {SubjectMaskOptions} from './inpainting/subject-mask.js';
export type {Mask} from './data/mask.js';
export type {Region} from './data/region.js';

// The method.
export {Synthesizer} from './synthesis/synthesizer.js';
export {calibrateBoundary, energyScores} from './synthesis/boundary.js';
export {pixelTransform} from './synthesis/pixel-transform.js';
export {Trainer} from './training/trainer.js';
export {Detector} from './detection/detector.js';
export {FittedDetector} from './detection/fitted-detector.js';
export {imageReadings} from './detection/image-readings.js';
export {fixedReadings} from './detection/readings.js';
export {detectorKinds} from './detection/registry.js';
export type {
  SynthesisInput,
  SynthesisRunOptions,
  SynthesisSample,
  SynthesizerOptions,
} from './synthesis/synthesizer.js';
export type {Boundary} from './synthesis/boundary.js';
export type {DetectorLoadOptions, DetectorParts, ScoreOptions} from './detection/detector.js';
export type {FitOptions} from './detection/fitted-detector.js';
export type {FitData, FitTools} from './detection/kind.js';
export type {ReadingModels} from './detection/reading-encoders.js';
export type {ImageReadings, Reading} from './detection/readings.js';
export type {RunOptions as TrainingRunOptions} from './training/trainer.js';

// Images.
export {decodeImage} from './data/image.js';
export {listImageFolder} from './data/image-folder.js';
export {saveImage} from './data/image-output.js';
export {jpegComplexity, selectMostComplex} from './data/jpeg-complexity.js';
export {preprocessForDiffusion} from './data/preprocess.js';
export type {DecodeOptions, ImageInput, RawImage, RgbImage} from './data/image.js';
export type {ImageFolder, ImageItem, SkippedFile} from './data/image-folder.js';

// Metrics: in-distribution is positive, a higher score is more in-distribution.
export {aupr} from './evaluation/aupr.js';
export {auroc} from './evaluation/auroc.js';
export {bootstrapMetrics, percentileInterval} from './evaluation/bootstrap.js';
export {deLongTest} from './evaluation/delong.js';
export {detectionError} from './evaluation/detection-error.js';
export {fprAtTpr, thresholdAtTpr} from './evaluation/fpr-at-tpr.js';
export {evaluateScores} from './evaluation/metrics.js';
export {ScoreStream} from './evaluation/score-stream.js';
export {rocCurve} from './evaluation/roc-curve.js';
export type {FprDefinition} from './evaluation/fpr-at-tpr.js';
export type {Metrics} from './evaluation/metrics.js';
export type {Scores} from './evaluation/ranking.js';
export type {RocCurve} from './evaluation/roc-curve.js';

// The pipeline and its report.
export {ablate} from './pipeline/ablation/ablate.js';
export type {AblateOptions, AblationProgress, CellOutcome} from './pipeline/ablation/ablate.js';
export type {AblationFile} from './pipeline/ablation/ablation-file.js';
export {runPipeline} from './pipeline/run.js';
export {readConfig, resolveConfig} from './pipeline/config/read-config.js';
export {renderReport} from './report/render.js';
export type {RunConfig, RunConfigInput} from './pipeline/config/schema.js';
export type {RunOptions, RunProgress, RunSummary} from './pipeline/run.js';
export type {StageOutcome} from './pipeline/do-stage.js';
export type {StageName} from './pipeline/stage.js';
export type {Evaluation} from './pipeline/evaluation-file.js';
export type {LeftOut} from './pipeline/left-out.js';
export type {ReportData} from './report/report-data.js';

// LibTorch, and what goes wrong.
export {inspectLibtorch} from './binding/libtorch/find.js';
export {pullLibtorch} from './binding/libtorch/obtain.js';
export {SynoodError} from './binding/errors.js';
export type {ErrorCode} from './binding/errors.js';
export type {LibtorchStatus} from './binding/libtorch/find.js';
