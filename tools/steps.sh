# Sourced by tools/up and tools/check: numbered steps with their time, and what to read when one fails.
# A step's output goes to $LOGS/<n>.log; on failure its end is shown and the script stops with the step's own exit code.
LOGS=${LOGS:-$(mktemp -d)}
step_no=0
# A second clone, as CI makes one, finds in ccache what the first has compiled, precompiled headers included.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
  echo "Installing packages needs root: run this as root, or install sudo." >&2; return 1; fi; }

step() { # step "what it does" command...
  local title=$1 log started=$SECONDS rc=0; shift
  step_no=$((step_no + 1)); log=$LOGS/$step_no.log
  printf '[%s/%s] %s ... ' "$step_no" "${STEPS:-?}" "$title"
  if [ -t 1 ]; then
    "$@" >"$log" 2>&1 & local pid=$! 
    while kill -0 "$pid" 2>/dev/null; do
      printf '\r[%s/%s] %s ... %ss %.60s\033[K' "$step_no" "${STEPS:-?}" "$title" "$((SECONDS - started))" "$(progress "$log")"; sleep 1
    done
    wait "$pid" || rc=$?
    printf '\r\033[K[%s/%s] %s ... ' "$step_no" "${STEPS:-?}" "$title"
  else
    "$@" >"$log" 2>&1 || rc=$?
  fi
  if [ "$rc" = 0 ]; then echo "done ($((SECONDS - started)) s)"; return 0; fi
  echo "FAILED (exit $rc)"
  echo "---- end of $log" >&2; tail -n "${TAIL:-40}" "$log" >&2
  exit "$rc"
}
progress() { tail -n 1 "$1" 2>/dev/null | tr -d '\r\n' | cut -c1-60; }
