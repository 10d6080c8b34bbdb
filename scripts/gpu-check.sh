#!/usr/bin/env bash
# Everything that a CUDA machine can show, in one command and without a network: builds the CUDA core, runs the
# native tests (CUDA kernels beside their CPU twins, models on CUDA in float32, float16 and bfloat16), measures,
# and writes STEM.json and STEM.md. At most 20 minutes. It works on a CPU as well, and says that it did.
#
#   scripts/gpu-check.sh [--core-only] [--small] [--out STEM] [--seconds N] [node] [node_modules]
#
#   --core-only    no Node: the native tests and the native benchmark alone. Needs cmake, a C++ compiler, and a
#                  LibTorch: $SYNOOD_LIBTORCH, or that of python3's torch
#   --small        sizes that take no time, to try the script; the figures mean nothing
#   --out          where the two files go; default gpu-check-results
#   --seconds      the whole budget; default 1200. What does not fit in is left out, and said to be
#   node           a Node binary or a compressed one (.xz, .gz), where none is installed
#   node_modules   a tar archive of node_modules (any compression that tar knows), where there is none
#
# On a machine with a network these make the two:
#   xz -9 -T0 -k -c "$(command -v node)" > node.xz
#   tar --exclude='@iconify-json' -cJf node_modules.tar.xz node_modules
# dist/ has to travel as well if typescript is left out of the archive.
set -euo pipefail
start=$SECONDS
core_only=
size=sd2
out=gpu-check-results
budget=1200
while [ $# -gt 0 ]; do
  case "$1" in
    --core-only) core_only=1 ;;
    --small) size=small ;;
    --out) out=$2; shift ;;
    --seconds) budget=$2; shift ;;
    --help) sed -n '2,21s/^# \{0,1\}//p' "$0"; exit 0 ;;
    --*) echo "gpu-check: unknown option $1; see --help" >&2; exit 2 ;;
    *) break ;;
  esac
  shift
done
case "$out" in /*) ;; *) out=$PWD/$out ;; esac
cd "$(dirname "$0")/.."

say() { echo "gpu-check: $*"; }
have() { command -v "$1" > /dev/null 2>&1; }
left() { echo $((budget - (SECONDS - start))); }
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
status=0
notes=()
note() { say "$1"; notes+=("$1"); }

# Runs a command within what is left of the budget; a failure is noted and the script goes on.
within() {
  local what=$1
  shift
  if [ "$(left)" -lt 10 ]; then
    note "$what: left out, the budget of $budget s is used up"
    return 1
  fi
  local code=0
  timeout "$(left)" "$@" || code=$?
  [ "$code" = 0 ] && return 0
  note "$what: failed (exit code $code)"
  status=1
  return 1
}

# --- what is here ---------------------------------------------------------------------------------------------------
if [ -z "${SYNOOD_LIBTORCH:-}" ]; then
  find_torch='import importlib.util as u; s = u.find_spec("torch"); print(s.submodule_search_locations[0] if s else "")'
  SYNOOD_LIBTORCH=$(python3 -c "$find_torch" || true)
fi
if [ -z "$SYNOOD_LIBTORCH" ]; then
  say "python3 has no torch; install one (2.11 to 2.13), or set SYNOOD_LIBTORCH" >&2
  exit 1
fi
export SYNOOD_LIBTORCH
device=cpu
dtypes=(float32)
if [ -e "$SYNOOD_LIBTORCH/lib/libtorch_cuda.so" ]; then
  device=cuda
  dtypes=(float32 float16 bfloat16)
fi
say "LibTorch $SYNOOD_LIBTORCH, device $device"
gpu=none
if have nvidia-smi; then
  gpu=$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader | tr '\n' ';' || echo none)
fi
say "GPU: $gpu"
for place in "${CUDA_HOME:-}" /usr/local/cuda; do
  if ! have nvcc && [ -n "$place" ] && [ -x "$place/bin/nvcc" ]; then PATH="$place/bin:$PATH"; fi
done
compiler=none
if have nvcc; then compiler=$(nvcc --version | sed -n 's/.*release \([^,]*\),.*/\1/p'); fi
if [ "$device" = cuda ] && [ "$compiler" = none ]; then note "no nvcc: the core has no kernels of its own"; fi
tests=OFF
if printf '#include <gtest/gtest.h>\n#include <nlohmann/json.hpp>\n' | c++ -std=c++20 -E -x c++ - > /dev/null 2>&1; then
  tests=ON
