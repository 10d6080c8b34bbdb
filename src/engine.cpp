#include "engine.h"

#include "autoencoder_kl.h"
#include "classifier.h"
#include "clip.h"
#include "inpainter.h"
#include "job.h"
#include "specs.h"
#include "synthesizer.h"
#include "trainer.h"
#include "unet.h"
#include "writer.h"

namespace {

EnvironmentState& state_of(Napi::Env env) { return *env.GetInstanceData<EnvironmentState>(); }

template <typename Object>
auto model_of(const Napi::Value& value) {
  return Object::Unwrap(value.As<Napi::Object>())->model();
}

// A null or undefined model stands for none.
template <typename Object>
auto optional_model_of(const Napi::Value& value) -> decltype(model_of<Object>(value)) {
  if (!value.IsObject()) return nullptr;
  return model_of<Object>(value);
}

// A job that makes a core object, and the JS object that wraps it.
template <typename Object, typename T, typename Make>
Napi::Value make_job(const Napi::CallbackInfo& info, const std::shared_ptr<EngineHandle>& handle,
                     Napi::FunctionReference EnvironmentState::*constructor, Make make) {
  auto* engine = &handle->engine();
  return Job<std::shared_ptr<T>>::start(
      info, handle, info.Env().Undefined(),
      [engine, make](const synood::JobControl&) { return make(*engine); },
      [handle, constructor](Napi::Env env, std::shared_ptr<T>&& made) -> Napi::Value {
        return Object::wrap(env, state_of(env).*constructor, handle, std::move(made));
      });
}

void read_numbers(const Napi::Value& value, std::map<std::string, double>& out) {
  for (const auto& entry : value.As<Napi::Object>())
    out[entry.first.ToString().Utf8Value()] = entry.second.AsValue().ToNumber().DoubleValue();
}

void read_words(const Napi::Value& value, std::map<std::string, std::string>& out) {
  for (const auto& entry : value.As<Napi::Object>())
    out[entry.first.ToString().Utf8Value()] = entry.second.AsValue().ToString().Utf8Value();
}

template <typename Compute>
Napi::Value detection_job(const Napi::CallbackInfo& info, const std::shared_ptr<EngineHandle>& handle,
                          Compute compute) {
  auto* engine = &handle->engine();
  return Job<synood::Tensor>::start(
      info, handle, info.Env().Undefined(),
      [engine, compute](const synood::JobControl& control) { return compute(*engine->detection(), control); },
      write_tensor);
}

}  // namespace

Napi::Function EngineObject::define(Napi::Env env) {
  return DefineClass(
      env, "NativeEngine",
      {InstanceMethod("info", &EngineObject::info), InstanceMethod("loadClip", &EngineObject::load_clip),
       InstanceMethod("loadUnet", &EngineObject::load_unet),
       InstanceMethod("loadAutoencoderKl", &EngineObject::load_autoencoder_kl),
       InstanceMethod("loadAutoencoderTiny", &EngineObject::load_autoencoder_tiny),
       InstanceMethod("loadClassifier", &EngineObject::load_classifier),
       InstanceMethod("loadVitClassifier", &EngineObject::load_vit_classifier),
       InstanceMethod("createInpainter", &EngineObject::create_inpainter),
       InstanceMethod("createSynthesizer", &EngineObject::create_synthesizer),
       InstanceMethod("createTrainer", &EngineObject::create_trainer),
       InstanceMethod("negLabelScore", &EngineObject::neg_label_score),
       InstanceMethod("candidateDistances", &EngineObject::candidate_distances),
       InstanceMethod("cosines", &EngineObject::cosines), InstanceMethod("project", &EngineObject::project),
       InstanceMethod("computeDetection", &EngineObject::compute_detection),
       InstanceMethod("odinLogits", &EngineObject::odin_logits),
       InstanceMethod("placeholderStates", &EngineObject::placeholder_states),
       InstanceMethod("cancelAll", &EngineObject::cancel_all),
       InstanceMethod("dispose", &EngineObject::dispose)});
}

