import test from 'ava';
import {decoderFlops} from '../../bench/flops/autoencoder.js';
import {unetFlops} from '../../bench/flops/unet.js';
import {UNET, VAE} from '../../bench/models/stable-diffusion-2.js';

// What torch.utils.flop_counter.FlopCounterMode (2.13) counts in diffusers' models of these configurations.
test('as many operations are counted as torch counts', (t) => {
  t.is(unetFlops(UNET, 2, 32, 77), 362.23991808e9);
  t.is(unetFlops(UNET, 2, 64, 77), 1608.75085824e9);
  t.is(decoderFlops(VAE, 1, 32), 622.187282432e9);
});