else
  note "GoogleTest or nlohmann/json is not installed: the native tests are left out"
fi

# --- Node, unless only the core is wanted ---------------------------------------------------------------------------
if [ -z "$core_only" ]; then
  if [ -n "${1:-}" ]; then
    case "$1" in
      *.xz) xz -dc "$1" > "$tools/node" ;;
      *.gz) gzip -dc "$1" > "$tools/node" ;;
      *) cp "$1" "$tools/node" ;;
    esac
    chmod +x "$tools/node"
    PATH="$tools:$PATH"
  fi
  if [ -n "${2:-}" ] && [ ! -d node_modules ]; then tar -xf "$2"; fi
  export PATH="$PWD/node_modules/.bin:$PATH"
  if ! have node || [ ! -d node_modules ]; then
    say "no Node or no node_modules: give them as arguments, or use --core-only" >&2
    exit 1
  fi
  say "Node $(node --version)"
fi

# --- build ----------------------------------------------------------------------------------------------------------
build=build-cmake/$device
built=$SECONDS
if [ -n "$core_only" ]; then
  generator=()
  if have ninja && [ ! -e "$build/CMakeCache.txt" ]; then generator=(-G Ninja); fi
  cmake "${generator[@]}" -B "$build" -DCMAKE_BUILD_TYPE=Release -DSYNOOD_LIBTORCH="$SYNOOD_LIBTORCH" \
    -DSYNOOD_DEVICE="$device" -DSYNOOD_TESTS="$tests" -DSYNOOD_BENCH=ON > "$tools/configure" 2>&1 \
    || { cat "$tools/configure"; exit 1; }
  targets=(synood_core synood_peaks synood_bench)
  if [ "$tests" = ON ]; then targets+=(synood_tests); fi
  cmake --build "$build" --parallel "$(nproc)" --target "${targets[@]}"
else
  options=(--bench)
  if [ "$tests" = ON ]; then options+=(--tests); fi
  node scripts/cmake-build.mjs build/Release "${options[@]}"
  if [ -d node_modules/typescript ]; then node node_modules/typescript/bin/tsc -p tsconfig.json; fi
fi
say "build: $((SECONDS - built)) s"
program() { find "$build" -maxdepth 2 -type f -perm -u+x -name "$1" | head -n 1; }

# --- tests ----------------------------------------------------------------------------------------------------------
if [ "$tests" = ON ]; then
  SYNOOD_FIXTURES=$PWD/test/fixtures within "native tests" "$(program synood_tests)" --gtest_brief=1 \
    --gtest_output="json:$tools/tests.json" || true
fi
if [ -z "$core_only" ]; then
  within "tests of the package" env SYNOOD_TEST_DEVICE="$device" node scripts/test.mjs --match='*' || true
fi

# --- measurements ---------------------------------------------------------------------------------------------------
# Lines of JSON become lists, a file each.
list() { paste -sd, "$1" | sed 's/^/[/; s/$/]/'; }
for dtype in "${dtypes[@]}"; do
  : > "$tools/core-$dtype"
  within "peaks, $dtype" "$(program synood_peaks)" "$device" "$dtype" > "$tools/peaks-$dtype" || echo null > "$tools/peaks-$dtype"
  within "native benchmark, $dtype" "$(program synood_bench)" "$device" "$dtype" "$size" | tee "$tools/core-$dtype" || true