Napi::Object EngineObject::wrap(Napi::Env env, std::shared_ptr<EngineHandle> handle) {
  const auto object = state_of(env).engine.New({});
  state_of(env).engines.insert(handle);
  Unwrap(object)->handle_ = std::move(handle);
  return object;
}

Napi::Value EngineObject::info(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto env = info.Env();
    const auto about = handle_->engine().info();
    auto object = Napi::Object::New(env);
    object.Set("libtorchVersion", about.libtorch_version);
    object.Set("device", about.device);
    object.Set("deviceName", about.device_name);
    object.Set("dtype", about.dtype);
    object.Set("threads", Napi::Number::New(env, static_cast<double>(about.threads)));
    object.Set("cudaBuilt", Napi::Boolean::New(env, about.cuda_built));
    object.Set("cudaDevices", Napi::Number::New(env, static_cast<double>(about.cuda_devices)));
    return object;
  });
}

Napi::Value EngineObject::load_clip(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return make_job<ClipObject, synood::Clip>(
        info, handle_, &EnvironmentState::clip,
        [spec = read_clip_spec(info[0]), source = read_weight_source(info[1])](synood::Engine& engine) {
          return engine.load_clip(spec, source);
        });
  });
}

Napi::Value EngineObject::load_unet(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return make_job<UnetObject, synood::Unet>(
        info, handle_, &EnvironmentState::unet,
        [spec = read_unet_spec(info[0]), source = read_weight_source(info[1])](synood::Engine& engine) {
          return engine.load_unet(spec, source);
        });
  });
}

Napi::Value EngineObject::load_autoencoder_kl(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return make_job<AutoencoderKlObject, synood::AutoencoderKl>(
        info, handle_, &EnvironmentState::autoencoder_kl,
        [spec = read_autoencoder_kl_spec(info[0]), source = read_weight_source(info[1])](
            synood::Engine& engine) { return engine.load_autoencoder_kl(spec, source); });
  });
}

Napi::Value EngineObject::load_autoencoder_tiny(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return make_job<AutoencoderKlObject, synood::AutoencoderKl>(
        info, handle_, &EnvironmentState::autoencoder_kl,
        [spec = read_autoencoder_tiny_spec(info[0]), source = read_weight_source(info[1])](
            synood::Engine& engine) { return engine.load_autoencoder_tiny(spec, source); });
  });
}

Napi::Value EngineObject::load_classifier(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return make_job<ClassifierObject, synood::Classifier>(
        info, handle_, &EnvironmentState::classifier,
        [spec = read_resnet_spec(info[0]), source = read_weight_source(info[1])](synood::Engine& engine) {
          return engine.load_classifier(spec, source);
        });
  });
}

Napi::Value EngineObject::load_vit_classifier(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return make_job<ClassifierObject, synood::Classifier>(
        info, handle_, &EnvironmentState::classifier,
        [spec = read_vit_spec(info[0]), source = read_weight_source(info[1])](synood::Engine& engine) {
          return engine.load_vit_classifier(spec, source);
        });
  });
}

Napi::Value EngineObject::create_inpainter(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return make_job<InpainterObject, synood::Inpainter>(
        info, handle_, &EnvironmentState::inpainter,
        [unet = model_of<UnetObject>(info[0]), vae = model_of<AutoencoderKlObject>(info[1]),
         text = optional_model_of<ClipObject>(info[2]), text_2 = optional_model_of<ClipObject>(info[3])](
            synood::Engine& engine) { return engine.create_inpainter(unet, vae, text, text_2); });
  });
}

