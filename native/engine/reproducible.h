#pragma once

namespace synood {

// Asks MKL for conditional numerical reproducibility, unless MKL_CBWR says otherwise already. Without it the
// kernels of small matrix products treat rows differently by their place (5 to 11 rows on AVX-512, say): a
// sample's bits would then depend on where in the batch it stands. Costs nothing; small products gain. To be
// called before the first product.
void ask_for_reproducible_products();

}  // namespace synood
