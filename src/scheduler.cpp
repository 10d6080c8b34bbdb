#include "scheduler.h"

#include <utility>
#include <vector>

#include "job.h"
#include "reader.h"
#include "writer.h"

namespace {

std::vector<double> read_numbers(const Napi::Value& value) {
  const auto array = value.As<Napi::Array>();
  std::vector<double> out;
  for (uint32_t i = 0; i < array.Length(); ++i) out.push_back(array.Get(i).As<Napi::Number>().DoubleValue());
  return out;
}

}  // namespace

Napi::Function SchedulerObject::define(Napi::Env env) {
  return DefineClass(env, "NativeScheduler",
                     {InstanceMethod("setTimesteps", &SchedulerObject::set_timesteps),
                      InstanceMethod("setSeed", &SchedulerObject::set_seed),
                      InstanceMethod("timesteps", &SchedulerObject::timesteps),
                      InstanceMethod("sigmas", &SchedulerObject::sigmas),
                      InstanceMethod("initNoiseSigma", &SchedulerObject::init_noise_sigma),
                      InstanceMethod("scaleModelInput", &SchedulerObject::scale_model_input),
                      InstanceMethod("step", &SchedulerObject::step),
                      InstanceMethod("addNoise", &SchedulerObject::add_noise)});
}

Napi::Object SchedulerObject::wrap(Napi::Env env, const Napi::FunctionReference& constructor,
                                   std::unique_ptr<synood::NoiseScheduler> scheduler) {
  const auto object = constructor.New({});
  Unwrap(object)->scheduler_ = std::move(scheduler);
  return object;
}

// setTimesteps(steps) or setTimesteps([times])
Napi::Value SchedulerObject::set_timesteps(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    if (info[0].IsArray()) {
      scheduler_->set_custom_timesteps(read_numbers(info[0]));
    } else {
      scheduler_->set_timesteps(info[0].As<Napi::Number>().Int64Value());
    }
    return info.Env().Undefined();
  });
}

Napi::Value SchedulerObject::set_seed(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    scheduler_->set_seed(read_unsigned(info[0]));
    return info.Env().Undefined();
  });
}

Napi::Value SchedulerObject::timesteps(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return write_numbers(info.Env(), scheduler_->timesteps()); });
}

Napi::Value SchedulerObject::sigmas(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return write_numbers(info.Env(), scheduler_->sigmas()); });
}

Napi::Value SchedulerObject::init_noise_sigma(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), scheduler_->init_noise_sigma());
  });
}

// scaleModelInput(sample, timestep)
Napi::Value SchedulerObject::scale_model_input(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return write_tensor(info.Env(), scheduler_->scale_model_input(read_tensor(info[0]),
                                                                  info[1].As<Napi::Number>().DoubleValue()));
  });
}

// step(modelOutput, timestep, sample, {noise, eta})
Napi::Value SchedulerObject::step(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Reader options(info[3]);
    synood::TensorView noise;
    double eta = 0;
    options.get("noise", noise);
    options.get("eta", eta);
    return write_tensor(info.Env(),
                        scheduler_->step(read_tensor(info[0]), info[1].As<Napi::Number>().DoubleValue(),
                                         read_tensor(info[2]), noise, eta));
  });
}

// addNoise(sample, noise, [timesteps])
Napi::Value SchedulerObject::add_noise(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return write_tensor(
        info.Env(), scheduler_->add_noise(read_tensor(info[0]), read_tensor(info[1]), read_numbers(info[2])));
  });
}
