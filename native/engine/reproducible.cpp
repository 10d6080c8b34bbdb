#include "engine/reproducible.h"

#include <cstdlib>

namespace synood {

void ask_for_reproducible_products() { setenv("MKL_CBWR", "AUTO", 0); }

}  // namespace synood
