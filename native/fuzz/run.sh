#!/usr/bin/env bash
# Runs the fuzz targets of the engine one after another:
#   native/fuzz/run.sh [seconds per target, default 600] [target...]
# A target is a *_fuzz.cc without its ending, such as `request_head`. Findings
# are left in native/build/fuzz/<target>/ and end the run with status 1; so does
# a missing clang++ (CLANG names another one).
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
seconds="${1:-600}"
shift || true
targets=("$@")
if [ "${#targets[@]}" -eq 0 ]; then
  for source in *_fuzz.cc; do targets+=("${source%_fuzz.cc}"); done
fi

clang="${CLANG:-clang++}"
if ! command -v "$clang" >/dev/null; then
  echo "native/fuzz/run.sh: $clang not found; on Debian: apt-get install clang libclang-rt-14-dev" >&2
  exit 1
fi
flags=(-std=c++20 -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all
  -fsanitize=fuzzer,address,undefined -iquote ../engine -iquote ../test)
out=../build/fuzz
status=0

for target in "${targets[@]}"; do
  work="$out/$target"
  mkdir -p "$work/corpus"
  echo "== $target, $seconds s"
  "$clang" "${flags[@]}" -o "$work/fuzz" "${target}_fuzz.cc" ../engine/*.cc ../test/transcript.cc ../test/websocket_transcript.cc
  "$work/fuzz" -max_total_time="$seconds" -max_len=2048 -timeout=10 -dict=http.dict \
    -print_final_stats=1 -use_value_profile=1 -verbosity="${FUZZ_VERBOSITY:-1}" \
    -artifact_prefix="$work/" "$work/corpus" "corpus/$target" || status=1
done
exit "$status"