done
if [ -z "$core_only" ]; then
  peer=()
  if python3 -c 'import diffusers, transformers' 2> /dev/null; then peer=(--peer python3); else
    note "python3 has no diffusers and transformers: ours alone is measured"
  fi
  quick=()
  if [ "$size" = small ]; then quick=(--quick); fi
  for area in diffusion clip synthesis training detection; do
    for dtype in "${dtypes[@]}"; do
      if [ "$dtype" = float16 ]; then continue; fi
      within "bench $area, $dtype" node dist/bench/main.js "$area" --device "$device" --dtype "$dtype" --pairs 3 \
        "${peer[@]}" "${quick[@]}" --out "$tools/bench-$area-$dtype" > /dev/null || true
    done
  done
fi

# --- what was found -------------------------------------------------------------------------------------------------
quoted() { printf '"%s"' "$(printf '%s' "$1" | tr -d '"\\' | tr '\n\t' '  ')"; }
{
  printf '{"date": %s, "device": %s, "gpu": %s, "nvcc": %s,\n' "$(quoted "$(date -u +%FT%TZ)")" "$(quoted "$device")" \
    "$(quoted "$gpu")" "$(quoted "$compiler")"
  printf ' "size": %s, "seconds": %s, "passed": %s,\n "notes": [' "$(quoted "$size")" "$((SECONDS - start))" \
    "$([ "$status" = 0 ] && echo true || echo false)"
  for i in "${!notes[@]}"; do printf '%s%s' "$([ "$i" = 0 ] || echo ', ')" "$(quoted "${notes[$i]}")"; done
  printf '],\n "tests": '
  if [ -s "$tools/tests.json" ]; then
    sed -n '2,5s/^ *"\(tests\|failures\|disabled\|errors\)": \([0-9]*\),*/"\1": \2/p' "$tools/tests.json" | paste -sd, | sed 's/^/{/; s/$/}/'
  else
    echo null
  fi
  for dtype in "${dtypes[@]}"; do
    printf ', "peaks-%s": %s\n, "core-%s": %s\n' "$dtype" "$(cat "$tools/peaks-$dtype")" "$dtype" "$(list "$tools/core-$dtype")"
  done
  for file in "$tools"/bench-*.json; do
    [ -e "$file" ] || continue
    printf ', "%s": ' "$(basename "$file" .json)"
    cat "$file"
  done
  echo '}'
} > "$out.json"
{
  echo "# synood on $device"
  echo
  echo "$(date -u +%F), GPU: $gpu, nvcc: $compiler, sizes: $size, $((SECONDS - start)) s."
  echo
  for text in "${notes[@]}"; do echo "- $text"; done
  if [ -s "$tools/tests.json" ]; then
    echo "- native tests: $(sed -n 's/^ *"tests": \([0-9]*\),*/\1/p' "$tools/tests.json" | head -n 1), failed $(sed -n 's/^ *"failures": \([0-9]*\),*/\1/p' "$tools/tests.json" | head -n 1)"
  fi
  for dtype in "${dtypes[@]}"; do
    echo
    echo "## The core alone, $dtype"
    echo
    echo "Peaks, operations (bytes) a second: $(tr -d '{}"\n' < "$tools/peaks-$dtype")"
    echo
    echo "| Row | Shape | Seconds | LibTorch's composition |"
    echo "| --- | --- | --- | --- |"
    sed -n 's/^{"row": "\([^"]*\)", "shape": "\([^"]*\)", "seconds": \([^,}]*\)\(, "composition": \([^}]*\)\)\{0,1\}}$/| \1 | \2 | \3 | \5 |/p' "$tools/core-$dtype"
  done
  for file in "$tools"/bench-*.md; do
    [ -e "$file" ] || continue
    echo
    echo "## $(basename "$file" .md)"
    echo
    cat "$file"
  done
} > "$out.md"
say "$out.json and $out.md are written; device $device, $((SECONDS - start)) s, exit code $status"
exit "$status"