Napi::Value EngineObject::create_synthesizer(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto options = read_synthesis_options(info[4]);
    options.clip = optional_model_of<ClipObject>(Reader(info[4]).at("clip"));
    return make_job<SynthesizerObject, synood::Synthesizer>(
        info, handle_, &EnvironmentState::synthesizer,
        [unet = model_of<UnetObject>(info[0]), vae = model_of<AutoencoderKlObject>(info[1]),
         text = model_of<ClipObject>(info[2]), classifier = optional_model_of<ClassifierObject>(info[3]),
         text_2 = optional_model_of<ClipObject>(info[5]), options](synood::Engine& engine) {
          return engine.create_synthesizer(unet, vae, text, classifier, options, text_2);
        });
  });
}

// createTrainer(kind, {models, labelFeatures, initial}, options)
Napi::Value EngineObject::create_trainer(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto kind = info[0].As<Napi::String>().Utf8Value();
    const Reader subject(info[1]);
    const auto options = read_trainer_options(info[2]);
    using synood::Engine;
    using synood::Trainer;
    const auto make = [&](auto body) {
      return make_job<TrainerObject, Trainer>(info, handle_, &EnvironmentState::trainer, body);
    };
    if (kind == "contrastive") {
      return make([clip = model_of<ClipObject>(subject.at("clip")), options](Engine& engine) {
        return engine.create_contrastive_trainer(clip, options);
      });
    }
    if (kind == "autoencoder") {
      return make([vae = model_of<AutoencoderKlObject>(subject.at("vae")), options](Engine& engine) {
        return engine.create_autoencoder_trainer(vae, options);
      });
    }
    if (kind == "denoiser") {
      return make([unet = model_of<UnetObject>(subject.at("unet")),
                   text = optional_model_of<ClipObject>(subject.at("textEncoder")),
                   options](Engine& engine) { return engine.create_denoiser_trainer(unet, text, options); });
    }
    if (kind == "classifier") {
      return make([classifier = model_of<ClassifierObject>(subject.at("classifier")), options](
                      Engine& engine) { return engine.create_classifier_trainer(classifier, options); });
    }
    if (kind == "outlier-head") {
      return make(
          [weight = read_tensor(subject.at("weight")), bias = read_tensor(subject.at("bias")),
           options](Engine& engine) { return engine.create_outlier_head_trainer(weight, bias, options); });
    }
    if (kind == "clipn") {
      return make([clip = model_of<ClipObject>(subject.at("clip")), options](Engine& engine) {
        return engine.create_clipn_trainer(clip, options);
      });
    }
    if (kind == "lsn") {
      return make([clip = model_of<ClipObject>(subject.at("clip")), ids = read_tensor(subject.at("ids")),
                   spec = read_prompt_spec(subject.at("prompts")), options](Engine& engine) {
        return engine.create_prompt_trainer(clip, ids, spec, options);
      });
    }
    if (kind == "linear") {
      return make([width = subject.at("width").ToNumber().Int64Value(),
                   labels = subject.at("labels").ToNumber().Int64Value(),
                   options](Engine& engine) { return engine.create_linear_trainer(width, labels, options); });
    }
    const auto features = read_tensor(subject.at("labelFeatures"));
    if (kind == "feature-map") {
      int64_t width = 0;
      subject.get("width", width);
      return make([features, width, options](Engine& engine) {
        return engine.create_feature_map_trainer(features, width, options);
      });
    }
    if (kind == "joint") {
      return make([features, classes = subject.at("classes").ToNumber().Int64Value(),
                   initial = read_named_tensors(subject.at("initial")), options](Engine& engine) {
        return engine.create_joint_trainer(features, classes, initial, options);
      });
    }
    if (kind == "projection") {
      return make([features, initial = read_named_tensors(subject.at("initial")), options](Engine& engine) {
        return engine.create_projection_trainer(features, initial, options);
      });
    }
    if (kind == "labels") {
      return make(
          [features, options](Engine& engine) { return engine.create_label_trainer(features, options); });
    }
    throw synood::Error(synood::ErrorCode::config, "Unknown trainer '" + kind + "'.");
  });
}

