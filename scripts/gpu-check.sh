#!/usr/bin/env bash
# Builds against the LibTorch of the installed Python torch (a CUDA core if that is a CUDA torch), runs all tests
# with SYNOOD_TEST_DEVICE=cuda, then the benchmarks. Needs no network.
#
#   scripts/gpu-check.sh [node] [node_modules]
#
#   node          a Node binary or a compressed one (.xz, .gz), where none is installed
#   node_modules  a tar archive of node_modules (any compression that tar knows), where there is none
#
# On a machine with a network these make the two:
#   xz -9 -T0 -k -c "$(command -v node)" > node.xz
#   tar --exclude='@iconify-json' -cJf node_modules.tar.xz node_modules
# dist/ has to travel as well if typescript is left out of the archive.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "gpu-check: $*"; }
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT

if [ -n "${1:-}" ]; then
  case "$1" in
    *.xz) xz -dc "$1" > "$tools/node" ;;
    *.gz) gzip -dc "$1" > "$tools/node" ;;
    *) cp "$1" "$tools/node" ;;
  esac
  chmod +x "$tools/node"
fi
export PATH="$tools:$PWD/node_modules/.bin:$PATH"
say "Node $(node --version)"

if [ -n "${2:-}" ] && [ ! -d node_modules ]; then tar -xf "$2"; fi

if command -v nvidia-smi > /dev/null; then nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader; fi
if command -v nvcc > /dev/null; then nvcc --version | grep release; fi

if [ -z "${SYNOOD_LIBTORCH:-}" ]; then
  find_torch='import importlib.util as u; s = u.find_spec("torch"); print(s.submodule_search_locations[0] if s else "")'
  SYNOOD_LIBTORCH=$(python3 -c "$find_torch")
fi
if [ -z "$SYNOOD_LIBTORCH" ]; then
  say "python3 has no torch; install one, or set SYNOOD_LIBTORCH" >&2
  exit 1
fi
export SYNOOD_LIBTORCH
libtorch=$(node scripts/libtorch.mjs path --json)
say "LibTorch $libtorch"

tests=()
if echo '#include <gtest/gtest.h>' | c++ -E -x c++ - > /dev/null 2>&1; then tests=(--tests); else
  say "GoogleTest is not installed: the native tests are left out"
fi
start=$SECONDS
node scripts/cmake-build.mjs build/Release "${tests[@]}"
say "native build: $((SECONDS - start)) s"
if [ -d node_modules/typescript ]; then node node_modules/typescript/bin/tsc -p tsconfig.json; fi

device=cpu
case "$libtorch" in *'"variant":"cu'*) device=cuda ;; esac
status=0
SYNOOD_TEST_DEVICE=$device node scripts/test.mjs || status=$?

bench=$(node -p 'JSON.parse(fs.readFileSync("package.json")).scripts.bench ?? ""')
if [ -n "$bench" ]; then
  # There may be no npm beside a carried Node.
  SYNOOD_TEST_DEVICE=$device sh -c "$bench" || status=$?
fi
say "device $device, exit code $status"
exit "$status"