Napi::Value EngineObject::neg_label_score(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    synood::NegLabelOptions options;
    const Reader reader(info[3]);
    reader.get("groups", options.groups);
    reader.get("temperature", options.temperature);
    return detection_job(
        info, handle_,
        [features = read_tensor(info[0]), positives = read_tensor(info[1]), negatives = read_tensor(info[2]),
         options](synood::Detection& detection, const synood::JobControl& control) {
          return detection.neg_label_score(features, positives, negatives, options, control);
        });
  });
}

Napi::Value EngineObject::candidate_distances(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return detection_job(info, handle_,
                         [candidates = read_tensor(info[0]), positives = read_tensor(info[1]),
                          quantile = info[2].As<Napi::Number>().DoubleValue()](
                             synood::Detection& detection, const synood::JobControl& control) {
                           return detection.candidate_distances(candidates, positives, quantile, control);
                         });
  });
}

Napi::Value EngineObject::cosines(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return detection_job(info, handle_,
                         [rows = read_tensor(info[0]), columns = read_tensor(info[1])](
                             synood::Detection& detection, const synood::JobControl&) {
                           return detection.cosines(rows, columns);
                         });
  });
}

Napi::Value EngineObject::project(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Reader parameters(info[1]);
    return detection_job(
        info, handle_,
        [features = read_tensor(info[0]), weight = read_tensor(parameters.at("weight")),
         bias = read_tensor(parameters.at("bias")), norm_weight = read_tensor(parameters.at("normWeight")),
         norm_bias = read_tensor(parameters.at("normBias"))](synood::Detection& detection,
                                                             const synood::JobControl&) {
          return detection.project(features, weight, bias, norm_weight, norm_bias);
        });
  });
}

// computeDetection(operation, tensors, numbers, words)
Napi::Value EngineObject::compute_detection(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto* engine = &handle_->engine();
    synood::DetectionCall call{info[0].As<Napi::String>().Utf8Value(), read_named_tensors(info[1]), {}, {}};
    read_numbers(info[2], call.numbers);
    read_words(info[3], call.words);
    return Job<std::vector<synood::NamedTensor>>::start(
        info, handle_, info.Env().Undefined(),
        [engine, call](const synood::JobControl& control) {
          return engine->detection()->compute(call, control);
        },
        write_named_tensors);
  });
}

// odinLogits(classifier, pixels, {temperature, epsilon, std, batchSize, onProgress})
Napi::Value EngineObject::odin_logits(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto* engine = &handle_->engine();
    const Reader reader(info[2]);
    synood::OdinOptions options;
    reader.get("temperature", options.temperature);
    reader.get("epsilon", options.epsilon);
    reader.get("std", options.std);
    int64_t batch_size = 32;
    reader.get("batchSize", batch_size);
    return Job<synood::Tensor>::start(
        info, handle_, reader.at("onProgress"),
        [engine, classifier = model_of<ClassifierObject>(info[0]), pixels = read_tensor(info[1]), options,
         batch_size](const synood::JobControl& control) {
          return engine->detection()->odin_logits(*classifier, pixels, options, batch_size, control);
        },
        write_tensor);
  });
}

// placeholderStates(clip, ids, token, embeddings)
Napi::Value EngineObject::placeholder_states(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return detection_job(info, handle_,
                         [clip = model_of<ClipObject>(info[0]), ids = read_tensor(info[1]),
                          token = info[2].As<Napi::Number>().Int64Value(), embeddings = read_tensor(info[3])](
                             synood::Detection& detection, const synood::JobControl& control) {
                           return detection.placeholder_states(*clip, ids, token, embeddings, control);
                         });
  });
}

Napi::Value EngineObject::cancel_all(const Napi::CallbackInfo& info) {
  if (handle_) handle_->cancel_all();
  return info.Env().Undefined();
}

// Joins the job thread: call it when nothing runs (TypeScript awaits that), else it waits for the running
// call's next check.
Napi::Value EngineObject::dispose(const Napi::CallbackInfo& info) {
  if (handle_) {
    handle_->close();
    state_of(info.Env()).engines.erase(handle_);
  }
  return info.Env().Undefined();
}
